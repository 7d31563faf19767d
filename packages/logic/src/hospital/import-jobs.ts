import type { Projection, ProjectionWrite } from '@careledger/data-spec'
import type { Actor, KeyVault, OrganisationKeys } from '@careledger/identity'
import { fromUtf8, utf8 } from '@careledger/proof'
import { LogicError } from '../logic-error.ts'
import type { Parts } from '../parts.ts'
import { isStoreError, toLogicError } from '../to-logic-error.ts'
import { writersVault } from './prepare-import.ts'

/**
 * An import of many bundles, kept so that it can go on after anything: row `import-job` (key = its id; index `custodian`) and one row
 * `import-item` for each bundle (key = `<job>/<digest>`; index `job`), sealed under the organisation's key since names of files may name
 * people. The bundles themselves stay with the one who brings them. No entry makes these rows; rebuild and audit leave them out.
 */
const jobTable = 'import-job'
const itemTable = 'import-item'

export interface ImportJob {
  readonly id: string
  readonly party: string
  readonly startedAt: string
  readonly total: number
}

export interface ImportItem {
  /** SHA-256 of the bundle's bytes, base64url. */
  readonly digest: string
  readonly name: string
  /** `prepared`: its patient is named and its entries may or may not be there. `parked`: it was refused, for `reason`. */
  readonly state: 'waiting' | 'prepared' | 'done' | 'parked'
  readonly patient?: string | undefined
  readonly records?: number | undefined
  readonly alreadyThere?: number | undefined
  readonly reason?: string | undefined
  readonly problems?: readonly { readonly path: string; readonly message: string; readonly line?: number | undefined }[] | undefined
}

/** Opens an import, or goes on with it: items not known yet are added, and all those named come back as they stand. At most 1,000 in a call. Errors: NOT_ALLOWED for one of another organisation. */
export async function openImportJob(parts: Parts, actor: Actor, job: { readonly id: string; readonly items: readonly { readonly digest: string; readonly name: string }[] }): Promise<readonly ImportItem[]> {
  const { custodian, vault } = writersVault(parts, actor)
  const keys = await vault.organisation()
  for (;;) {
    const keysOf = job.items.map(({ digest }) => `${job.id}/${digest}`)
    const { row, rows } = await parts.store.read(async (view) => ({ row: await view.projection(jobTable, job.id), rows: keysOf.length === 0 ? [] : await view.projections(itemTable, keysOf) })).catch(rethrow)
    if (row !== undefined && row.indexes['custodian'] !== custodian) throw refused()
    const items = job.items.map(({ digest, name }, place): ImportItem => (rows[place] === undefined ? { digest, name, state: 'waiting' } : open<ImportItem>(keys, rows[place])))
    const fresh = new Map(job.items.flatMap((_, place) => (rows[place] === undefined ? [[keysOf[place] as string, items[place] as ImportItem] as const] : [])))
    if (row !== undefined && fresh.size === 0) return items
    const before = row === undefined ? { id: job.id, party: actor.party, startedAt: parts.now().toISOString(), total: 0 } : open<ImportJob>(keys, row)
    const writes = [
      toWrite(keys, jobTable, job.id, { ...before, total: before.total + fresh.size }, row?.version, { custodian }),
      ...[...fresh].map(([key, item]) => toWrite(keys, itemTable, key, item, undefined, { job: job.id, custodian })),
    ]
    if (await write(parts, writes)) return items
  }
}

/** Says how one bundle has come out. Errors: NOT_ALLOWED where the import or the bundle is not known here. */
export async function settleImportItem(parts: Parts, actor: Actor, job: string, outcome: Omit<ImportItem, 'name'>): Promise<void> {
  const { custodian, vault } = writersVault(parts, actor)
  const keys = await vault.organisation()
  const key = `${job}/${outcome.digest}`
  for (;;) {
    const row = await parts.store.read((view) => view.projection(itemTable, key)).catch(rethrow)
    if (row === undefined || row.indexes['custodian'] !== custodian) throw refused()
    const item: ImportItem = { ...outcome, name: open<ImportItem>(keys, row).name }
    if (await write(parts, [toWrite(keys, itemTable, key, item, row.version, { job, custodian })])) return
  }
}

