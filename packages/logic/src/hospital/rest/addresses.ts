import type { ReadView } from '@careledger/data-spec'
import type { Parts } from '../../parts.ts'
import { recordAddressField, type RecordRow } from '../tables.ts'

/**
 * How FHIR addresses a record. Its id is the one that its author gave the resource; a resource without one is addressed by the entry that brought
 * it first. The id of any version's entry leads to it as well, and is the one address that no two records share.
 */
export interface Address {
  readonly type: string
  readonly id: string
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** Patients who may have a record at this address, at all custodians of this instance: each is still decided. */
export async function patientsAt(parts: Pick<Parts, 'vaults'>, view: ReadView, { type, id }: Address): Promise<readonly string[]> {
  const organisations = await Promise.all([...parts.vaults.keys()].map((custodian) => parts.vaults.get(custodian)?.organisation()))
  const tokens = organisations.flatMap((keys) => (keys === undefined ? [] : [keys.token(recordAddressField, `${type}/${id}`)]))
  const isEntry = uuid.test(id)
  const [record, patient, consent, ...pages] = await Promise.all([
    isEntry ? view.projection('record', id) : undefined,
    isEntry && type === 'Patient' ? view.projection('patient', id) : undefined,
    isEntry && type === 'Consent' ? view.projection('consent', id) : undefined,
    ...tokens.map((equals) => view.find({ table: 'record', index: 'address', equals, limit: 100 })),
  ])
  const owners = [record, consent, ...pages.flatMap(({ rows }) => rows)].flatMap((row) => row?.indexes['patient'] ?? [])
  return [...new Set([...(patient === undefined ? [] : [id]), ...owners])]
}

/** The id that a record is addressed by. `first`: the first version known. */
export function addressOf(row: Pick<RecordRow, 'type' | 'fhirId'>, first: { readonly id: string; readonly row: Pick<RecordRow, 'fhirId'> }): Address {
  return { type: row.type, id: row.fhirId ?? first.row.fhirId ?? first.id }
}

/** A reference as it stands in a resource or in a search; `type` is missing where the text does not say it. */
export interface ReferenceParts {
  readonly type?: string | undefined
  /** Begins with `?` where it is a condition (R4 http, "Conditional References"). */
  readonly id: string
  /** Somewhere else than in this patient's record. */
  readonly absolute: boolean
}

const version = /\/_history\/[A-Za-z0-9.-]{1,64}$/

/** `undefined`: this leads to no single resource. */
export function referenceParts(text: string): ReferenceParts | undefined {
  const [, asked, condition] = /^([A-Z][A-Za-z]{1,63})(\?.+)$/.exec(text) ?? []
  if (asked !== undefined && condition !== undefined) return { type: asked, id: condition, absolute: false }
  const plain = text.replace(version, '')
  const [, type, id] = /(?:^|\/)([A-Z][A-Za-z]{1,63})\/([A-Za-z0-9.-]{1,64})$/.exec(plain) ?? []
  if (type !== undefined && id !== undefined) return { type, id, absolute: /^https?:/.test(plain) }
  const [, urn] = /^urn:(?:uuid|oid):([A-Za-z0-9.-]{1,64})$/.exec(plain) ?? []
  return urn === undefined ? undefined : { id: urn, absolute: false }
}
