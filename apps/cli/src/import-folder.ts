import { createHash } from 'node:crypto'
import { readdirSync, statSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { previewImport, readSources, runImportJob, type CareLedgerClient, type ImportItem, type ImportPreview, type ImportSource } from '@careledger/client'
import type { Output } from './output.ts'

/** Whether a path is an export of many bundles: a folder, an archive, or lines. */
export function isExport(path: string): boolean {
  return /\.(zip|ndjson)$/i.test(path) || (statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false)
}

/** Files of the paths given, folders with everything below them, in the order of their names. */
export function sourcesOf(paths: readonly string[]): readonly ImportSource[] {
  return paths.flatMap((path) => {
    const files = statSync(path).isDirectory() ? readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name)).sort() : [path]
    return files.map((file) => ({ name: file === path ? file : relative(path, file), open: async () => new Uint8Array(await readFile(file)) }))
  })
}

/** What an export would bring in; for people, problems by their cause. */
export async function preview(client: CareLedgerClient, sources: readonly ImportSource[], output: Output): Promise<ImportPreview> {
  const progress = output.progress('looking')
  try {
    return await previewImport(client, sources, { onProgress: (done) => progress.update(done, done) })
  } finally {
    progress.end()
  }
}

export function previewLines(found: ImportPreview): string[] {
  return [
    `${found.good} of ${found.items.length} bundles can be imported: ${found.newPatients} new patients, ${found.knownPatients} known ones.`,
    `Records: ${Object.entries(found.counts).map(([type, count]) => `${count} ${type}`).join(', ') || 'none'}${found.alreadyThere === 0 ? '' : `; ${found.alreadyThere} of them are there already`}`,
    ...found.groups.flatMap(({ code, message, count, files, places }) => [
      `✗ ${message} (${code}): ${count} times in ${files} ${files === 1 ? 'file' : 'files'}`,
      ...places.slice(0, 5).map(({ name, path, line }) => `    ${name}: ${path}${line === undefined ? '' : ` (line ${line})`}`),
      ...(count > 5 ? [`    ... and ${count - 5} more`] : []),
    ]),
  ]
}

/** The import's id is made of what is imported and by whom, so that the same command goes on where it was cut short. */
async function jobIdOf(client: CareLedgerClient, sources: readonly ImportSource[]): Promise<string> {
  const digests = new Set<string>()
  for await (const { digest } of readSources(sources)) digests.add(digest)
  const bytes = createHash('sha256').update([client.actor?.organisation ?? client.actor?.party ?? '', ...[...digests].sort()].join('\n')).digest().subarray(0, 16)
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  const hex = bytes.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

export interface FolderResult { readonly job: string; readonly cancelled: boolean; readonly items: readonly ImportItem[] }

/** Imports every bundle, one after the other. Ctrl-C ends after the one under way. */
export async function importFolder(client: CareLedgerClient, sources: readonly ImportSource[], output: Output): Promise<FolderResult> {
  const id = await jobIdOf(client, sources)
  const progress = output.progress('importing')
  const ending = new AbortController()
  const end = (): void => ending.abort()
  process.once('SIGINT', end)
  try {
    const { items, cancelled } = await runImportJob(client, sources, { id, signal: ending.signal, onProgress: ({ done, parked, total }) => progress.update(done + parked, total) })
    return { job: id, items, cancelled }
  } finally {
    process.off('SIGINT', end)
    progress.end()
  }
}

export function folderLines({ items, cancelled }: FolderResult): string[] {
  const done = items.filter(({ state }) => state === 'done')
  const parked = items.filter(({ state }) => state === 'parked')
  return [
    `${done.length} of ${items.length} bundles are in: ${done.reduce((sum, { records = 0 }) => sum + records, 0)} records, ${done.reduce((sum, { alreadyThere = 0 }) => sum + alreadyThere, 0)} were there already.${cancelled ? ' Stopped before the end; the same command goes on.' : ''}`,
    ...parked.flatMap(({ name, reason, problems = [] }) => [`✗ ${name}: not imported (${reason ?? ''})`, ...problems.slice(0, 10).map(({ path, message, line }) => `    ${path}${line === undefined ? '' : ` (line ${line})`}: ${message}`)]),
  ]
}
