import { Problem } from '@careledger/api/contracts'
import type { importItem } from '@careledger/api/contracts'
import type { z } from 'zod'
import type { CareLedgerClient } from './client-types.ts'
import type { AttachmentLine } from './group-resources.ts'
import { importBundle } from './import-bundle.ts'
import { located } from './import-preview.ts'
import { readSources, type ImportSource, type SourceBundle } from './import-sources.ts'
import { isProblem } from './to-client-problem.ts'
import { uploadAttachment } from './upload-attachment.ts'

/** How one bundle of an import stands, as the server keeps it. */
export type ImportItem = z.output<typeof importItem>

export interface ImportJobProgress {
  readonly items: readonly ImportItem[]
  readonly done: number
  readonly parked: number
  readonly total: number
  /** The bundle under way. */
  readonly current?: string | undefined
}

export interface ImportJobOptions {
  /** The import's id; the same one goes on where it was cut short. Default: a new one. */
  readonly id?: string | undefined
  readonly onProgress?: ((progress: ImportJobProgress) => void) | undefined
  /** Aborting ends after the bundle under way; what is done stays done. */
  readonly signal?: AbortSignal | undefined
  /** Awaited before each bundle: a pause lasts as long as it does. */
  readonly gate?: (() => Promise<void>) | undefined
  /** Digests of bundles that a preview found good: they are not checked a second time before they are committed. */
  readonly checked?: ReadonlySet<string> | undefined
}

export interface ImportJobResult {
  readonly id: string
  readonly items: readonly ImportItem[]
  /** Ended by the signal before every bundle had its turn. */
  readonly cancelled: boolean
}

/** Refusals that are about the bundle; everything else is about the moment or the caller, and ends the run. */
const ABOUT_THE_BUNDLE: ReadonlySet<string> = new Set(['INPUT_MALFORMED', 'INPUT_TOO_LARGE', 'FHIR_INVALID', 'ENTRY_CONFLICT'])
const PASSING: ReadonlySet<string> = new Set(['BUSY', 'RATE_LIMITED', 'UNAVAILABLE', 'OUTCOME_UNKNOWN', 'STALE'])
const attemptsMax = 6
const openMax = 500

/**
 * Imports every bundle of the files, each whole or not at all, one after the other; what is wrong with one parks that one with its reason. How each has come out is kept at the server, so
 * the same id with the same files goes on after a crash anywhere: what was done is passed over, and a bundle that was under way gets
 * the patient it was given before. The same bundle twice is one.
 * Errors: Problem that is not about a bundle (NOT_SIGNED_IN, UNAVAILABLE after six tries, ...): what is done stays done.
 */
export async function runImportJob(client: CareLedgerClient, sources: readonly ImportSource[], options: ImportJobOptions = {}): Promise<ImportJobResult> {
  const { signal } = options
  const id = options.id ?? crypto.randomUUID()
  const items = await openJob(client, id, sources, signal)
  const report = (current?: string): void => {
    const all = [...items.values()]
    options.onProgress?.({ items: all, done: all.filter(({ state }) => state === 'done').length, parked: all.filter(({ state }) => state === 'parked').length, total: all.length, ...(current === undefined ? {} : { current }) })
  }
  report()
  for await (const bundle of readSources(sources)) {
    const item = items.get(bundle.digest)
    if (item === undefined || item.state === 'done') continue
    await options.gate?.()
    if (signal?.aborted === true) return { id, items: [...items.values()], cancelled: true }
    report(bundle.name)
    const settled = await importOne(client, id, bundle, item, options.checked?.has(bundle.digest) === true)
    items.set(bundle.digest, settled)
    report()
  }
  return { id, items: [...items.values()], cancelled: false }
}

async function openJob(client: CareLedgerClient, id: string, sources: readonly ImportSource[], signal: AbortSignal | undefined): Promise<Map<string, ImportItem>> {
  const items = new Map<string, ImportItem>()
  let named = new Map<string, string>()
  const flush = async (): Promise<void> => {
    const opened = await client.hospital.imports.jobs.open.mutate({ id, items: [...named].map(([digest, name]) => ({ digest, name: name.slice(-512) })) }, { signal })
    for (const item of opened.items) items.set(item.digest, item)
    named = new Map()
  }
  for await (const { digest, name } of readSources(sources)) {
    if (items.has(digest) || named.has(digest)) continue
    named.set(digest, name)
    if (named.size === openMax) await flush()
  }
  if (named.size > 0 || items.size === 0) await flush()
  return items
}

async function importOne(client: CareLedgerClient, job: string, bundle: SourceBundle, item: ImportItem, checked: boolean): Promise<ImportItem> {
  const { name, digest } = bundle
  let patient = item.state === 'prepared' ? item.patient : undefined
  const settle = async (outcome: Omit<ImportItem, 'name' | 'digest'>): Promise<ImportItem> => {
    await patiently(() => client.hospital.imports.jobs.settle.mutate({ id: job, outcome: { digest, ...outcome } }))
    return { digest, name, ...outcome }
  }
  try {
    if (bundle.problem !== undefined) throw new Problem(bundle.problem.code, bundle.problem.message)
    const result = await patiently(() => importBundle(client, bundle.bytes, {
      checked,
      ...(patient === undefined ? {} : { patient }),
      onPrepared: async (given) => {
        if (given === patient) return
        await settle({ state: 'prepared', patient: given })
        patient = given
      },
    }))
    await addAttachments(client, result.patient, bundle.attachments ?? [])
    return await settle({ state: 'done', patient: result.patient, records: result.ids.length - result.alreadyThere, alreadyThere: result.alreadyThere })
  } catch (thrown) {
    if (!isProblem(thrown) || !ABOUT_THE_BUNDLE.has(thrown.code)) throw thrown
    const listed = thrown.details['problems']
    const problems = (Array.isArray(listed) ? (listed as readonly { readonly path: string; readonly message: string; readonly line?: number | undefined }[]) : [{ path: 'Bundle', message: thrown.message }]).map(({ path, message, line }) => located({ path, message, ...(line === undefined ? {} : { line }) }, bundle.places))
    return settle({ state: 'parked', reason: thrown.code, problems: problems.slice(0, 200) })
  }
}

/** Each keeps the id that the records name it by; one that is there already is left as it is. */
async function addAttachments(client: CareLedgerClient, patient: string, attachments: readonly AttachmentLine[]): Promise<void> {
  for (const { id, mediaType, data } of attachments) {
    const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0))
    await patiently(() => uploadAttachment(client, new Blob([bytes], { type: mediaType }), { patient, mediaType, id })).catch(async (thrown: unknown) => {
      if (!isProblem(thrown) || thrown.code !== 'ENTRY_CONFLICT') throw thrown
      // Somebody else's has this id: what leads to it would lead elsewhere.
      await client.hospital.attachments.read.query({ id }).catch(() => { throw thrown })
    })
  }
}

/** Waits out what passes: a full queue, a rate, a lost connection. */
async function patiently<T>(call: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call()
    } catch (thrown) {
      if (attempt === attemptsMax || !isProblem(thrown) || !PASSING.has(thrown.code)) throw thrown
      const seconds = thrown.details['retryAfterSeconds']
      const wait = typeof seconds === 'number' ? seconds * 1000 : 250 * 2 ** attempt
      await new Promise((resolve) => setTimeout(resolve, wait))
    }
  }
}
