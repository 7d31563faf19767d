import { common, ledger, peer } from '@hyperledger/fabric-protos'

/** An endorser transaction as it lies in a block, taken apart once for all peers. */
export interface DecodedTransaction {
  readonly bytes: Uint8Array
  readonly envelope: common.Envelope
  readonly channelId: string
  readonly txId: string
  readonly type: number
  readonly channelHeader: Uint8Array
  readonly creator: Uint8Array
  readonly nonce: Uint8Array
  readonly chaincode: string
  readonly proposalHash: Uint8Array
  readonly expectedProposalHashParts: readonly Uint8Array[]
  readonly responsePayload: Uint8Array
  readonly endorsements: readonly peer.Endorsement[]
  readonly readWriteSet: ledger.rwset.TxReadWriteSet
  readonly event: peer.ChaincodeEvent | undefined
}

/** The part of an envelope that can always be told, for checks before its content is looked at. */
export interface EnvelopeHeader {
  readonly channelId: string
  readonly txId: string
  readonly type: number
  readonly channelHeader: Uint8Array
  readonly signatureHeader: Uint8Array
  readonly creator: Uint8Array
  readonly nonce: Uint8Array
  readonly data: Uint8Array
}

/** Throws if the bytes are no envelope with both headers. */
export function decodeHeader(envelope: common.Envelope): EnvelopeHeader {
  const payload = common.Payload.deserializeBinary(envelope.getPayload_asU8())
  const header = payload.getHeader()
  if (header === undefined) throw new Error('the envelope has no header')
  const channelHeader = common.ChannelHeader.deserializeBinary(header.getChannelHeader_asU8())
  const signatureHeader = common.SignatureHeader.deserializeBinary(header.getSignatureHeader_asU8())
  return {
    channelId: channelHeader.getChannelId(),
    txId: channelHeader.getTxId(),
    type: channelHeader.getType(),
    channelHeader: header.getChannelHeader_asU8(),
    signatureHeader: header.getSignatureHeader_asU8(),
    creator: signatureHeader.getCreator_asU8(),
    nonce: signatureHeader.getNonce_asU8(),
    data: payload.getData_asU8(),
  }
}

/** `undefined`: not an endorser transaction with exactly one action. */
export function decodeTransaction(bytes: Uint8Array): DecodedTransaction | undefined {
  try {
    const envelope = common.Envelope.deserializeBinary(bytes)
    const header = decodeHeader(envelope)
    const actions = peer.Transaction.deserializeBinary(header.data).getActionsList()
    if (header.type !== common.HeaderType.ENDORSER_TRANSACTION || actions.length !== 1) return undefined
    const action = peer.ChaincodeActionPayload.deserializeBinary(actions[0]!.getPayload_asU8())
    const endorsed = action.getAction()
    if (endorsed === undefined) return undefined
    const responsePayload = endorsed.getProposalResponsePayload_asU8()
    const response = peer.ProposalResponsePayload.deserializeBinary(responsePayload)
    const result = peer.ChaincodeAction.deserializeBinary(response.getExtension_asU8())
    const event = result.getEvents_asU8()
    return {
      bytes,
      envelope,
      channelId: header.channelId,
      txId: header.txId,
      type: header.type,
      channelHeader: header.channelHeader,
      creator: header.creator,
      nonce: header.nonce,
      chaincode: result.getChaincodeId()?.getName() ?? '',
      proposalHash: response.getProposalHash_asU8(),
      expectedProposalHashParts: [header.channelHeader, actions[0]!.getHeader_asU8(), action.getChaincodeProposalPayload_asU8()],
      responsePayload,
      endorsements: endorsed.getEndorsementsList(),
      readWriteSet: ledger.rwset.TxReadWriteSet.deserializeBinary(result.getResults_asU8()),
      event: event.length === 0 ? undefined : peer.ChaincodeEvent.deserializeBinary(event),
    }
  } catch {
    return undefined
  }
}
