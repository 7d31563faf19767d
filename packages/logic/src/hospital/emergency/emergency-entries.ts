import { instantText } from '@careledger/proof'
import { holdsFor } from '../../consent/covers.ts'
import type { AcceptedEntry, EntryType, ProjectContext, RowChange, RowValue, SealedFor } from '../../entries/network-definition.ts'
import { LogicError } from '../../logic-error.ts'
import { readPatient } from '../patient-entries.ts'
import type { PolicyRow } from '../tables.ts'
import { EMERGENCY_MEDIA_TYPE, EMERGENCY_MS, parseEmergency, parseReview, REVIEW_MEDIA_TYPE, REVIEW_MS, reviewIndex, reviews, reviewState, type EmergencyOpening, type EmergencyRow, type OpenEmergency, type Step } from './emergency-row.ts'

/** Emergencies of one patient that may be open at a time. */
const openMax = 20

/**
 * `emergency-opened`, signed by a doctor: from its commit until it ends they may read what it opens. It opens its own review, which is due
 * 72 hours later.
 */
export const emergencyOpened: EntryType = {
  payload: 'required',
  mediaTypes: [EMERGENCY_MEDIA_TYPE],
  subject: true,
  async project(context, accepted) {
    const { entry, opening, author } = accepted
    if (author.kind !== 'person' || author.organisation === undefined || !author.roles.includes('doctor')) throw notAllowed(entry.id, 'Emergency access is opened by doctors.')
    const sealedFor = await sealedForOf(context, accepted)
    const { patient, custodian } = sealedFor
    const payload = parseEmergency(opening?.payload)
    const given = new Date(entry.issuedAt)
    checkEnd(payload, given)
    const policy = await readPolicy(context, sealedFor)
    checkSeal(payload, policy, author, given)
    const { party, organisation } = author
    const { opens, sensitive, reason, text, until } = payload
    const named = sensitive === undefined ? {} : { sensitive }
    const open: OpenEmergency = { id: entry.id, party, opens, until, ...named }
    const { standing, ended } = sortOut(policy.emergencies ?? [], given)
    if (standing.length >= openMax) throw refused('payload', 'too-many', `At most ${openMax} emergencies are open at a time.`)
    const row: EmergencyRow = { party, organisation, opens, reason, text, at: entry.issuedAt, until, due: instantText(new Date(given.getTime() + REVIEW_MS)), ...named }
    return [
      policyChange(sealedFor, { ...policy, emergencies: [...standing, open] }),
      { ...rowChange(entry.id, row, sealedFor), insert: true },
      { table: 'share', key: `${patient}/${entry.id}`, value: { patient, consent: entry.id, custodian }, indexes: { grantee: party, patient }, insert: true },
      ...ended.map((one) => shareRemoved(patient, one.id)),
    ]
  },
}

/** `emergency-ended`, signed by who opened it or by the patient, `replaces` the opening: nothing is read under it from then on. */
export const emergencyEnded: EntryType = {
  payload: 'none',
  subject: true,
  async project(context, accepted) {
    const { entry, author } = accepted
    const { row, id, sealedFor } = await readEmergency(context, accepted)
    const own = (await readPatient(context, accepted)).party === author.party
    if (author.party !== row.party && !own) throw notAllowed(entry.id, 'Whoever opened it or the patient ends an emergency access.')
    if (row.ended !== undefined) throw refused('replaces', 'ended', 'This emergency access has been ended before.')
    return [rowChange(id, { ...row, ended: stepOf(accepted) }, sealedFor), ...(await closed(context, id, sealedFor))]
  },
}

/** `emergency-reviewed`, signed by the custodian's privacy officer, `replaces` the opening. Misuse ends the access too, where it is still open. */
export const emergencyReviewed: EntryType = {
  payload: 'required',
  mediaTypes: [REVIEW_MEDIA_TYPE],
  subject: true,
  async project(context, accepted) {
    const { entry, author, opening } = accepted
    const { row, id, sealedFor } = await readEmergency(context, accepted)
    if (!reviews(author, entry.custodian, row)) throw notAllowed(entry.id, "The custodian's privacy officer reviews an emergency access.")
    if (row.reviewed !== undefined) throw refused('replaces', 'reviewed', 'This emergency access has been reviewed before.')
    const { outcome, note } = parseReview(opening?.payload)
    const next: EmergencyRow = { ...row, reviewed: { ...stepOf(accepted), outcome, note } }
    return [rowChange(id, next, sealedFor), ...(outcome === 'misuse' ? await closed(context, id, sealedFor) : [])]
  },
}

