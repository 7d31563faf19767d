import { unzipSync, type UnzipFileInfo } from 'fflate'
import { sha256, toBase64url } from '@careledger/proof'
import { groupResources, type AttachmentLine, type ResourceLine } from './group-resources.ts'
import { BUNDLE_BYTES_MAX } from './split-bundle.ts'

/** One file of an export as it was picked: opened when its turn comes, so that a folder need not fit into memory. */
export interface ImportSource {
  /** Path inside the folder, for people. */
  readonly name: string
  readonly open: () => Promise<Uint8Array>
}

/** One bundle to import, or why there is none. */
export interface SourceBundle {
  readonly name: string
  /** SHA-256 of the bytes, base64url. */
  readonly digest: string
  readonly bytes: Uint8Array
  /** Where each entry of a bundle made of NDJSON lines came from: `Observation.ndjson:17`. */
  readonly places?: readonly string[] | undefined
  /** What belongs to the bundle's patient besides. */
  readonly attachments?: readonly AttachmentLine[] | undefined
  readonly problem?: { readonly code: 'INPUT_TOO_LARGE' | 'INPUT_MALFORMED'; readonly message: string } | undefined
}

/** Most files in one archive, and most bytes that they may unfold to. */
const archiveFilesMax = 50_000
const archiveBytesMax = 8 * 1024 * 1024 * 1024

/**
 * Every bundle in the files given: a `.json` file is one; a line of an `.ndjson` file is one, or a resource, and then all resources of one
 * patient over all NDJSON files make one (FHIR Bulk Data); a `.zip` holds any of these. Exact bytes are kept. Other files are passed over. The same files
 * give the same bundles.
 */
export async function* readSources(sources: readonly ImportSource[]): AsyncGenerator<SourceBundle> {
  const lines: ResourceLine[] = []
  for (const source of sources) yield* readOne(source, lines)
  for (const bundle of groupResources(lines)) yield { ...toBundle(bundle.name, bundle.bytes, bundle.places), ...(bundle.attachments.length === 0 ? {} : { attachments: bundle.attachments }) }
}

async function* readOne(source: ImportSource, lines: ResourceLine[]): AsyncGenerator<SourceBundle> {
  const kind = /\.(json|ndjson|zip)$/i.exec(source.name)?.[1]?.toLowerCase()
  if (kind === undefined || /(^|\/)(\.|__MACOSX\/)/.test(source.name)) return
  const bytes = await source.open()
  if (kind === 'json') return yield toBundle(source.name, bytes)
  if (kind === 'ndjson') return yield* readLines(source.name, bytes, lines)
  let listed: readonly UnzipFileInfo[]
  try {
    listed = listArchive(bytes)
  } catch (cause) {
    const message = cause instanceof RangeError ? cause.message : 'The file is no ZIP archive, or it is damaged.'
    return yield broken(source.name, cause instanceof RangeError ? 'INPUT_TOO_LARGE' : 'INPUT_MALFORMED', message)
  }
  for (const { name, originalSize } of listed) {
    const inside = `${source.name}/${name}`
    if (originalSize > BUNDLE_BYTES_MAX && /\.json$/i.test(name)) yield broken(inside, 'INPUT_TOO_LARGE', 'A bundle has at most 32 MiB. Split it.')
    else yield* readOne({ name: inside, open: async () => unzipSync(bytes, { filter: (file) => file.name === name })[name] ?? new Uint8Array() }, lines)
  }
}

/** What an archive holds, unopened. Archives inside archives are passed over. Errors: RangeError beyond the bounds. */
function listArchive(bytes: Uint8Array): readonly UnzipFileInfo[] {
  const found: UnzipFileInfo[] = []
  let total = 0
  unzipSync(bytes, {
    filter: (file) => {
      total += file.originalSize
      if (found.length === archiveFilesMax || total > archiveBytesMax) throw new RangeError('The archive holds more than can be taken at once. Split it.')
      if (!/\.zip$/i.test(file.name)) found.push(file)
      return false
    },
  })
  return found.sort((a, b) => (a.name < b.name ? -1 : 1))
}

function* readLines(name: string, bytes: Uint8Array, lines: ResourceLine[]): Generator<SourceBundle> {
  let number = 0
  for (let start = 0; start < bytes.length;) {
    const found = bytes.indexOf(0x0a, start)
    const end = found === -1 ? bytes.length : found
    const line = bytes.subarray(start, end)
    start = end + 1
    number++
    const text = new TextDecoder().decode(line)
    if (text.trim() === '') continue
    if (/^\s*\{\s*"resourceType"\s*:\s*"Bundle"/.test(text)) yield toBundle(`${name}:${number}`, line)
    else {
      const parsed = parseLine(text)
      if (parsed === undefined) yield broken(`${name}:${number}`, 'INPUT_MALFORMED', 'The line is not one FHIR resource as JSON.')
      else if (parsed['resourceType'] === 'Bundle') yield toBundle(`${name}:${number}`, line)
      else lines.push({ place: `${name}:${number}`, bytes: line, value: parsed })
    }
  }
}

function parseLine(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value = JSON.parse(text) as unknown
    return typeof value === 'object' && value !== null && typeof (value as { resourceType?: unknown }).resourceType === 'string' ? (value as Readonly<Record<string, unknown>>) : undefined
  } catch {
    return undefined
  }
}

function toBundle(name: string, bytes: Uint8Array, places?: readonly string[]): SourceBundle {
  const bundle = { name, digest: toBase64url(sha256(bytes)), bytes, ...(places === undefined ? {} : { places }) }
  return bytes.length > BUNDLE_BYTES_MAX ? { ...bundle, problem: { code: 'INPUT_TOO_LARGE', message: 'A bundle has at most 32 MiB. Split it.' } } : bundle
}

function broken(name: string, code: 'INPUT_TOO_LARGE' | 'INPUT_MALFORMED', message: string): SourceBundle {
  return { name, digest: toBase64url(sha256(new TextEncoder().encode(name))), bytes: new Uint8Array(), problem: { code, message } }
}
