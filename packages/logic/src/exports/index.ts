import { randomUUID } from 'node:crypto'
import type { Actor } from '@careledger/identity'
import { LogicError } from '../logic-error.ts'
import type { Parts } from '../parts.ts'
import { openPart } from './export-parts.ts'
import { readTypeFilters } from './type-filters.ts'
import { insertExport, readExport, type ExportJob, type ExportRequest } from './export-rows.ts'

export { oneLine } from './one-line.ts'
export { cancelExport, startExportWorker, sweepExports, type ExportWorker } from './run-export.ts'
export { type ExportRequest } from './export-rows.ts'

/** How long an export and its files are kept: a day. */
const keptMs = 86_400_000

/** How an export stands, for the one who asked for it. */
export interface ExportStatus {
  readonly id: string
  readonly state: ExportJob['state']
  readonly problem?: string | undefined
  readonly url: string
  readonly transactionTime: string
  readonly expires: string
  readonly patients: number
  readonly records: number
  /** One file for each resource type, once it is done: its lines, and how many parts it comes in. */
  readonly files: readonly { readonly type: string; readonly count: number; readonly parts: number }[]
}

/** Begins an export; a worker makes it. Gives its id. Errors: INPUT_MALFORMED for a filter that is no search, UNAVAILABLE, BUSY. */
export async function startExport(parts: Parts, actor: Actor, request: ExportRequest): Promise<string> {
  const id = randomUUID()
  const now = parts.now()
  await readTypeFilters(request.typeFilters ?? [], now)
  const keeper = actor.organisation !== undefined && parts.vaults.get(actor.organisation) !== undefined ? actor.organisation : parts.system.custodian
  await insertExport(parts, { id, keeper, actor, request, transactionTime: now.toISOString(), expires: new Date(now.getTime() + keptMs).toISOString(), state: 'running', patients: 0, records: 0, parts: [] })
  return id
}

/** Errors: NOT_ALLOWED for an export of somebody else, one that was cancelled or has expired, or none. */
export async function readExportStatus(parts: Parts, actor: Actor, id: string): Promise<ExportStatus> {
  const job = await ownExport(parts, actor, id)
  const byType = Map.groupBy(job.state === 'done' ? job.parts : [], (part) => part.type)
  return {
    id, state: job.state, ...(job.problem === undefined ? {} : { problem: job.problem }), url: job.request.url, transactionTime: job.transactionTime, expires: job.expires, patients: job.patients, records: job.records,
    files: [...byType].sort(([a], [b]) => (a < b ? -1 : 1)).map(([type, made]) => ({ type, count: made.reduce((sum, { count }) => sum + count, 0), parts: made.length })),
  }
}

/** One part of a file: whole lines, as far as the caller may have them now. Errors: NOT_ALLOWED, CORRUPTION. */
export async function readExportPart(parts: Parts, actor: Actor, query: { readonly id: string; readonly type: string; readonly part: number }): Promise<Uint8Array> {
  const job = await ownExport(parts, actor, query.id)
  const part = job.state === 'done' ? job.parts.filter(({ type }) => type === query.type)[query.part] : undefined
  if (part === undefined) throw refused()
  return openPart(parts, actor, part)
}

async function ownExport(parts: Parts, actor: Actor, id: string): Promise<ExportJob> {
  const stored = await readExport(parts, actor.party, id)
  if (stored === undefined || Date.parse(stored.job.expires) <= parts.now().getTime()) throw refused()
  return stored.job
}

function refused(): LogicError {
  return new LogicError('NOT_ALLOWED', 'This does not exist or you may not use it.')
}
