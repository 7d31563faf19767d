import { readFileSync, statSync } from 'node:fs'
import { basename } from 'node:path'
import { Command, Option } from 'commander'
import { BUNDLE_BYTES_MAX, importBundle, type CareLedgerClient } from '@careledger/client'
import { toBase64url } from '@careledger/proof'
import { signIn } from '../connect.ts'
import { CommandError, exitCodes, toCommandError } from '../exit-codes.ts'
import { folderLines, importFolder, isExport, preview, previewLines, sourcesOf } from '../import-folder.ts'
import type { Output } from '../output.ts'
import { contextOf } from './command-context.ts'

interface Options {
  readonly preview: boolean
  readonly dryRun: boolean
  readonly link?: string
  readonly wait: 'stored' | 'sequenced' | 'anchored'
}

type FileResult =
  | { readonly file: string; readonly ok: true; readonly patient?: string; readonly known?: boolean; readonly records: number; readonly alreadyThere?: number; readonly counts?: Record<string, number> }
  | { readonly file: string; readonly ok: false; readonly code: string; readonly message: string; readonly problems?: readonly Problem[] }
interface Problem { readonly path: string; readonly message: string; readonly line?: number | undefined }

export function importCommand(): Command {
  return new Command('import')
    .argument('<files...>', 'FHIR R4 transaction, collection or document bundles; or an export of many: a folder, a .zip, or .ndjson of bundles or resources')
    .description('Imports bundles, each whole or not at all: one signed entry per resource, with its exact bytes.')
    .option('--dry-run', 'check and count, import nothing', false)
    .option('--preview', 'say what would come in, for whom, and what is wrong by its cause; import nothing', false)
    .option('--link <party>', "the patient's own party id, so that they can sign in to their record")
    .addOption(new Option('--wait <state>', 'until when').choices(['stored', 'sequenced', 'anchored']).default('stored'))
    .action(async (files: string[], own: Options, command: Command) => {
      const { options, output } = contextOf(command)
      const client = await signIn(options)
      if (own.preview || files.some(isExport)) return importMany(client, files, own, output)
      const results: FileResult[] = []
      for (const file of files) results.push(await importFile(client, file, own, output))
      output.result({ files: results }, results.flatMap(lines))
      if (results.some(({ ok }) => !ok)) process.exitCode = exitCodes.no
    })
}

async function importMany(client: CareLedgerClient, files: readonly string[], own: Options, output: Output): Promise<void> {
  if (own.link !== undefined) throw new CommandError(exitCodes.usage, 'LINK_OF_ONE', '--link names one patient: import that bundle by itself.')
  const sources = sourcesOf(files)
  if (own.preview || own.dryRun) {
    const found = await preview(client, sources, output)
    output.result(found, previewLines(found))
    if (found.bad > 0) process.exitCode = exitCodes.no
    return
  }
  const result = await importFolder(client, sources, output)
  output.result(result, folderLines(result))
  if (result.items.some(({ state }) => state !== 'done')) process.exitCode = exitCodes.no
}

async function importFile(client: CareLedgerClient, file: string, own: Options, output: Output): Promise<FileResult> {
  const bytes = readBundle(file)
  if (bytes === undefined) return { file, ok: false, code: 'INPUT_TOO_LARGE', message: `A bundle has at most ${BUNDLE_BYTES_MAX / 1_048_576} MiB. Split it.` }
  const progress = output.progress(basename(file))
  try {
    if (own.dryRun) return await check(client, file, bytes)
    const { patient, known, ids, alreadyThere } = await importBundle(client, bytes, {
      wait: own.wait,
      onProgress: ({ done, total }) => progress.update(done, total),
      ...(own.link === undefined ? {} : { linkTo: own.link }),
    })
    return { file, ok: true, patient, known, records: ids.length - alreadyThere, alreadyThere }
  } catch (error) {
    const { code, message, exitCode } = toCommandError(error)
    if (exitCode === exitCodes.unavailable) throw error
    const problems = (error as { details?: { problems?: readonly Problem[] } }).details?.problems
    return { file, ok: false, code, message, ...(problems === undefined ? {} : { problems }) }
  } finally {
    progress.end()
  }
}

async function check(client: CareLedgerClient, file: string, bytes: Uint8Array): Promise<FileResult> {
  const found = await client.hospital.imports.check.query({ bundle: toBase64url(bytes) })
  return found.ok
    ? { file, ok: true, records: found.total, counts: found.counts }
    : { file, ok: false, code: 'FHIR_INVALID', message: 'The bundle is not valid FHIR R4.', problems: found.problems }
}

/** `undefined`: larger than an import takes; nothing of it is read then. */
function readBundle(file: string): Uint8Array | undefined {
  try {
    if (statSync(file).size > BUNDLE_BYTES_MAX) return undefined
    return new Uint8Array(readFileSync(file))
  } catch (error) {
    throw new CommandError(exitCodes.usage, 'FILE_UNREADABLE', `${file} cannot be read. Nothing of it was imported.`, { cause: error })
  }
}

function lines(result: FileResult): string[] {
  if (!result.ok) {
    return [`✗ ${result.file}: nothing was imported. ${result.message} (${result.code})`, ...(result.problems ?? []).map(({ path, message, line }) => `    ${path}${line === undefined ? '' : ` (line ${line})`}: ${message}`)]
  }
  if (result.counts !== undefined) return [`✓ ${result.file}: ${result.records} records could be imported: ${Object.entries(result.counts).map(([type, n]) => `${n} ${type}`).join(', ')}`]
  return [`✓ ${result.file}: ${result.records} records of ${result.known === true ? 'a known' : 'a new'} patient, ${result.patient ?? ''}${result.alreadyThere === undefined || result.alreadyThere === 0 ? '' : `; ${result.alreadyThere} were there already`}`]
}
