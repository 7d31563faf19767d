import type { Projection, ReadView } from '@careledger/data-spec'
import type { Actor } from '@careledger/identity'
import { record } from '../../decisions/decide.ts'
import { newDecision } from '../../decisions/decision-record.ts'
import { openRow } from '../../entries/rows.ts'
import { LogicError } from '../../logic-error.ts'
import type { Parts } from '../../parts.ts'
import { toLogicError } from '../../to-logic-error.ts'
import { partyNames } from '../party-names.ts'
import { ownPatients } from '../patients.ts'
import { readPatientRow } from '../read-banner.ts'
import { reviewIndex, reviews, reviewState, type EmergencyRow, type ReviewState } from './emergency-row.ts'

/** One emergency access with names for people. */
export interface EmergencyItem extends Omit<EmergencyRow, 'party' | 'organisation'> {
  /** Id of its entry. */
  readonly id: string
  readonly patient: string
  readonly custodian: string
  readonly custodianName: string
  /** To sign later entries about it with. */
  readonly subject: string
  readonly party: string
  readonly name: string
  readonly organisationName: string
  /** Whether something can be read under it now. */
  readonly open: boolean
  readonly state: ReviewState
}

/** Most of one patient, newest first. */
const shownMax = 100

/** Who opened the caller's own record in an emergency, newest first, at all custodians of this instance. */
export async function listOwnEmergencies(parts: Parts, actor: Actor): Promise<readonly EmergencyItem[]> {
  return parts.store.read(async (view) => {
    const pages = await Promise.all((await ownPatients(view, actor.party)).map(({ key }) => view.find({ table: 'emergency', index: 'patient', equals: key, limit: shownMax, newestFirst: true })))
    const items = await toItems(parts, view, pages.flatMap(({ rows }) => rows))
    return items.sort((a, b) => (a.id < b.id ? 1 : -1))
  }).catch(rethrow)
}

/** What the caller has opened and can still read, the newest first. */
export async function listOpenEmergencies(parts: Parts, actor: Actor): Promise<readonly EmergencyItem[]> {
  return parts.store.read(async (view) => {
    const shares = await view.find({ table: 'share', index: 'grantee', equals: actor.party, limit: 1000 })
    const rows = shares.rows.length === 0 ? [] : await view.projections('emergency', shares.rows.map(({ key }) => key.split('/')[1] as string))
    const items = await toItems(parts, view, rows.flatMap((row) => row ?? []))
    return items.filter(({ open, party }) => open && party === actor.party).sort((a, b) => (a.id < b.id ? 1 : -1))
  }).catch(rethrow)
}

export interface ReviewPage {
  readonly items: readonly EmergencyItem[]
  readonly next?: string | undefined
}

/**
 * Emergency accesses to the custodian's patients in one state, oldest first: for its privacy officers, and once they are escalated for its
 * administrators. Each that is shown is a decision that the patient sees. `after`: id of the last one of the former page.
 */
export async function listReviews(parts: Parts, actor: Actor, query: { readonly state: ReviewState; readonly after?: string | undefined; readonly limit: number }): Promise<ReviewPage> {
  const custodian = actor.organisation ?? actor.party
  const page = await parts.store.read(async (view) => {
    const { rows, next } = await view.find({ table: 'emergency', index: 'review', equals: reviewIndex(custodian, query.state), limit: query.limit, after: query.after })
    const items = (await toItems(parts, view, rows)).filter((item) => reviews(actor, custodian, item))
    return next === undefined ? { items } : { items, next }
  }).catch(rethrow)
  await record(parts, page.items.map(({ patient, id }) => newDecision({ actor, operation: 'hospital.emergency.reviews', purpose: 'operations', rule: 'review', about: patient, entry: id }, parts.now())), [])
  return page
}

async function toItems(parts: Parts, view: ReadView, rows: readonly Projection[]): Promise<EmergencyItem[]> {
  const patients = await view.projections('patient', [...new Set(rows.map(({ indexes }) => indexes['patient'] as string))])
  const known = new Map(patients.flatMap((row) => (row === undefined ? [] : [[row.key, row] as const])))
  const opened = await Promise.all(rows.map(async (projection) => {
    const patientRow = known.get(projection.indexes['patient'] as string)
    const custodian = patientRow?.indexes['custodian']
    if (patientRow === undefined || custodian === undefined) throw new LogicError('CORRUPTION', 'An emergency access is of nobody.', { details: { id: projection.key } })
    const patient = patientRow.key
    const [row, { subject }] = await Promise.all([openRow(parts, projection, { custodian, patient }), readPatientRow(parts, { patientRow, custodian, patient })])
    return { id: projection.key, patient, custodian, subject, row: row as unknown as EmergencyRow }
  }))
  const names = await partyNames(view, opened.flatMap(({ custodian, row }) => [custodian, row.party, row.organisation]))
  const now = parts.now().getTime()
  return opened.map(({ row: { organisation, ...row }, ...one }) => ({
    ...one, ...row, custodianName: names.of(one.custodian), name: names.of(row.party), organisationName: names.of(organisation), state: reviewState(row),
    open: row.ended === undefined && row.reviewed?.outcome !== 'misuse' && Date.parse(row.until) > now,
  }))
}

function rethrow(error: unknown): never {
  throw toLogicError(error)
}
