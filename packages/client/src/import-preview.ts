import { toBase64url } from '@careledger/proof'
import type { CareLedgerClient } from './client-types.ts'
import { readSources, type ImportSource, type SourceBundle } from './import-sources.ts'
import { isProblem } from './to-client-problem.ts'

/** A place that is wrong. */
export interface PreviewProblem {
  readonly path: string
  readonly code: string
  readonly message: string
  readonly line?: number | undefined
}

/** What one bundle would bring. */
export interface PreviewItem {
  readonly name: string
  readonly digest: string
  readonly ok: boolean
  /** Absent where the bundle cannot be imported. */
  readonly known?: boolean | undefined
  readonly counts: Readonly<Record<string, number>>
  readonly total: number
  readonly alreadyThere: number
  readonly problems: readonly PreviewProblem[]
  /** More problems than are listed. */
  readonly more: number
}

/** Problems that have one cause, over all files. */
export interface ProblemGroup {
  readonly code: string
  readonly message: string
  /** How often, and in how many files. */
  readonly count: number
  readonly files: number
  /** The first 50 places. */
  readonly places: readonly { readonly name: string; readonly path: string; readonly line?: number | undefined }[]
}

export interface ImportPreview {
  readonly items: readonly PreviewItem[]
  readonly good: number
  readonly bad: number
  readonly newPatients: number
  readonly knownPatients: number
  readonly counts: Readonly<Record<string, number>>
  readonly alreadyThere: number
  readonly groups: readonly ProblemGroup[]
}

export interface PreviewOptions {
  readonly onProgress?: ((done: number, name: string) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

const placesMax = 50

/** Looks at every bundle and writes nothing. A file that comes twice counts once. Errors: Problem of calls that got no answer about a bundle (UNAVAILABLE, NOT_ALLOWED, ...), the signal's reason. */
export async function previewImport(client: CareLedgerClient, sources: readonly ImportSource[], options: PreviewOptions = {}): Promise<ImportPreview> {
  const items: PreviewItem[] = []
  const seen = new Set<string>()
  for await (const bundle of readSources(sources)) {
    options.signal?.throwIfAborted()
    if (seen.has(bundle.digest)) continue
    seen.add(bundle.digest)
    items.push(await previewOne(client, bundle, options.signal))
    options.onProgress?.(items.length, bundle.name)
  }
  const counts: Record<string, number> = {}
  for (const item of items) if (item.ok) for (const [type, count] of Object.entries(item.counts)) counts[type] = (counts[type] ?? 0) + count
  const good = items.filter(({ ok }) => ok)
  return {
    items, good: good.length, bad: items.length - good.length, counts, newPatients: good.filter(({ known }) => known === false).length, knownPatients: good.filter(({ known }) => known === true).length,
    alreadyThere: good.reduce((sum, { alreadyThere }) => sum + alreadyThere, 0), groups: groupProblems(items),
  }
}

async function previewOne(client: CareLedgerClient, { name, digest, bytes, places, problem }: SourceBundle, signal: AbortSignal | undefined): Promise<PreviewItem> {
  const refused = (code: string, message: string): PreviewItem => ({ name, digest, ok: false, counts: {}, total: 0, alreadyThere: 0, problems: [{ path: 'Bundle', code, message }], more: 0 })
  if (problem !== undefined) return refused(problem.code, problem.message)
  try {
    const { ok, known, counts, total, alreadyThere, problems, more } = await client.hospital.imports.preview.query({ bundle: toBase64url(bytes) }, { signal })
    return { name, digest, ok, ...(known === undefined ? {} : { known }), counts, total, alreadyThere, problems: problems.map((one) => located(one, places)), more }
  } catch (thrown) {
    if (isProblem(thrown) && ['INPUT_TOO_LARGE', 'INPUT_MALFORMED', 'ENTRY_CONFLICT'].includes(thrown.code)) return refused(thrown.code, thrown.message)
    throw thrown
  }
}

/** A bundle made of lines has none of its own: the place says which line it was. */
export function located<P extends { readonly path: string; readonly line?: number | undefined }>(problem: P, places: readonly string[] | undefined): P {
  const entry = places === undefined ? undefined : /^Bundle\.entry\[(\d+)\]\.resource(.*)$/.exec(problem.path)
  if (entry === null || entry === undefined) return problem
  const { line: _line, ...rest } = problem
  return { ...(rest as P), path: `${places?.[Number(entry[1])] ?? ''}${entry[2] ?? ''}` }
}

function groupProblems(items: readonly PreviewItem[]): readonly ProblemGroup[] {
  const all = items.flatMap(({ name, problems }) => problems.map((problem) => ({ name, ...problem })))
  return [...Map.groupBy(all, ({ code, message }) => `${code}\n${message}`).values()].map((group): ProblemGroup => {
    const { code, message } = group[0] as (typeof all)[number]
    const places = group.slice(0, placesMax).map(({ name, path, line }) => ({ name, path, ...(line === undefined ? {} : { line }) }))
    return { code, message, count: group.length, files: new Set(group.map(({ name }) => name)).size, places }
  }).sort((a, b) => b.count - a.count)
}
