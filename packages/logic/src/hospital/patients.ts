import type { Projection, ReadView } from '@careledger/data-spec'
import type { Actor } from '@careledger/identity'
import { PURPOSES, type Purpose } from '../consent/consent-terms.ts'
import { isCustodianStaff } from '../decisions/authorize.ts'
import { decide, type Decided } from '../decisions/decide.ts'
import { decideEach, type EachPage } from '../decisions/decide-each.ts'
import { merged, type PageSource } from '../decisions/merged.ts'
import { familyToken, identifierToken, identifierValueToken } from '../fhir/search-tokens.ts'
import type { Parts } from '../parts.ts'
import { delegationTable } from './delegation/delegation-entries.ts'
import { readBanner, type PatientBanner } from './read-banner.ts'

export type { PatientBanner } from './read-banner.ts'

/**
 * Patients whose records the caller may read now, by handle: those of its own organisation, those shared with it or its organisation, and
 * itself. `after`: the last handle of the former page.
 */
export function listPatients(parts: Parts, actor: Actor, query: { readonly after?: string | undefined; readonly limit: number }): Promise<EachPage<PatientBanner>> {
  const request = { actor, operation: 'hospital.patients.list', purposes: PURPOSES, limit: query.limit, recordRefusals: false }
  return decideEach(parts, request, (view) => merged(readableBy(view, actor, query.limit + 1), { keyOf: (patient) => patient, after: query.after, ascending: true }), (permit) => readBanner(parts, permit))
}

export type PatientQuery =
  | { readonly identifier: { readonly system?: string | undefined; readonly value: string } }
  | { readonly family: string; readonly birthDate: string }

/**
 * Looks a patient up at every custodian of this instance by keyed tokens, and gives those back that the caller may read. A patient who is
 * found and may not be read sees the attempt; the caller sees the same as when there is none.
 */
export function findPatients(parts: Parts, actor: Actor, query: PatientQuery): Promise<EachPage<PatientBanner>> {
  const request = { actor, operation: 'hospital.patients.find', purposes: ['treatment'] as const, limit: 50, recordRefusals: true }
  return decideEach(parts, request, (view) => matching(parts, view, query), (permit) => readBanner(parts, permit))
}

/** The banner of one patient. Errors: NOT_ALLOWED. */
export function readPatientBanner(parts: Parts, actor: Actor, query: { readonly patient: string; readonly purpose: Purpose }): Promise<Decided<PatientBanner>> {
  return decide(parts, { actor, operation: 'hospital.patients.read', purpose: query.purpose, patient: query.patient }, (permit) => readBanner(parts, permit))
}

/** Handles of the patients that an actor is, at all custodians of this instance. */
export async function ownPatients(view: ReadView, party: string): Promise<readonly Projection[]> {
  return (await view.find({ table: 'patient', index: 'party', equals: party, limit: 1000 })).rows
}

/** Handles of patients that the actor may be permitted to read, ascending; each is still decided. */
export function readableBy(view: ReadView, actor: Actor, limit: number): readonly PageSource<string>[] {
  const { organisation, party } = actor
  const patients = (index: string, equals: string): PageSource<string> => async (after) => {
    const page = await view.find({ table: 'patient', index, equals, after, limit })
    return { rows: page.rows.map((row) => row.key), next: page.next }
  }
  // Keys are `<patient>/<consent>`: after a handle means after every share of it.
  const shares = (grantee: string): PageSource<string> => async (after) => {
    const page = await view.find({ table: 'share', index: 'grantee', equals: grantee, after: after === undefined || after.includes('/') ? after : `${after}/~`, limit })
    return { rows: page.rows.map((row) => row.key.split('/')[0] as string), next: page.next }
  }
  // Keys are `<patient>/<delegate>`.
  const delegated = (delegate: string): PageSource<string> => async (after) => {
    const page = await view.find({ table: delegationTable, index: 'delegate', equals: delegate, after: after === undefined || after.includes('/') ? after : `${after}/~`, limit })
    return { rows: page.rows.map((row) => row.key.split('/')[0] as string), next: page.next }
  }
  return [
    patients('party', party),
    shares(party),
    delegated(party),
    ...(organisation === undefined ? [] : [shares(organisation)]),
    ...(organisation !== undefined && isCustodianStaff(actor, organisation) ? [patients('custodian', organisation)] : []),
  ]
}

/** Handles of patients that an identifier, or family name and birth date, belongs to at any custodian of this instance. */
export async function* matching(parts: Parts, view: ReadView, query: PatientQuery): AsyncGenerator<string> {
  const seen = new Set<string>()
  for (const custodian of parts.vaults.keys()) {
    const keys = await parts.vaults.get(custodian)?.organisation()
    if (keys === undefined) continue
    const token = 'family' in query ? familyToken(keys, query.family, query.birthDate) : query.identifier.system === undefined ? identifierValueToken(keys, query.identifier.value) : identifierToken(keys, query.identifier)
    const page = await view.find({ table: 'patient-token', index: 'token', equals: token, limit: 50 })
    for (const row of page.rows) {
      const patient = row.key.slice(token.length + 1)
      if (!seen.has(patient)) yield patient
      seen.add(patient)
    }
  }
}
