import type { Projection, ReadView } from '@careledger/data-spec'
import type { SealedFor } from '../entries/network-definition.ts'
import type { Actor } from '@careledger/identity'
import { subjectPseudonym } from '@careledger/proof'
import { merged, type PageSource } from '../decisions/merged.ts'
import { openRow } from '../entries/rows.ts'
import type { EntryState } from '../entries/signed-entry.ts'
import { partyNames } from '../hospital/party-names.ts'
import { ownPatients } from '../hospital/patients.ts'
import { HOSPITAL, type ActedBy, type ConsentRow } from '../hospital/tables.ts'
import { readStates } from '../log/entry-states.ts'
import type { Parts } from '../parts.ts'
import { toLogicError } from '../to-logic-error.ts'
import type { ConsentTerms } from './consent-terms.ts'

export interface ConsentItem {
  readonly id: string
  readonly patient: string
  readonly custodian: string
  readonly custodianName: string
  readonly granteeName: string
  readonly terms: ConsentTerms
  readonly given: string
  readonly state: 'active' | 'expired' | 'withdrawn'
  readonly entry: EntryState
  /** Who gave it in the patient's stead, and as what. */
  readonly actedBy?: NamedActing | undefined
  /** Who passed which consent on by it. */
  readonly passedOn?: { readonly consent: string; readonly name: string } | undefined
  readonly withdrawnBy?: string | undefined
  readonly withdrawnActedBy?: NamedActing | undefined
}

export interface NamedActing extends Pick<ActedBy, 'party' | 'basis'> { readonly name: string }

/** The caller's own consents at all custodians of this instance, newest first. `after`: id of the last one of the former page. */
export async function listConsents(parts: Parts, actor: Actor, query: { readonly after?: string | undefined; readonly limit: number }): Promise<{ readonly items: readonly ConsentItem[]; readonly next?: string | undefined }> {
  return parts.store.read(async (view) => {
    const patients = await ownPatients(view, actor.party)
    const custodians = new Map(patients.map((row) => [row.key, row.indexes['custodian'] as string]))
    const of = ({ key }: Projection): PageSource<Projection> => (after) => view.find({ table: 'consent', index: 'patient', equals: key, after, limit: query.limit + 1, newestFirst: true })
    const found: FoundConsent[] = []
    let more = false
    for await (const row of merged(patients.map(of), { keyOf: ({ key }) => key, after: query.after })) {
      more = found.length === query.limit
      if (more) break
      const patient = row.indexes['patient'] as string
      found.push(...(await openConsent(parts, row, { custodian: custodians.get(patient) as string, patient })))
    }
    const items = await toConsentItems(parts, view, found)
    const last = items.at(-1)
    return more && last !== undefined ? { items, next: last.id } : { items }
  }).catch(rethrow)
}

export interface FoundConsent {
  readonly id: string
  readonly patient: string
  readonly custodian: string
  readonly row: ConsentRow
}

/** Nothing where the keys are gone. */
export async function openConsent(parts: Parts, projection: Projection, sealedFor: SealedFor): Promise<readonly FoundConsent[]> {
  const row = await openRow(parts, projection, sealedFor)
  return row === undefined ? [] : [{ id: projection.key, ...sealedFor, row: row as unknown as ConsentRow }]
}

/** Rows with names, and how things stand now. */
export async function toConsentItems(parts: Parts, view: ReadView, found: readonly FoundConsent[]): Promise<readonly ConsentItem[]> {
  const parties = found.flatMap(({ custodian, row: { terms, actedBy, withdrawnActedBy, passedOn } }) => [custodian, terms.grantee, actedBy?.party, withdrawnActedBy?.party, passedOn?.organisation ?? passedOn?.party].filter((party) => party !== undefined))
  const [names, states] = await Promise.all([partyNames(view, parties), readStates(parts, view, found.map(({ id }) => id))])
  const now = parts.now().getTime()
  const named = ({ party, basis }: ActedBy): NamedActing => ({ party, basis, name: names.of(party) })
  return found.map(({ id, patient, custodian, row: { terms, given, actedBy, passedOn, withdrawnBy, withdrawnActedBy } }, place): ConsentItem => ({
    id, patient, custodian, custodianName: names.of(custodian), granteeName: names.of(terms.grantee), terms, given,
    state: withdrawnBy !== undefined ? 'withdrawn' : Date.parse(terms.expires) <= now ? 'expired' : 'active', entry: states[place]?.state ?? 'stored',
    ...(actedBy === undefined ? {} : { actedBy: named(actedBy) }), ...(withdrawnActedBy === undefined ? {} : { withdrawnActedBy: named(withdrawnActedBy) }),
    ...(passedOn === undefined ? {} : { passedOn: { consent: passedOn.consent, name: names.of(passedOn.organisation ?? passedOn.party) } }),
    ...(withdrawnBy === undefined ? {} : { withdrawnBy }),
  }))
}

export interface OwnSubject {
  readonly patient: string
  /** Pseudonym to sign consents with at this custodian, base64url. */
  readonly subject: string
  readonly custodian: string
  readonly custodianName: string
}

/** The custodians that hold records of the caller. */
export async function listSubjects(parts: Parts, actor: Actor): Promise<readonly OwnSubject[]> {
  const { rows, names } = await parts.store.read(async (view) => {
    const own = await ownPatients(view, actor.party)
    return { rows: own, names: await partyNames(view, own.map((row) => row.indexes['custodian'] as string)) }
  }).catch(rethrow)
  const subjects: OwnSubject[] = []
  for (const row of rows) {
    const custodian = row.indexes['custodian'] as string
    const keys = await parts.vaults.get(custodian)?.patient(row.key)
    if (keys !== undefined) subjects.push({ patient: row.key, subject: subjectPseudonym(await keys.subjectSecret(HOSPITAL)), custodian, custodianName: names.of(custodian) })
  }
  return subjects
}

function rethrow(error: unknown): never {
  throw toLogicError(error)
}
