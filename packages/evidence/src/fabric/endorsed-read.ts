import { concat, equalBytes, fromUtf8, sha256, type ProofAnchor } from '@careledger/proof'
import { EvidenceError } from '../evidence-error.ts'
import { oneOf, readProto, within } from './proto-fields.ts'

export interface Endorsement {
  readonly mspId: string
  /** PEM. */
  readonly certificate: string
  /** ECDSA with SHA-256, DER. */
  readonly signature: Uint8Array
  readonly signed: Uint8Array
}

// Fields by number: common/common.proto, peer/transaction.proto, peer/proposal.proto and peer/chaincode.proto, of Fabric.
const RECORD_ARGUMENTS = 3

/**
 * `fabric-endorsed-read/1`: the payload of an endorsed transaction that calls `get` for the record. Gives what has to be signed, once all that
 * was asked and answered is what the anchor says. EvidenceError otherwise.
 */
export function readEndorsedRead(payload: Uint8Array, anchor: ProofAnchor): readonly Endorsement[] {
  const channelHeader = within(payload, 1, 1)
  const actions = readProto(within(payload, 2)).get(1) ?? []
  const [action] = actions
  if (action === undefined || actions.length > 1) throw new EvidenceError('The transaction has not exactly one action.')
  if (!equalBytes(within(action, 1), within(payload, 1, 2))) throw new EvidenceError('The transaction names two who asked.')
  const chaincodeAction = within(action, 2)
  const proposal = within(chaincodeAction, 1)
  checkBoundaries(within(action, 1), proposal)
  const endorsed = readProto(within(chaincodeAction, 2))
  const response = oneOf(endorsed, 1)
  if (!equalBytes(within(response, 1), sha256(concat(channelHeader, within(action, 1), proposal)))) throw new EvidenceError('The answer is to another question.')
  checkQuestion(channelHeader, proposal, within(response, 2, 4, 2), anchor)
  checkAnswer(within(response, 2, 3, 3), anchor)
  return (endorsed.get(2) ?? []).map((endorsement) => {
    const endorser = within(endorsement, 1)
    return { mspId: textOf(within(endorser, 1)), certificate: textOf(within(endorser, 2)), signature: within(endorsement, 2), signed: concat(response, endorser) }
  })
}

/**
 * The hash is over three messages without their lengths, and who asks makes them: so each has to be a whole message with no other fields than
 * its own, or a part of one could be passed off as a part of the next.
 */
function checkBoundaries(signatureHeader: Uint8Array, proposal: Uint8Array): void {
  const [header, payload] = [readProto(signatureHeader), readProto(proposal)]
  if (header.size !== 2 || header.get(1)?.length !== 1 || header.get(2)?.length !== 1 || payload.size !== 1 || payload.get(1)?.length !== 1) {
    throw new EvidenceError('The question has parts that do not belong to it.')
  }
}

/** Channel, chaincode and space stand in the ledger id: `fabric:<hash of block 0>:<channel>:<chaincode>[:<space>]`. */
function checkQuestion(channelHeader: Uint8Array, proposal: Uint8Array, answering: Uint8Array, anchor: ProofAnchor): void {
  const [, , channel, chaincode, space] = anchor.ledgerId.split(':')
  const specification = within(proposal, 1, 1)
  const names = [within(channelHeader, 4), within(specification, 2, 2), answering].map(textOf)
  if (names[0] !== channel || names[1] !== chaincode || names[2] !== chaincode) throw new EvidenceError('Another channel or chaincode was asked.')
  const args = (readProto(within(specification, 3)).get(1) ?? []).map(textOf)
  const stream = space === undefined ? anchor.stream : `${space}.${anchor.stream}`
  const expected = ['get', stream, JSON.stringify([anchor.id])]
  if (args.length !== RECORD_ARGUMENTS || !args.every((arg, index) => arg === expected[index])) throw new EvidenceError('Something else than the record was asked for.')
}

function checkAnswer(bytes: Uint8Array, anchor: ProofAnchor): void {
  let records: unknown
  try {
    records = (JSON.parse(textOf(bytes)) as { readonly records?: unknown }).records
  } catch {
    records = undefined
  }
  const [record, ...more] = Array.isArray(records) ? (records as readonly ({ readonly id?: unknown; readonly digest?: unknown } | null)[]) : []
  if (more.length > 0 || record?.id !== anchor.id || record.digest !== anchor.digest) throw new EvidenceError('The answer does not hold the record.')
}

function textOf(bytes: Uint8Array): string {
  try {
    return fromUtf8(bytes)
  } catch {
    throw new EvidenceError('The evidence is not a transaction of Fabric.')
  }
}
