import type { Projection } from '@careledger/data-spec'
import type { Consent } from '../consent/consent-terms.ts'
import { allows, groundsOf, isConsented, reachesEverything, type Grounds, type Permit } from '../decisions/authorize.ts'
import type { OpenedChart, OpenedRow } from '../decisions/opened-charts.ts'
import { merged, type PageSource } from '../decisions/merged.ts'
import type { Opening } from '../entries/network-definition.ts'
import { openEntry } from '../entries/open-entry.ts'
import { openRowWith } from '../entries/rows.ts'
import { LogicError } from '../logic-error.ts'
import type { Parts } from '../parts.ts'
import { remembered } from './remembered.ts'
import { recordTypeField, type RecordRow } from './tables.ts'

/** One record that a permit reaches. */
export interface PermittedRecord {
  readonly id: string
  readonly row: RecordRow
  /** Under the rules `consent` and `emergency`: the one that covers it. */
  readonly consent?: Consent | undefined
}

/** The same with what its author committed to. */
export interface PermittedResource extends PermittedRecord {
  readonly opening: Opening
}

/** Finds whose record it is; `undefined`: there is no such record. */
export function patientOfRecord(id: string): (view: Grounds['view']) => Promise<string | undefined> {
  return async (view) => (await view.projection('record', id))?.indexes['patient']
}

/** One record within a permit; `undefined`: another patient's, outside the permit, or none. */
export async function permittedRecord(permit: Permit, id: string): Promise<PermittedRecord | undefined> {
  const grounds = groundsOf(permit)
  const open = grounds.chart?.row(id)
  if (open !== undefined) return toPermitted(grounds, { id, row: open })
  const projection = await grounds.view.projection('record', id)
  const row = projection === undefined ? undefined : openOwn(grounds, projection)
  if (projection === undefined || row === undefined) return undefined
  grounds.chart?.keepRow(id, row, projection.value.length)
  return toPermitted(grounds, { id, row })
}

export interface RecordScan {
  /** Resource types; absent: all. */
  readonly types?: readonly string[] | undefined
  /** Entry id to go on behind. */
  readonly after?: string | undefined
  /** Rows read at once, 100 to 1,000. */
  readonly page?: number | undefined
  /** Whether nothing of it is left open in memory: for who goes over many patients once. Default false. */
  readonly passing?: boolean | undefined
}

/**
 * A patient's record rows of the given types, newest first by entry id. Rows that the permit does not reach come without `record`, so that
 * the caller can bound how many it looks at; nothing else of them may be used.
 */
export async function* scanRecords(permit: Permit, scan: RecordScan): AsyncGenerator<{ readonly key: string; readonly record?: PermittedRecord | undefined }> {
  const grounds = groundsOf(permit)
  const { types, after, page = 1000 } = scan
  const open = await openedRows(grounds, scan)
  if (open !== undefined) {
    for (const one of open) if (after === undefined || one.id < after) yield { key: one.id, record: toPermitted(grounds, one) }
    return
  }
  for await (const projection of merged(sourcesOf(grounds, types, page), { keyOf: (row) => row.key, after })) {
    const row = openOwn(grounds, projection)
    yield { key: projection.key, record: row === undefined ? undefined : toPermitted(grounds, { id: projection.key, row }) }
  }
}

/** All that the permit reaches of the given types at once, newest first by entry id: of at most `limit` rows, `truncated` where there are more. */
export async function permittedRecords(permit: Permit, scan: Pick<RecordScan, 'types'>, limit = Number.POSITIVE_INFINITY): Promise<{ readonly records: readonly PermittedRecord[]; readonly truncated: boolean }> {
  const grounds = groundsOf(permit)
  const open = await openedRows(grounds, scan)
  const records: PermittedRecord[] = []
  const add = (record: PermittedRecord | undefined): void => void (record === undefined ? 0 : records.push(record))
  if (open !== undefined) {
    const some = open.length > limit ? open.slice(0, limit) : open
    const truncated = some !== open
    if (reachesEverything(grounds)) return { records: some, truncated }
    for (const one of some) add(toPermitted(grounds, one))
    return { records, truncated }
  }
  let scanned = 0
  for await (const { record } of scanRecords(permit, scan)) {
    if (++scanned > limit) return { records, truncated: true }
    add(record)
  }
  return { records, truncated: false }
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
    yield* await openResources(parts, permit, batch, scan)
    batch = []
  }
  if (batch.length > 0) yield* await openResources(parts, permit, batch, scan)
}

