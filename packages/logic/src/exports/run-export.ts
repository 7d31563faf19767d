import { randomUUID } from 'node:crypto'
import type { ReadView } from '@careledger/data-spec'
import { actorOf, type Actor } from '@careledger/identity'
import { PURPOSES } from '../consent/consent-terms.ts'
import { groundsOf, isCustodianStaff } from '../decisions/authorize.ts'
import { decideEach } from '../decisions/decide-each.ts'
import { merged, type PageSource } from '../decisions/merged.ts'
import { attachmentType } from '../hospital/attachments/reach-attachment.ts'
import { permittedResources, type PermittedRecord } from '../hospital/permitted-records.ts'
import { readStanding } from '../identity/key-directory.ts'
import { createLoop } from '../log/loop.ts'
import { isLogicError } from '../logic-error.ts'
import type { Parts } from '../parts.ts'
import { toLogicError } from '../to-logic-error.ts'
import { attachmentLines, type ExportLine } from './export-attachments.ts'
import { createPendingLines, type PendingLines } from './export-parts.ts'
import { allExports, EXPORT_DOCUMENT, exportTable, readExport, removeExport, saveExport, type ExportJob, type StoredExport } from './export-rows.ts'
import { oneLine } from './one-line.ts'
import { readTypeFilters, takenByFilters, type TypeFilters } from './type-filters.ts'

/** Patients between two saved places, and bytes after which a place is saved at once. */
const pagePatients = 25
const pageBytes = 16 * 1024 * 1024
/** Renewed with each saved place; a killed worker's export waits so long for another. */
const leaseMs = 15_000
const idleMs = 300

/** Works on exports in this process; any number of processes may. A killed one's exports are taken up by another from the last saved place. */
export interface ExportWorker {
  stop(): Promise<void>
}

/** `pace`: awaited between two patients, so that others get their turn. */
export function startExportWorker(parts: Parts, options: { readonly onProblem: (error: unknown) => void; readonly pace?: (() => Promise<void>) | undefined }): ExportWorker {
  const holder = randomUUID()
  let stopped = false
  const loop = createLoop(async () => {
    try {
      const worked = await workOnce(parts, holder, { ended: () => stopped, pace: options.pace ?? turn })
      return worked ? 0 : idleMs
    } catch (error) {
      options.onProblem(error)
      return idleMs
    }
  })
  loop.start()
  return {
    stop() {
      stopped = true
      return loop.stop()
    },
  }
}

/** Takes up one running export that nobody works on, and carries it to its end or until `ended`; `false`: there is none. */
export async function workOnce(parts: Parts, holder: string, control: { readonly ended: () => boolean; readonly pace: () => Promise<void> }): Promise<boolean> {
  for await (const found of allExports(parts, { running: true })) {
    const now = parts.now().getTime()
    if (found.job.holder !== undefined && found.job.holder !== holder && (found.job.until ?? 0) > now) continue
    const taken = await saveExport(parts, found, { ...found.job, holder, until: now + leaseMs })
    if (taken === undefined) continue
    await carryOn(parts, holder, taken, control)
    return true
  }
  return false
}

async function carryOn(parts: Parts, holder: string, taken: StoredExport, { ended, pace }: { readonly ended: () => boolean; readonly pace: () => Promise<void> }): Promise<void> {
  let current: StoredExport | undefined = taken
  while (current !== undefined && current.job.state === 'running' && !ended()) {
    const { job }: StoredExport = current
    let next: ExportJob
    try {
      next = await onePage(parts, job, pace)
    } catch (error) {
      if (!isLogicError(error, 'KEY_REVOKED') && !isLogicError(error, 'KEY_UNKNOWN') && !isLogicError(error, 'CORRUPTION')) throw error
      next = { ...job, state: 'failed', problem: error.code }
    }
    current = await saveExport(parts, current, { ...next, holder, until: parts.now().getTime() + leaseMs })
  }
}

async function onePage(parts: Parts, job: ExportJob, pace: () => Promise<void>): Promise<ExportJob> {
  const patients = await parts.store.read(async (view) => {
    actorOf(job.actor.key, await readStanding(view, { key: job.actor.key }), parts.now())
    const found: string[] = []
    for await (const patient of candidates(view, job)) {
      found.push(patient)
      if (found.length === pagePatients) break
    }
    return found
  }).catch((error: unknown) => { throw toLogicError(error) })
  const lines = createPendingLines()
  const filters = await readTypeFilters(job.request.typeFilters ?? [], parts.now())
  const counts = { patients: 0, records: 0 }
  let after = job.after
  for (const patient of patients) {
    const records = await addPatient(parts, job, patient, filters, lines)
    if (records !== undefined) counts.patients++
    counts.records += records ?? 0
    after = patient
    if (lines.bytes > pageBytes) break
    await pace()
  }
  const made = await lines.flush(parts, job.id)
  const whole = after === patients.at(-1) && patients.length < pagePatients
  return { ...job, after, patients: job.patients + counts.patients, records: job.records + counts.records, parts: [...job.parts, ...made], state: whole ? 'done' : 'running' }
}