/** The organisation's imports, in the order of their ids. */
export async function listImportJobs(parts: Parts, actor: Actor, query: { readonly after?: string | undefined; readonly limit: number }): Promise<{ readonly items: readonly ImportJob[]; readonly next?: string | undefined }> {
  const { custodian, vault } = writersVault(parts, actor)
  const keys = await vault.organisation()
  const page = await parts.store.read((view) => view.find({ table: jobTable, index: 'custodian', equals: custodian, newestFirst: true, ...query })).catch(rethrow)
  return { items: page.rows.map((row) => open<ImportJob>(keys, row)), ...(page.next === undefined ? {} : { next: page.next }) }
}

/** The bundles of one import. Errors: NOT_ALLOWED. */
export async function readImportJob(parts: Parts, actor: Actor, query: { readonly id: string; readonly after?: string | undefined; readonly limit: number }): Promise<{ readonly job: ImportJob; readonly items: readonly ImportItem[]; readonly next?: string | undefined }> {
  const { custodian, vault } = writersVault(parts, actor)
  const keys = await vault.organisation()
  const { id, ...page } = query
  const [row, found] = await parts.store.read((view) => Promise.all([view.projection(jobTable, id), view.find({ table: itemTable, index: 'job', equals: id, ...page })])).catch(rethrow)
  if (row === undefined || row.indexes['custodian'] !== custodian) throw refused()
  return { job: open<ImportJob>(keys, row), items: found.rows.map((one) => open<ImportItem>(keys, one)), ...(found.next === undefined ? {} : { next: found.next }) }
}

/** Takes out of every import of a custodian what says something of a patient: the name of their bundle's file, and what was wrong in it. How it came out stays. */
export async function eraseFromImports(parts: Parts, vault: KeyVault, patient: string): Promise<void> {
  const keys = await vault.organisation()
  let after: string | undefined
  do {
    const page = await parts.store.read((view) => view.find({ table: itemTable, index: 'custodian', equals: vault.custodian, after, limit: 500 })).catch(rethrow)
    for (const row of page.rows) {
      const item = open<ImportItem>(keys, row)
      if (item.patient !== patient) continue
      const { digest, state, records, alreadyThere } = item
      const left: ImportItem = { digest, name: '', state, ...(records === undefined ? {} : { records }), ...(alreadyThere === undefined ? {} : { alreadyThere }) }
      if (!(await write(parts, [toWrite(keys, itemTable, row.key, left, row.version, row.indexes)]))) throw new LogicError('STALE', 'An import of the patient is under way. Repeat the erasure.')
    }
    after = page.next
  } while (after !== undefined)
}

/** `false`: somebody else wrote meanwhile. */
async function write(parts: Parts, projections: readonly ProjectionWrite[]): Promise<boolean> {
  try {
    await parts.store.write({ projections })
    return true
  } catch (error) {
    if (isStoreError(error, 'STORE_STALE')) return false
    throw toLogicError(error)
  }
}

function toWrite(keys: OrganisationKeys, table: string, key: string, value: object, expected: number | undefined, indexes: Readonly<Record<string, string>>): ProjectionWrite {
  return { table, key, expected, next: keys.seal(utf8(JSON.stringify(value)), utf8(`${table}|${key}`)), indexes }
}

function open<T>(keys: OrganisationKeys, row: Projection): T {
  try {
    return JSON.parse(fromUtf8(keys.open(row.value, utf8(`${row.table}|${row.key}`)))) as T
  } catch (cause) {
    throw new LogicError('CORRUPTION', 'A row of an import does not open in its place.', { cause, details: { table: row.table } })
  }
}

function refused(): LogicError {
  return new LogicError('NOT_ALLOWED', 'This does not exist or you may not use it.')
}

function rethrow(error: unknown): never {
  throw toLogicError(error)
}
