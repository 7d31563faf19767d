import { toBase64url } from '@careledger/proof'
import type { EntryType, RowValue } from '../../entries/network-definition.ts'
import type { SubjectRow } from '../../entries/find-patient.ts'
import { LogicError } from '../../logic-error.ts'
import { notTheirs, readPatient } from '../patient-entries.ts'
import { writesFor, type RecordRow } from '../tables.ts'
import { groundOf } from './custody-grounds.ts'
import { offerTaken } from './custody-offers.ts'
import { CUSTODY_MEDIA_TYPE, CUSTODY_RECEIPT_MEDIA_TYPE, ORIGIN_MEDIA_TYPE, parseOrigin, parseReceipt, parseTransfer, readOriginProof } from './payloads.ts'

/** Row `record-origin`, sealed; key = id of the record here. */
export interface RecordOriginRow {
  /** Former custodian and its entry, with its author and the log that proves it. */
  readonly custodian: string
  readonly entry: string
  readonly author: string
  readonly log: string
  readonly recordedAt: string
  /** Id of the `record-received` entry, whose payload holds the proof. */
  readonly received: string
}

/** Row `custody`, sealed; key = PatientId. The record is kept elsewhere from then on. */
export interface CustodyRow {
  readonly to: string
  /** The patient's consent, or the order with its legal basis. */
  readonly consent?: string | undefined
  readonly order?: string | undefined
  readonly basis?: string | undefined
  readonly source?: string | undefined
  /** SHA-256 of the new custodian's receipt, base64url. */
  readonly receipt?: string | undefined
  readonly entry: string
  readonly at: string
}

/** Row `custody-received`, sealed; key = PatientId. The newest receipt that this custodian gave. */
export interface ReceivedRow {
  readonly from: string
  readonly records: number
  readonly entry: string
  readonly at: string
}

/**
 * `record-received`, beside the `record-created` that brought the bytes: says which entry of the former custodian they come from, by its proof.
 * The bytes are the proven ones, or the entry is refused. The proof stays as it was: it names the former custodian at its place in its log.
 */
export const recordReceived: EntryType = {
  payload: 'required',
  mediaTypes: [ORIGIN_MEDIA_TYPE],
  subject: true,
  async project(context, { entry, opening, author, patient }) {
    if (!writesFor(author, entry.custodian)) throw notTheirs(entry.id)
    const { record, proof } = parseOrigin(opening?.payload)
    const { file, sha256 } = readOriginProof(proof)
    const sealedFor = { custodian: entry.custodian, patient: patient as string }
    const row = (await context.row('record', record, sealedFor)) as unknown as RecordRow | undefined
    if (row?.content !== toBase64url(sha256)) throw new LogicError('INPUT_MALFORMED', 'The proof is of other bytes than the record\'s.', { details: { id: entry.id } })
    const value: RecordOriginRow = { custodian: file.entry.custodian, entry: file.entry.id, author: file.entry.author.party, log: file.log.origin, recordedAt: file.entry.issuedAt, received: entry.id }
    return [{ table: 'record-origin', key: record, value: value as unknown as RowValue, sealedFor, indexes: { patient: sealedFor.patient }, insert: true }]
  },
}

/**
 * `custody-transferred`, by the custodian that gives the record away: under a consent of the patient that stands (unbounded, for the patient's
 * own request, to the new custodian), or under an order of a closing custodian that the platform confirmed. From then on it writes no
 * records of this patient, and the next epoch of its ledger keys begins. What it keeps, it keeps under the consents given to it, until it erases.
 */
export const custodyTransferred: EntryType = {
  payload: 'required',
  mediaTypes: [CUSTODY_MEDIA_TYPE],
  subject: true,
  async project(context, accepted) {
    const { entry, opening, author } = accepted
    if (!writesFor(author, entry.custodian)) throw notTheirs(entry.id)
    const transfer = parseTransfer(opening?.payload)
    const { custodian, patient } = await readPatient(context, accepted)
    const sealedFor = { custodian, patient }
    const subject = (await context.row('subject', entry.subject as string)) as unknown as SubjectRow
    if (subject.moved !== undefined) throw new LogicError('ENTRY_CONFLICT', 'The record was transferred before.', { details: { id: entry.id } })
    const ground = await groundOf(context, accepted, sealedFor, transfer)
    const taken = await offerTaken(context, accepted, sealedFor, transfer.to)
    const row: CustodyRow = { to: transfer.to, ...ground, entry: entry.id, at: entry.issuedAt }
    return [
      { table: 'custody', key: patient, value: row as unknown as RowValue, sealedFor, indexes: { patient }, insert: true },
      { table: 'subject', key: entry.subject as string, value: { ...subject, epoch: subject.epoch + 1, moved: entry.id } as unknown as RowValue },
      ...taken,
    ]
  },
}

/** `custody-received`, by the new custodian once the record is here: its receipt, which the former custodian keeps the proof of. */
export const custodyReceived: EntryType = {
  payload: 'required',
  mediaTypes: [CUSTODY_RECEIPT_MEDIA_TYPE],
  subject: true,
  sealUnder: 'organisation',
  async project(context, accepted) {
    const { entry, opening, author, patient } = accepted
    if (!writesFor(author, entry.custodian)) throw notTheirs(entry.id)
    const { from, records } = parseReceipt(opening?.payload)
    // Of an erased patient a rebuild finds nothing: the receipt stands for itself then, as its proof does.
    if (patient === undefined) return []
    const sealedFor = { custodian: entry.custodian, patient }
    await context.row('custody-received', patient, sealedFor)
    const row: ReceivedRow = { from, records, entry: entry.id, at: entry.issuedAt }
    return [{ table: 'custody-received', key: patient, value: row as unknown as RowValue, sealedFor, indexes: { patient } }]
  },
}
