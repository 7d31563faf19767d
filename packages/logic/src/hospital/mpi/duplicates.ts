import type { Guard, ReadView } from '@careledger/data-spec'
import type { Actor } from '@careledger/identity'
import type { Purpose } from '../../consent/consent-terms.ts'
import { authorize, endPermit, groundsOf, isConsented, isCustodianStaff, isRefusal } from '../../decisions/authorize.ts'
import { record } from '../../decisions/decide.ts'
import { newDecision, type DecisionRecord } from '../../decisions/decision-record.ts'
import { readRow } from '../../entries/rows.ts'
import { LogicError } from '../../logic-error.ts'
import type { Parts } from '../../parts.ts'
import { toLogicError } from '../../to-logic-error.ts'
import { readPatientRow } from '../read-banner.ts'
import { blockingTokens, candidatesOf } from './candidates.ts'
import { compareTraits, type Match } from './compare.ts'
import { pairKey, type DistinctRow, type MergeRow } from './merge-entries.ts'
import { readGroup } from './merge-group.ts'
import { readTraits } from './read-traits.ts'
import type { PatientTraits } from './traits.ts'

/** One side of a pair, with what the two are compared by. */
export interface PairSide {
  readonly patient: string
  /** Pseudonym to sign a decision with, base64url. */
  readonly subject: string
  readonly custodian: string
  readonly traits: PatientTraits
}

/** Two patients who may be one person. */
export interface PatientPair extends Match {
  readonly left: PairSide
  readonly right: PairSide
  /** What was decided of exactly these two. */
  readonly decided?: { readonly kind: 'merged' | 'different'; readonly entry: string; readonly into?: string | undefined } | undefined
}

const operation = 'hospital.mpi.duplicates'
const purposes: readonly Purpose[] = ['operations', 'treatment']
const attemptsMax = 8
/** Patients looked through for one page of the queue. */
const patientsMax = 200

interface Looked extends PairSide { readonly guards: readonly Guard[]; readonly decision: (types: Readonly<Record<string, number>>) => DecisionRecord }

/**
 * Who may be the same person as this patient, the likeliest first: at every custodian of this instance, as far as the caller may read. Pairs
 * that were decided are left out. Costs one look-up for each token and one opening for each candidate. Errors: NOT_ALLOWED.
 */
export async function findDuplicates(parts: Parts, actor: Actor, patient: string): Promise<readonly PatientPair[]> {
  return settled(parts, async (view) => {
    const found = await pairsOf(parts, view, actor, patient, { thorough: true, custodians: [...parts.vaults.keys()] })
    if (found === undefined) return { value: undefined, records: [newDecision({ actor, operation, purpose: 'operations', rule: 'none', ...((await view.projection('patient', patient)) === undefined ? {} : { about: patient }) }, parts.now())], guards: [] }
    return { value: [...found.pairs].sort((a, b) => b.score - a.score), records: found.records, guards: found.guards }
  })
}

/** One page of the pairs to review at the caller's organisation, by handle. `after`: handle to go on behind; a page may hold fewer pairs than `limit`. */
export async function listDuplicates(parts: Parts, actor: Actor, query: { readonly after?: string | undefined; readonly limit: number }): Promise<{ readonly items: readonly PatientPair[]; readonly next?: string | undefined }> {
  const custodian = actor.organisation
  // Systems write and do not read: for them there is nothing to see.
  if (custodian === undefined || !isCustodianStaff(actor, custodian)) return { items: [] }
  return settled(parts, async (view) => {
    const items: PatientPair[] = []
    const [records, guards]: [DecisionRecord[], Guard[]] = [[], []]
    const page = await view.find({ table: 'patient', index: 'custodian', equals: custodian, after: query.after, limit: patientsMax })
    let next = page.next
    for (const { key } of page.rows) {
      const found = await pairsOf(parts, view, actor, key, { thorough: false, custodians: [custodian] })
      const first = found?.pairs.filter(({ right }) => right.patient > key) ?? []
      if (found !== undefined && first.length > 0) {
        const shown = new Set([key, ...first.map(({ right }) => right.patient)])
        items.push(...first)
        records.push(...found.records.filter(({ about }) => about !== undefined && shown.has(about)))
        guards.push(...found.guards)
      }
      if (items.length < query.limit) continue
      next = key === page.rows.at(-1)?.key && page.next === undefined ? undefined : key
      break
    }
    return { value: { items, ...(next === undefined ? {} : { next }) }, records, guards }
  })
}