/** What the caller may read of one patient, decided and recorded as any reading; `undefined`: nothing. */
async function addPatient(parts: Parts, { actor, request }: ExportJob, patient: string, filters: TypeFilters, lines: PendingLines): Promise<number | undefined> {
  const each = { actor, operation: 'hospital.exports.run', purposes: PURPOSES, limit: 1, recordRefusals: false }
  const page = await decideEach(parts, each, async function* () { yield patient }, async (permit) => {
    const found: ExportLine[] = []
    const records: { readonly id: string; readonly bytes: Uint8Array }[] = []
    const taken = await takenByFilters(parts, permit, filters, { actor, operation: each.operation, purpose: 'treatment' })
    const keep = ({ id, row }: PermittedRecord): boolean => row.replacedBy === undefined && (request.since === undefined || row.recordedAt >= request.since) && (!filters.has(row.type) || taken.has(id))
    for await (const { id, row, consent, opening } of permittedResources(parts, permit, { types: request.types, keep, passing: true })) {
      found.push({ type: row.type, consent: consent?.id, bytes: oneLine(opening.payload) })
      records.push({ id, bytes: opening.payload })
    }
    if (request.types?.includes(attachmentType) ?? true) found.push(...(await attachmentLines(parts, permit, { records, since: request.since, base: baseOf(request.url) })))
    const types: Record<string, number> = {}
    for (const { type } of found) if (type !== 'OperationOutcome') types[type] = (types[type] ?? 0) + 1
    return found.length === 0 ? undefined : { value: { found, custodian: groundsOf(permit).custodian }, types }
  })
  const [item] = page.items
  if (item === undefined) return undefined
  const { value: { found, custodian }, decision } = item
  for (const line of found) lines.add({ ...line, custodian, patient, purpose: decision.purpose ?? 'treatment' })
  return found.length
}

/** The FHIR base of the address that was asked for. */
const baseOf = (url: string): string => /^.*\/fhir\/r4/.exec(url)?.[0] ?? ''

/** Where patients of an export can be, in the order of their handles; each is still decided. */
function candidates(view: ReadView, { actor, request, after }: ExportJob): AsyncGenerator<string> {
  return merged(sources(view, actor, request.scope), { keyOf: (patient) => patient, after, ascending: true })
}

function sources(view: ReadView, actor: Actor, scope: ExportJob['request']['scope']): readonly PageSource<string>[] {
  const { organisation, party } = actor
  const patients = (index: string, equals: string): PageSource<string> => async (after) => {
    const page = await view.find({ table: 'patient', index, equals, after, limit: 200 })
    return { rows: page.rows.map((row) => row.key), next: page.next }
  }
  const shares = (grantee: string): PageSource<string> => async (after) => {
    const page = await view.find({ table: 'share', index: 'grantee', equals: grantee, after: after === undefined || after.includes('/') ? after : `${after}/~`, limit: 200 })
    return { rows: page.rows.map((row) => row.key.split('/')[0] as string), next: page.next }
  }
  const own = organisation !== undefined && isCustodianStaff(actor, organisation) ? [patients('custodian', organisation)] : []
  const shared = [shares(party), ...(organisation === undefined ? [] : [shares(organisation)])]
  return scope === 'custodian' ? own : scope === 'shared' ? shared : [patients('party', party), ...shared, ...own]
}

/** Ends exports that have expired, and removes their files and those of exports that are gone; gives how many exports ended. */
export async function sweepExports(parts: Parts): Promise<number> {
  const now = parts.now().getTime()
  let swept = 0
  for await (const stored of allExports(parts, { running: false })) {
    if (Date.parse(stored.job.expires) > now) continue
    if (await discard(parts, stored)) swept++
  }
  await sweepOrphans(parts)
  return swept
}

/** Files that were written for an export after it was discarded: its maker was between two saved places. */
async function sweepOrphans(parts: Parts): Promise<void> {
  for (let after: string = EXPORT_DOCUMENT; ; ) {
    const ids = (await parts.documents.list({ after, limit: 100 })).filter((id) => id.startsWith(EXPORT_DOCUMENT))
    const jobs = ids.map((id) => id.slice(EXPORT_DOCUMENT.length, EXPORT_DOCUMENT.length + 36))
    const rows = ids.length === 0 ? [] : await parts.store.read((view) => view.projections(exportTable, jobs)).catch((error: unknown) => { throw toLogicError(error) })
    for (const [place, id] of ids.entries()) if (rows[place] === undefined) await parts.documents.delete(id)
    const last = ids.at(-1)
    if (last === undefined || ids.length < 100) return
    after = last
  }
}

/** Cancels an export, or removes one that is done, with its files. `false`: the caller has no such export. */
export async function cancelExport(parts: Parts, actor: Actor, id: string): Promise<boolean> {
  for (;;) {
    const stored = await readExport(parts, actor.party, id)
    if (stored === undefined) return false
    if (await discard(parts, stored)) return true
  }
}

/** First the row, so that nobody adds to it; then every document that was ever made for it. */
async function discard(parts: Parts, stored: StoredExport): Promise<boolean> {
  if (!(await removeExport(parts, stored))) return false
  const prefix = `${EXPORT_DOCUMENT}${stored.job.id}`
  for (let after = prefix; ; ) {
    const ids = (await parts.documents.list({ after, limit: 100 })).filter((id) => id.startsWith(prefix))
    for (const id of ids) await parts.documents.delete(id)
    const last = ids.at(-1)
    if (last === undefined || ids.length < 100) return true
    after = last
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
