import type { Projection, StoredEntry } from '@careledger/data-spec'
import type { Consent } from '../consent/consent-terms.ts'
import { allows, groundsOf, isConsented, type Grounds, type Permit } from '../decisions/authorize.ts'
import { merged, type PageSource } from '../decisions/merged.ts'
import type { Opening } from '../entries/network-definition.ts'
import { openEntry } from '../entries/open-entry.ts'
import { openRowWith } from '../entries/rows.ts'
import { LogicError } from '../logic-error.ts'
import type { Parts } from '../parts.ts'
import { recordTypeField, type RecordRow } from './tables.ts'

/** One record that a permit reaches. */
export interface PermittedRecord {
  readonly id: string
  readonly row: RecordRow
  /** Under the rules `consent` and `emergency`: the one that covers it. */
  readonly consent?: Consent | undefined
}

/** The same with what its author signed. */
export interface PermittedResource extends PermittedRecord {
  readonly entry: StoredEntry
  readonly opening: Opening
}

/** Finds whose record it is; `undefined`: there is no such record. */
export function patientOfRecord(id: string): (view: Grounds['view']) => Promise<string | undefined> {
  return async (view) => (await view.projection('record', id))?.indexes['patient']
}

/** One record within a permit; `undefined`: another patient's, outside the permit, or none. */
export async function permittedRecord(permit: Permit, id: string): Promise<PermittedRecord | undefined> {
  const grounds = groundsOf(permit)
  const projection = await grounds.view.projection('record', id)
  return projection === undefined ? undefined : openPermitted(grounds, projection)
}

export interface RecordScan {
  /** Resource types; absent: all. */
  readonly types?: readonly string[] | undefined
  /** Entry id to go on behind. */
  readonly after?: string | undefined
  /** Rows read at once, 100 to 1,000. */
  readonly page?: number | undefined
}

/**
 * A patient's record rows of the given types, newest first by entry id. Rows that the permit does not reach come without `record`, so that
 * the caller can bound how many it looks at; nothing else of them may be used.
 */
export async function* scanRecords(permit: Permit, { types, after, page = 1000 }: RecordScan): AsyncGenerator<{ readonly key: string; readonly record?: PermittedRecord | undefined }> {
  const grounds = groundsOf(permit)
  for await (const projection of merged(sourcesOf(grounds, types, page), { keyOf: (row) => row.key, after })) {
    yield { key: projection.key, record: openPermitted(grounds, projection) }
  }
}

/** Entries opened at once. */
const openedAtOnce = 100

/**
 * What the permit reaches of a patient's records, with the exact bytes, newest first by entry id. `keep` chooses by the row before anything
 * is opened; default: those that nothing has amended. Errors: CORRUPTION naming the entry.
 */
export async function* permittedResources(parts: Pick<Parts, 'vaults' | 'documents'>, permit: Permit, scan: RecordScan & { readonly keep?: (record: PermittedRecord) => boolean } = {}): AsyncGenerator<PermittedResource> {
  const keep = scan.keep ?? (({ row }: PermittedRecord) => row.replacedBy === undefined)
  let batch: PermittedRecord[] = []
  for await (const { record } of scanRecords(permit, scan)) {
    if (record === undefined || !keep(record)) continue
    batch.push(record)
    if (batch.length < openedAtOnce) continue
    yield* await openResources(parts, permit, batch)
    batch = []
  }
  if (batch.length > 0) yield* await openResources(parts, permit, batch)
}

/** Opens up to 1,000 permitted records, in their order. Errors: CORRUPTION naming the entry. */
export async function openResources(parts: Pick<Parts, 'vaults' | 'documents'>, permit: Permit, records: readonly PermittedRecord[]): Promise<readonly PermittedResource[]> {
  const grounds = groundsOf(permit)
  const entries = await grounds.view.entries(records.map(({ id }) => id))
  return Promise.all(records.map(async (record, place) => {
    const entry = entries[place]
    const opening = entry === undefined ? undefined : await openEntry(parts, entry, undefined, grounds)
    if (entry === undefined || opening === undefined || opening === 'erased') throw new LogicError('CORRUPTION', 'The record has no payload.', { details: { id: record.id } })
    return { ...record, entry, opening }
  }))
}

function openPermitted(grounds: Grounds, projection: Projection): PermittedRecord | undefined {
  const { patient, keys } = grounds
  if (projection.indexes['patient'] !== patient) return undefined
  const row = openRowWith(keys, projection) as unknown as RecordRow | undefined
  const allowed = row === undefined ? undefined : allows(grounds, row)
  return row === undefined || allowed === undefined ? undefined : { id: projection.key, row, consent: allowed.consent }
}

/** Where the rows can be: one source, or one for each type. */
function sourcesOf(grounds: Grounds, asked: readonly string[] | undefined, page: number): readonly PageSource<Projection>[] {
  const { view, keys, patient, consents } = grounds
  const types = typesToRead(isConsented(grounds) ? consents : undefined, asked)
  const limit = Math.min(Math.max(page, 100), 1000)
  const source = (index: string, equals: string): PageSource<Projection> => (after) => view.find({ table: 'record', index, equals, after, limit, newestFirst: true })
  return types === undefined ? [source('patient', patient)] : types.map((type) => source('type', keys.token(recordTypeField, type)))
}

/** Types that can hold permitted rows; `undefined`: all. */
function typesToRead(consents: readonly Consent[] | undefined, asked: readonly string[] | undefined): readonly string[] | undefined {
  const granted = consents === undefined || consents.some(({ terms }) => terms.types === undefined) ? undefined : [...new Set(consents.flatMap(({ terms }) => terms.types ?? []))]
  if (granted === undefined) return asked === undefined ? undefined : [...new Set(asked)]
  return asked === undefined ? granted : granted.filter((type) => asked.includes(type))
}