/** Two patients side by side, whatever their likeness. Errors: NOT_ALLOWED unless both may be read. */
export async function comparePatients(parts: Parts, actor: Actor, query: { readonly patient: string; readonly other: string }): Promise<PatientPair> {
  return settled(parts, async (view) => {
    const [left, right] = [await look(parts, view, actor, query.patient), await look(parts, view, actor, query.other)]
    const refusals = await Promise.all([query.patient, query.other].map(async (about) => newDecision({ actor, operation, purpose: 'operations', rule: 'none', ...((await view.projection('patient', about)) === undefined ? {} : { about }) }, parts.now())))
    if (left === undefined || right === undefined || left.patient === right.patient) return { value: undefined, records: refusals, guards: [] }
    const value = { ...compareTraits(left.traits, right.traits), ...(await decidedOf(view, left.patient, right.patient)), left: sideOf(left), right: sideOf(right) }
    return { value, records: [left.decision({ Patient: 1 }), right.decision({ Patient: 1 })], guards: [...left.guards, ...right.guards] }
  })
}

async function pairsOf(parts: Parts, view: ReadView, actor: Actor, patient: string, options: { readonly thorough: boolean; readonly custodians: readonly string[] }): Promise<{ readonly pairs: readonly PatientPair[]; readonly records: readonly DecisionRecord[]; readonly guards: readonly Guard[] } | undefined> {
  const own = await look(parts, view, actor, patient)
  if (own === undefined) return undefined
  const tokens: string[] = []
  for (const custodian of options.custodians) {
    const keys = await parts.vaults.get(custodian)?.organisation()
    if (keys !== undefined) tokens.push(...blockingTokens(keys, own.traits, options.thorough))
  }
  const group = new Set((await readGroup(view, patient)).members)
  const pairs: PatientPair[] = []
  const others: Looked[] = []
  for (const candidate of await candidatesOf(view, tokens, patient)) {
    if (group.has(candidate) || (await decidedOf(view, patient, candidate)).decided !== undefined) continue
    const other = await look(parts, view, actor, candidate)
    const match = other === undefined ? undefined : compareTraits(own.traits, other.traits)
    if (other === undefined || match === undefined || match.outcome === 'none') continue
    pairs.push({ ...match, left: sideOf(own), right: sideOf(other) })
    others.push(other)
  }
  const shown = pairs.length === 0 ? [own] : [own, ...others]
  return { pairs, records: shown.map(({ decision }) => decision({ Patient: 1 })), guards: shown.flatMap(({ guards }) => guards) }
}

/** One patient under the caller's own permit; `undefined`: not allowed, no such patient, or no Patient resource. */
async function look(parts: Parts, view: ReadView, actor: Actor, patient: string): Promise<Looked | undefined> {
  for (const purpose of purposes) {
    const permit = await authorize(parts, view, { actor, operation, purpose, patient })
    if (isRefusal(permit)) continue
    try {
      const { rule, guards, custodian, patientRow, consents } = groundsOf(permit)
      const traits = await readTraits(parts, permit)
      if (traits === undefined) continue
      const { subject } = await readPatientRow(parts, { patientRow, custodian, patient })
      const consent = isConsented({ rule }) ? consents[0] : undefined
      return { patient, subject, custodian, traits, guards, decision: (types) => newDecision({ actor, operation, purpose, about: patient, custodian, rule, consent, types }, parts.now()) }
    } finally {
      endPermit(permit)
    }
  }
  return undefined
}

async function decidedOf(view: ReadView, one: string, other: string): Promise<Pick<PatientPair, 'decided'>> {
  const [merged, back, distinct] = await Promise.all([view.projection('patient-merge', other), view.projection('patient-merge', one), view.projection('patient-distinct', pairKey(one, other))])
  for (const row of [merged, back]) {
    const merge = row === undefined ? undefined : (readRow(row) as unknown as MergeRow)
    if (merge !== undefined && [one, other].includes(merge.into)) return { decided: { kind: 'merged', entry: merge.entry, into: merge.into } }
  }
  return distinct === undefined ? {} : { decided: { kind: 'different', entry: (readRow(distinct) as unknown as DistinctRow).entry, into: (readRow(distinct) as unknown as DistinctRow).patient } }
}

const sideOf = ({ patient, subject, custodian, traits }: Looked): PairSide => ({ patient, subject, custodian, traits })

/** Reads in one snapshot, then records with guards, then answers; begins anew when something changed in between. */
async function settled<T>(parts: Parts, read: (view: ReadView) => Promise<{ readonly value: T | undefined; readonly records: readonly DecisionRecord[]; readonly guards: readonly Guard[] }>): Promise<T> {
  for (let attempt = 0; attempt < attemptsMax; attempt++) {
    const { value, records, guards } = await parts.store.read(read).catch((error: unknown) => {
      throw toLogicError(error)
    })
    const once = [...new Map(guards.map((guard) => [`${guard.table}\0${guard.key}`, guard])).values()]
    if (!(await record(parts, records, once))) continue
    if (value === undefined) throw new LogicError('NOT_ALLOWED', 'This does not exist or you may not use it.')
    return value
  }
  throw new LogicError('STALE', 'What the decision rests on keeps changing.')
}