/** Payloads above this many bytes are opened each time. */
const keptBytesMax = 65_536

/** Opens up to 1,000 permitted records, in their order; their bytes are shared with other readers and not to be changed. Errors: CORRUPTION naming the entry. */
export async function openResources(parts: Pick<Parts, 'vaults' | 'documents'>, permit: Permit, records: readonly PermittedRecord[], { passing = false }: Pick<RecordScan, 'passing'> = {}): Promise<readonly PermittedResource[]> {
  const grounds = groundsOf(permit)
  const { chart, view } = grounds
  const open = records.map(({ id }) => chart?.opening(id))
  const missing = records.filter((_, place) => open[place] === undefined)
  const entries = missing.length === 0 ? [] : await view.entries(missing.map(({ id }) => id))
  const opened = new Map(await Promise.all(missing.map(async ({ id }, place) => {
    const entry = entries[place]
    const opening = entry === undefined ? undefined : await openEntry(parts, entry, undefined, grounds)
    if (opening === undefined || opening === 'erased') throw new LogicError('CORRUPTION', 'The record has no payload.', { details: { id } })
    if (!passing && opening.payload.length <= keptBytesMax) chart?.keepOpening(id, opening)
    return [id, opening] as const
  })))
  return records.map((record, place) => ({ ...record, opening: open[place] ?? (opened.get(record.id) as Opening) }))
}

/**
 * The rows of the types that can hold permitted ones, if the whole chart lies open, or is worth opening now. Rows of a chart that is too large, and
 * those of a patient without a mark, are opened each time.
 */
async function openedRows(grounds: Grounds, { types: asked, after, passing = false }: RecordScan): Promise<readonly OpenedRow[] | undefined> {
  const { chart, consents } = grounds
  if (chart === undefined) return undefined
  const types = typesToRead(isConsented(grounds) ? consents : undefined, asked)
  const whole = types === undefined && after === undefined
  const rows = chart.rows ?? (passing || !chart.worthOpening(whole) ? undefined : await openAll(grounds, chart))
  return types === undefined || rows === undefined ? rows : ofTypes(rows, types)
}

const byTypes = remembered((_rows: readonly OpenedRow[]) => new Map<string, readonly OpenedRow[]>())

function ofTypes(rows: readonly OpenedRow[], types: readonly string[]): readonly OpenedRow[] {
  // Types come from callers, ten thousand combinations too.
  if (types.length !== 1) return rows.filter(({ row }) => types.includes(row.type))
  const known = byTypes(rows)
  const [type = ''] = types
  let found = known.get(type)
  if (found === undefined) {
    found = rows.filter(({ row }) => row.type === type)
    if (found.length > 0) known.set(type, found)
  }
  return found
}

/** Opens every row of the patient and keeps them; `undefined`: there is no room for them, or the keys are gone. */
async function openAll(grounds: Grounds, chart: OpenedChart): Promise<readonly OpenedRow[] | undefined> {
  const { view, patient } = grounds
  const rows: OpenedRow[] = []
  let bytes = 0
  for (let after: string | undefined; ; ) {
    const page = await view.find({ table: 'record', index: 'patient', equals: patient, after, limit: 1000, newestFirst: true })
    for (const projection of page.rows) {
      bytes += projection.value.length
      if (bytes > chart.room) return void chart.tooLarge()
      const row = openOwn(grounds, projection)
      if (row === undefined) return undefined
      rows.push({ id: projection.key, row })
    }
    if (page.next === undefined) break
    after = page.next
  }
  chart.keepRows(rows, bytes)
  return rows
}

/** `undefined`: another patient's row, or the keys are gone. */
function openOwn({ patient, keys }: Grounds, projection: Projection): RecordRow | undefined {
  return projection.indexes['patient'] === patient ? (openRowWith(keys, projection) as unknown as RecordRow | undefined) : undefined
}

function toPermitted(grounds: Grounds, { id, row }: OpenedRow): PermittedRecord | undefined {
  const allowed = allows(grounds, row)
  return allowed === undefined ? undefined : { id, row, consent: allowed.consent }
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