/** `emergency-escalated`, written by a system once a review is overdue: the custodian's administrators see it from then on, and so does the patient. */
export const emergencyEscalated: EntryType = {
  payload: 'none',
  subject: true,
  async project(context, accepted) {
    const { entry, author } = accepted
    const ours = author.kind === 'system' && (author.organisation === undefined || author.organisation === entry.custodian)
    if (!ours) throw notAllowed(entry.id, 'Entries of this type are written by systems.')
    const { row, id, sealedFor } = await readEmergency(context, accepted)
    if (row.reviewed !== undefined || row.escalated !== undefined || Date.parse(row.due) > Date.parse(entry.issuedAt)) throw refused('replaces', 'not-due', 'This review is not overdue.')
    return [rowChange(id, { ...row, escalated: stepOf(accepted) }, sealedFor)]
  },
}

/** Errors: INPUT_MALFORMED unless it ends within four hours of `from`. */
export function checkEnd({ until }: Pick<EmergencyOpening, 'until'>, from: Date): void {
  const end = Date.parse(until)
  if (end <= from.getTime()) throw refused('payload.until', 'over', 'The emergency access is over before it begins.')
  if (end > from.getTime() + EMERGENCY_MS) throw refused('payload.until', 'too-long', 'Emergency access lasts four hours at most.')
}

function checkSeal({ opens, sensitive }: EmergencyOpening, policy: PolicyRow, author: AcceptedEntry['author'], at: Date): void {
  if (opens !== 'seal') return
  if (sensitive === undefined) throw refused('payload.sensitive', 'missing', 'A seal is broken for kinds that are named.')
  if (!policy.consents.some((consent) => holdsFor(consent, author, 'treatment', at))) throw refused('payload.opens', 'no-consent', 'There is no consent to break a seal within.')
}

async function sealedForOf(context: ProjectContext, accepted: AcceptedEntry): Promise<SealedFor> {
  const { custodian, patient } = await readPatient(context, accepted)
  return { custodian, patient }
}

async function readPolicy(context: ProjectContext, sealedFor: SealedFor): Promise<PolicyRow> {
  return ((await context.row('policy', sealedFor.patient, sealedFor)) ?? { consents: [] }) as unknown as PolicyRow
}

/** Another patient's does not open under these keys: for this patient it does not exist. */
async function readEmergency(context: ProjectContext, accepted: AcceptedEntry): Promise<{ readonly row: EmergencyRow; readonly id: string; readonly sealedFor: SealedFor }> {
  const sealedFor = await sealedForOf(context, accepted)
  const id = accepted.entry.replaces
  const row = id === undefined ? undefined : await context.row('emergency', id, sealedFor).catch((error: unknown) => {
    if (error instanceof LogicError && error.code === 'CORRUPTION') return undefined
    throw error
  })
  if (row === undefined || id === undefined) throw refused('replaces', 'unknown', 'There is no such emergency access.')
  return { row: row as unknown as EmergencyRow, id, sealedFor }
}

/** Takes it out of the policy. */
async function closed(context: ProjectContext, id: string, sealedFor: SealedFor): Promise<readonly RowChange[]> {
  const policy = await readPolicy(context, sealedFor)
  const left = (policy.emergencies ?? []).filter((one) => one.id !== id)
  if (left.length === (policy.emergencies ?? []).length) return []
  return [policyChange(sealedFor, { ...policy, emergencies: left }), shareRemoved(sealedFor.patient, id)]
}

function sortOut(emergencies: readonly OpenEmergency[], now: Date): { readonly standing: readonly OpenEmergency[]; readonly ended: readonly OpenEmergency[] } {
  const stands = ({ until }: OpenEmergency): boolean => Date.parse(until) > now.getTime()
  return { standing: emergencies.filter(stands), ended: emergencies.filter((one) => !stands(one)) }
}

function policyChange(sealedFor: SealedFor, policy: PolicyRow): RowChange {
  return { table: 'policy', key: sealedFor.patient, value: policy as unknown as RowValue, sealedFor }
}

function rowChange(key: string, row: EmergencyRow, sealedFor: SealedFor): RowChange {
  const state = reviewState(row)
  return {
    table: 'emergency', key, value: row as unknown as RowValue, sealedFor,
    indexes: { patient: sealedFor.patient, review: reviewIndex(sealedFor.custodian, state), ...(state === 'open' ? { due: row.due.slice(0, 10) } : {}) },
  }
}

function shareRemoved(patient: string, id: string): RowChange {
  return { table: 'share', key: `${patient}/${id}`, value: null }
}

function stepOf({ entry }: AcceptedEntry): Step {
  return { entry: entry.id, at: entry.issuedAt, party: entry.author.party }
}

function notAllowed(id: string, message: string): LogicError {
  return new LogicError('NOT_ALLOWED', message, { details: { id } })
}

function refused(path: string, code: string, message: string): LogicError {
  return new LogicError('INPUT_MALFORMED', message, { details: { problems: [{ path, code, message }] } })
}
