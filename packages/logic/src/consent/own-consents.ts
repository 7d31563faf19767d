import type { Projection } from '@careledger/data-spec'
import type { Actor } from '@careledger/identity'
import { subjectPseudonym } from '@careledger/proof'
import { merged, type PageSource } from '../decisions/merged.ts'
import { openRow } from '../entries/rows.ts'
import type { EntryState } from '../entries/signed-entry.ts'
import { partyNames } from '../hospital/party-names.ts'
import { ownPatients } from '../hospital/patients.ts'
import { HOSPITAL, type ConsentRow } from '../hospital/tables.ts'
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
  readonly withdrawnBy?: string | undefined
}

/** The caller's own consents at all custodians of this instance, newest first. `after`: id of the last one of the former page. */
export async function listConsents(parts: Parts, actor: Actor, query: { readonly after?: string | undefined; readonly limit: number }): Promise<{ readonly items: readonly ConsentItem[]; readonly next?: string | undefined }> {
  return parts.store.read(async (view) => {
    const patients = await ownPatients(view, actor.party)
    const custodians = new Map(patients.map((row) => [row.key, row.indexes['custodian'] as string]))
    const of = ({ key }: Projection): PageSource<Projection> => (after) => view.find({ table: 'consent', index: 'patient', equals: key, after, limit: query.limit + 1, newestFirst: true })
    const found: { readonly id: string; readonly patient: string; readonly custodian: string; readonly row: ConsentRow }[] = []
    let more = false
    for await (const row of merged(patients.map(of), { keyOf: ({ key }) => key, after: query.after })) {
      more = found.length === query.limit
      if (more) break
      const patient = row.indexes['patient'] as string
      const custodian = custodians.get(patient) as string
      const opened = await openRow(parts, row, { custodian, patient })
      if (opened !== undefined) found.push({ id: row.key, patient, custodian, row: opened as unknown as ConsentRow })
    }
    const [names, states] = await Promise.all([partyNames(view, found.flatMap(({ custodian, row }) => [custodian, row.terms.grantee])), readStates(parts, view, found.map(({ id }) => id))])
    const now = parts.now()
    const items = found.map(({ id, patient, custodian, row }, place): ConsentItem => ({
      id, patient, custodian, custodianName: names.of(custodian), granteeName: names.of(row.terms.grantee), terms: row.terms, given: row.given,
      state: row.withdrawnBy !== undefined ? 'withdrawn' : Date.parse(row.terms.expires) <= now.getTime() ? 'expired' : 'active',
      entry: states[place]?.state ?? 'stored', ...(row.withdrawnBy === undefined ? {} : { withdrawnBy: row.withdrawnBy }),
    }))
    const last = items.at(-1)
    return more && last !== undefined ? { items, next: last.id } : { items }
  }).catch(rethrow)
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
