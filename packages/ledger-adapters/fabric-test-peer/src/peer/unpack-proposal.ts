import { common, peer } from '@hyperledger/fabric-protos'
import { sha256, sha256Hex } from '../hash.ts'
import type { Identity, Membership } from '../identity/membership.ts'

/** A signed proposal, taken apart. */
export interface UnpackedProposal {
  readonly signed: peer.SignedProposal
  readonly header: common.Header
  readonly channelId: string
  readonly txId: string
  readonly type: number
  readonly creator: Uint8Array
  readonly nonce: Uint8Array
  readonly chaincode: string
  readonly input: peer.ChaincodeInput
  readonly hasTransientData: boolean
  /** The chaincode proposal payload without its transient data, which is what becomes part of the transaction. */
  readonly visiblePayload: Uint8Array
  readonly hash: Uint8Array
}

/** Throws if something is missing (core/endorser/msgvalidation.go, `UnpackProposal`). */
export function unpackProposal(signed: peer.SignedProposal): UnpackedProposal {
  const proposal = peer.Proposal.deserializeBinary(signed.getProposalBytes_asU8())
  const header = common.Header.deserializeBinary(proposal.getHeader_asU8())
  const channelHeader = common.ChannelHeader.deserializeBinary(header.getChannelHeader_asU8())
  const signatureHeader = common.SignatureHeader.deserializeBinary(header.getSignatureHeader_asU8())
  const payload = peer.ChaincodeProposalPayload.deserializeBinary(proposal.getPayload_asU8())
  const spec = peer.ChaincodeInvocationSpec.deserializeBinary(payload.getInput_asU8()).getChaincodeSpec()
  const input = spec?.getInput()
  if (spec === undefined) throw new Error('chaincode invocation spec did not contain chaincode spec')
  if (input === undefined) throw new Error('chaincode input did not contain any input')
  const chaincode = spec.getChaincodeId()?.getName() ?? ''
  if (chaincode === '') throw new Error('ChaincodeHeaderExtension.ChaincodeId.Name is empty')
  const visible = new peer.ChaincodeProposalPayload()
  visible.setInput(payload.getInput_asU8())
  const visiblePayload = visible.serializeBinary()
  return {
    signed,
    header,
    channelId: channelHeader.getChannelId(),
    txId: channelHeader.getTxId(),
    type: channelHeader.getType(),
    creator: signatureHeader.getCreator_asU8(),
    nonce: signatureHeader.getNonce_asU8(),
    chaincode,
    input,
    hasTransientData: payload.getTransientmapMap().getLength() > 0,
    visiblePayload,
    hash: sha256(header.getChannelHeader_asU8(), header.getSignatureHeader_asU8(), visiblePayload),
  }
}

/** The creator, if the proposal is well formed and signed by a member of the channel (msgvalidation.go, `Validate`). */
export function checkProposal(membership: Membership, proposal: UnpackedProposal): Identity {
  const { signed, channelId } = proposal
  if (proposal.nonce.length === 0) throw new Error('nonce is empty')
  if (proposal.creator.length === 0) throw new Error('creator is empty')
  const expected = sha256Hex(proposal.nonce, proposal.creator)
  if (proposal.txId !== expected) throw new Error(`incorrectly computed txid '${proposal.txId}' -- expected '${expected}'`)
  const creator = membership.identify(proposal.creator)
  if (creator === undefined) throw new Error(`access denied: channel [${channelId}] creator org unknown, creator is malformed`)
  if (!creator.valid || !creator.verify(signed.getProposalBytes_asU8(), signed.getSignature_asU8())) {
    throw new Error(`access denied: channel [${channelId}] creator org [${creator.mspId}]`)
  }
  return creator
}
