import type { Actor, PendingProof } from '@careledger/identity'
import { readJson, utf8, type JsonNode } from '@careledger/proof'
import { applyPatch, type Operation } from 'rfc6902'
import { z } from 'zod'
import type { Purpose } from '../../consent/consent-terms.ts'
import { loadDefinitions } from '../../fhir/definitions.ts'
import { toJsonPatch } from '../../fhir/patch/fhirpath-patch.ts'
import { LogicError } from '../../logic-error.ts'
import type { Parts } from '../../parts.ts'
import { writersVault } from '../prepare-import.ts'
import { readResource } from './read-records.ts'
import type { RestEntry } from './rest-entry.ts'
import { assertMayWrite, holdingVersion } from './write-frame.ts'
import { assertHolds, theOne, writeResource, type SearchPairs, type Written } from './write-resource.ts'

export interface PatchRequest {
  readonly type: string
  readonly id?: string | undefined
  /** Where there is no id: a search that finds the one to be patched. */
  readonly condition?: SearchPairs | undefined
  /** A JSON Patch (RFC 6902), or a Parameters resource with a FHIRPath Patch (R4 fhirpatch), as text. */
  readonly patch: string
  readonly ifMatch?: readonly string[] | undefined
  readonly purpose: Purpose
  readonly proof?: PendingProof | undefined
  readonly signal?: AbortSignal | undefined
}

const OPERATION = 'hospital.fhir.patch'
const pointer = z.string().max(1024).regex(/^(?:\/(?:[^~/]|~[01])*)*$/)
const operations = z.array(z.discriminatedUnion('op', [
  z.object({ op: z.enum(['add', 'replace', 'test']), path: pointer, value: z.unknown() }),
  z.object({ op: z.enum(['copy', 'move']), path: pointer, from: pointer }),
  z.object({ op: z.literal('remove'), path: pointer }),
])).max(200)

/**
 * Changes a resource by a JSON Patch or a FHIRPath Patch. Who patches reads: it is permitted and recorded like any reading, and a writer who may not read is refused. The
 * new version is written out by this server: its numbers are as they were written (1.10 stays 1.10), its spaces are not. Errors: as `writeResource`;
 * INPUT_MALFORMED for what is no patch, FHIR_INVALID where it does not fit the resource, and nothing is written.
 */
export async function patchResource(parts: Parts, actor: Actor, request: PatchRequest): Promise<Written & { readonly resource: string }> {
  const { type, purpose, signal } = request
  const { current, resource } = await preparePatch(parts, actor, request)
  if (resource === undefined) return { outcome: 'existing', type, id: current.id, version: current.version, lastUpdated: current.lastUpdated, resource: current.resource }
  const written = await writeResource(parts, actor, { type, id: current.id, resource, ifMatch: [current.version], purpose, operation: OPERATION, patched: true, signal })
  return { ...written, resource }
}

/** What a patch would make of the version that holds; `resource` undefined: it changes nothing. Nothing is written. Errors: as `patchResource`. */
export async function preparePatch(parts: Parts, actor: Actor, request: Omit<PatchRequest, 'signal'>): Promise<{ readonly current: RestEntry; readonly resource?: string | undefined }> {
  const { type, purpose, ifMatch } = request
  const { custodian } = writersVault(parts, actor)
  assertMayWrite(actor, type, 'u')
  const patch = parsePatch(request.patch)
  const id = request.id ?? (await theOne(parts, actor, { type, condition: request.condition ?? [], purpose }))?.id
  if (id === undefined) throw refused()
  const current = await readResource(parts, actor, { type, id, purpose, summary: 'false', exact: true, proof: request.proof })
  if ((await holdingVersion(parts, custodian, { type, id: current.id })) === undefined) throw refused()
  assertHolds(current.version, { ifMatch })
  const resource = patched(current.resource, patch === 'fhirpath' ? await byPaths(current.resource, request.patch) : patch)
  return { current, resource }
}

/** Errors: INPUT_MALFORMED, FHIR_INVALID. */
async function byPaths(resource: string, parameters: string): Promise<Patch> {
  await loadDefinitions()
  const made = toJsonPatch(resource, parameters)
  if (made === undefined) throw noPatch()
  if (typeof made === 'string') return parsePatch(made) as Patch
  throw new LogicError('FHIR_INVALID', 'The patch does not fit the resource.', { details: { problems: [{ path: `Parameters.parameter[${made.operation}]`, code: 'value', message: made.message }] } })
}

function refused(): LogicError {
  return new LogicError('NOT_ALLOWED', 'This does not exist or you may not use it.')
}

interface Patch {
  readonly plain: readonly Operation[]
  /** With numbers as they are written. */
  readonly exact: readonly Operation[]
}

/** `fhirpath`: a Parameters resource, which the resource itself has to be held against. */
function parsePatch(text: string): Patch | 'fhirpath' {
  try {
    const node = readJson(utf8(text), { depthMax: 64, membersMax: 10_000 })
    if (node.kind === 'object') return 'fhirpath'
    const [plain, exact] = [operations.parse(JSON.parse(text)), operations.parse(withTexts(node))]
    return { plain: plain as Operation[], exact: exact as Operation[] }
  } catch (cause) {
    throw noPatch(cause)
  }
}

function noPatch(cause?: unknown): LogicError {
  return new LogicError('INPUT_MALFORMED', 'The body is no JSON Patch (RFC 6902) or FHIRPath Patch of at most 200 operations.', { cause })
}

/**
 * The text after the patch; `undefined`: it changes nothing. It is tried on plain values first, where numbers are equal if their values are; then it
 * is made on values that hold numbers as texts.
 */
function patched(text: string, { plain, exact }: Patch): string | undefined {
  const value: unknown = JSON.parse(text)
  const failed = applyPatch(value, [...plain]).findIndex((error) => error !== null)
  if (failed !== -1 || typeof value !== 'object' || value === null) throw misfit(Math.max(0, failed))
  if (JSON.stringify(value) === JSON.stringify(JSON.parse(text))) return undefined
  const precise = withTexts(readJson(utf8(text)))
  applyPatch(precise, exact.filter(({ op }) => op !== 'test'))
  return JSON.stringify(precise).replaceAll(/"\\u0000([^"]*)"/g, '$1')
}

function misfit(operation: number): LogicError {
  return new LogicError('FHIR_INVALID', 'The patch does not fit the resource.', { details: { problems: [{ path: `[${operation}]`, code: 'value', message: 'This operation of the patch does not fit the resource as it is.' }] } })
}

/** Values with each number as a string: NUL and its text. NUL is in no text of FHIR. */
function withTexts(node: JsonNode): unknown {
  switch (node.kind) {
    case 'object': return Object.fromEntries([...node.members].map(([name, member]) => [noNul(name), withTexts(member)]))
    case 'array': return node.items.map((item) => withTexts(item))
    case 'string': return noNul(node.value)
    case 'number': return `\0${node.raw}`
    case 'boolean': return node.value
    case 'null': return null
  }
}

function noNul(text: string): string {
  if (text.includes('\0')) throw new LogicError('INPUT_MALFORMED', 'A text holds U+0000, which FHIR does not know.')
  return text
}
