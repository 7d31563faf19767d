import type { KeyRecord } from '@careledger/identity'
import type { EntryType, RowValue } from '../../entries/network-definition.ts'
import { LogicError } from '../../logic-error.ts'
import { orderTakenBack } from '../erasure/erasure-entries.ts'
import { readPatient } from '../patient-entries.ts'
import { HOLD_MEDIA_TYPE, parseHold, parseRetention, RETENTION_MEDIA_TYPE, type LegalHold, type RetentionRule } from './retention-payloads.ts'

/** Row `retention`, plain; key = custodian. */
export interface RetentionRow {
  readonly rules: readonly RetentionRule[]
  /** The `retention-set` entry, and its author's time. */
  readonly entry: string
  readonly set: string
}

/** Row `hold`, sealed; key = PatientId; index `custodian`. Gone with the last hold. */
export interface HoldRow {
  readonly holds: readonly PlacedHold[]
}

export interface PlacedHold extends Omit<LegalHold, 'v'> {
  readonly id: string
  readonly placed: string
  readonly author: string
}

export const retentionTables = { retention: { readBack: true }, hold: { readBack: true } } as const

/** Who writes which of these for a custodian. The organisation's own key may set the periods too. */
export const RETENTION_ROLES: Readonly<Record<'retention-set' | 'hold-placed' | 'hold-released', readonly string[]>> = {
  'retention-set': ['admin'], 'hold-placed': ['records-clerk'], 'hold-released': ['records-clerk'],
}
/** Holds of one patient that stand at a time. */
export const holdsMax = 50

export function mayWriteRetention(author: Pick<KeyRecord, 'party' | 'organisation' | 'roles'>, custodian: string, type: keyof typeof RETENTION_ROLES): boolean {
  const ours = author.organisation === custodian || (type === 'retention-set' && author.party === custodian)
  return ours && author.roles.some((role) => RETENTION_ROLES[type].includes(role))
}

/** `retention-set`: for how long this custodian must keep what; it replaces what was set before. */
export const retentionSet: EntryType = {
  payload: 'required',
  mediaTypes: [RETENTION_MEDIA_TYPE],
  subject: false,
  async project(context, { entry, opening, author }) {
    if (!mayWriteRetention(author, entry.custodian, 'retention-set')) throw notAllowed(entry.id)
    await context.row('retention', entry.custodian)
    const row: RetentionRow = { rules: parseRetention(opening?.payload).rules, entry: entry.id, set: entry.issuedAt }
    return [{ table: 'retention', key: entry.custodian, value: row as unknown as RowValue }]
  },
}

/** `hold-placed`: nothing of the patient is erased here, however old, until the hold is released. An erasure that was proposed or ordered is taken back. */
export const holdPlaced: EntryType = {
  payload: 'required',
  mediaTypes: [HOLD_MEDIA_TYPE],
  subject: true,
  async project(context, accepted) {
    const { entry, opening, author } = accepted
    if (!mayWriteRetention(author, entry.custodian, 'hold-placed')) throw notAllowed(entry.id)
    // Erasure takes the patient's row first: reading it here makes the two exclude each other.
    const { patient, custodian } = await readPatient(context, accepted)
    const sealedFor = { custodian, patient }
    const { holds } = ((await context.row('hold', patient, sealedFor)) ?? { holds: [] }) as unknown as HoldRow
    if (holds.length >= holdsMax) throw new LogicError('INPUT_MALFORMED', `At most ${holdsMax} holds stand for one patient. Release some first.`, { details: { id: entry.id } })
    const { basis, source } = parseHold(opening?.payload)
    const placed: PlacedHold = { id: entry.id, basis, ...(source === undefined ? {} : { source }), placed: entry.issuedAt, author: author.party }
    return [
      { table: 'hold', key: patient, value: { holds: [...holds, placed] } as unknown as RowValue, sealedFor, indexes: { custodian } },
      ...(await orderTakenBack(context, entry.subject as string, sealedFor)),
    ]
  },
}

/** `hold-released`, `replaces` the entry that placed it; the payload, where there is one, says why. */
export const holdReleased: EntryType = {
  payload: 'optional',
  mediaTypes: [HOLD_MEDIA_TYPE],
  subject: true,
  async project(context, accepted) {
    const { entry, author, opening } = accepted
    if (!mayWriteRetention(author, entry.custodian, 'hold-released')) throw notAllowed(entry.id)
    if (opening !== undefined) parseHold(opening.payload)
    const { patient, custodian } = await readPatient(context, accepted)
    const sealedFor = { custodian, patient }
    const { holds } = ((await context.row('hold', patient, sealedFor)) ?? { holds: [] }) as unknown as HoldRow
    const left = holds.filter(({ id }) => id !== entry.replaces)
    if (left.length === holds.length) throw new LogicError('INPUT_MALFORMED', 'There is no such hold of this patient.', { details: { id: entry.id, problems: [{ path: 'replaces', code: 'unknown', message: 'There is no such hold of this patient.' }] } })
    return [{ table: 'hold', key: patient, value: left.length === 0 ? null : ({ holds: left } as unknown as RowValue), sealedFor, indexes: { custodian } }]
  },
}

function notAllowed(id: string): LogicError {
  return new LogicError('NOT_ALLOWED', 'Entries of this type are written by the custodian\'s own people with the role for it.', { details: { id } })
}
