import type { Projection, ReadView } from '@careledger/data-spec'
import type { Actor, OrganisationKeys } from '@careledger/identity'
import { fromUtf8, utf8 } from '@careledger/proof'
import { LogicError } from '../logic-error.ts'
import type { Parts } from '../parts.ts'
import { isStoreError, toLogicError } from '../to-logic-error.ts'

/**
 * Row `export`: one export, sealed under the key of the organisation that this instance holds and the caller belongs to, else the platform's; key = its id;
 * indexes `keeper` (that organisation), `owner` (party) and, while it runs, `running`. No entry makes it; rebuild and audit leave it out.
 */
export const exportTable = 'export'
/** Documents of exports; `sweepDocuments` leaves them to `sweepExports`. */
export const EXPORT_DOCUMENT = 'export-'

export interface ExportRequest {
  /** `custodian`: patients of the caller's own organisation; `readable`: every patient that the caller may read; `shared`: those shared by consent. */
  readonly scope: 'custodian' | 'readable' | 'shared'
  readonly types?: readonly string[] | undefined
  /** Searches on a type each: of that type, only what one of them finds. */
  readonly typeFilters?: readonly string[] | undefined
  /** Records written at or after this instant. */
  readonly since?: string | undefined
  /** The address asked for, for the manifest. */
  readonly url: string
}

/** A sealed piece of one file: lines of one resource type of patients of one custodian. */
export interface ExportPart {
  readonly type: string
  readonly custodian: string
  readonly document: string
  readonly count: number
}

export interface ExportJob {
  readonly id: string
  readonly keeper: string
  readonly actor: Actor
  readonly request: ExportRequest
  /** When it was asked for: what was written later may be missing. */
  readonly transactionTime: string
  readonly expires: string
  readonly state: 'running' | 'done' | 'failed'
  /** Code of what ended it. */
  readonly problem?: string | undefined
  /** Last patient that is in it. */
  readonly after?: string | undefined
  readonly patients: number
  readonly records: number
  readonly parts: readonly ExportPart[]
  /** Who works on it, and until when. */
  readonly holder?: string | undefined
  readonly until?: number | undefined
}

export interface StoredExport { readonly job: ExportJob; readonly version: number }

export async function insertExport(parts: Parts, job: ExportJob): Promise<void> {
  await parts.store.write({ projections: [await toWrite(parts, job, undefined)] }).catch(rethrow)
}

/** `undefined`: somebody else changed it meanwhile, for example by cancelling it. */
export async function saveExport(parts: Parts, { version }: StoredExport, job: ExportJob): Promise<StoredExport | undefined> {
  try {
    await parts.store.write({ projections: [await toWrite(parts, job, version)] })
    return { job, version: version + 1 }
  } catch (error) {
    if (isStoreError(error, 'STORE_STALE')) return undefined
    throw toLogicError(error)
  }
}

export async function removeExport(parts: Parts, { job, version }: StoredExport): Promise<boolean> {
  try {
    await parts.store.write({ projections: [{ table: exportTable, key: job.id, expected: version, next: null }] })
    return true
  } catch (error) {
    if (isStoreError(error, 'STORE_STALE')) return false
    throw toLogicError(error)
  }
}

/** One export of this party; `undefined`: there is none. */
export async function readExport(parts: Parts, party: string, id: string): Promise<StoredExport | undefined> {
  const row = await parts.store.read((view) => view.projection(exportTable, id)).catch(rethrow)
  return row?.indexes['owner'] === party ? openExport(parts, row) : undefined
}

export async function* allExports(parts: Parts, query: { readonly running: boolean }): AsyncGenerator<StoredExport> {
  let after: string | undefined
  do {
    const page = await parts.store.read((view: ReadView) => view.find({ table: exportTable, ...(query.running ? { index: 'running', equals: 'yes' } : {}), after, limit: 100 })).catch(rethrow)
    for (const row of page.rows) yield await openExport(parts, row)
    after = page.next
  } while (after !== undefined)
}

/** Whether a document belongs to an export that there is: no entry names it, and it goes with the export. */
export async function isOfExport(parts: Pick<Parts, 'store'>, document: string): Promise<boolean> {
  if (!document.startsWith(EXPORT_DOCUMENT)) return false
  const job = document.slice(EXPORT_DOCUMENT.length, EXPORT_DOCUMENT.length + 36)
  return (await parts.store.read((view) => view.projection(exportTable, job)).catch(rethrow)) !== undefined
}

/** Keys that seal what belongs to a custodian's exports. Errors: NOT_ALLOWED where this instance does not hold its vault. */
export async function exportKeys(parts: Pick<Parts, 'vaults'>, custodian: string): Promise<OrganisationKeys> {
  const vault = parts.vaults.get(custodian)
  if (vault === undefined) throw new LogicError('NOT_ALLOWED', 'This instance does not hold that custodian\'s payloads.')
  return vault.organisation()
}

async function toWrite(parts: Parts, job: ExportJob, expected: number | undefined) {
  const keys = await exportKeys(parts, job.keeper)
  const indexes = { keeper: job.keeper, owner: job.actor.party, ...(job.state === 'running' ? { running: 'yes' } : {}) }
  return { table: exportTable, key: job.id, expected, next: keys.seal(utf8(JSON.stringify(job)), utf8(`${exportTable}|${job.id}`)), indexes }
}

async function openExport(parts: Parts, row: Projection): Promise<StoredExport> {
  try {
    const keys = await exportKeys(parts, row.indexes['keeper'] ?? '')
    return { job: JSON.parse(fromUtf8(keys.open(row.value, utf8(`${exportTable}|${row.key}`)))) as ExportJob, version: row.version }
  } catch (cause) {
    throw new LogicError('CORRUPTION', 'An export does not open in its place.', { cause, details: { table: exportTable, id: row.key } })
  }
}

function rethrow(error: unknown): never {
  throw toLogicError(error)
}
