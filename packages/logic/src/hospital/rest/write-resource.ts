import type { Actor, PendingProof } from '@careledger/identity'
import { utf8 } from '@careledger/proof'
import type { Purpose } from '../../consent/consent-terms.ts'
import { loadDefinitions } from '../../fhir/definitions.ts'
import { resourceTypeOf, validateResource } from '../../fhir/validate-resource.ts'
import { isLogicError, LogicError } from '../../logic-error.ts'
import type { Parts } from '../../parts.ts'
import { commitImport } from '../commit-import.ts'
import { writersVault } from '../prepare-import.ts'
import { parseResource } from '../record-created.ts'
import type { RestEntry } from './rest-entry.ts'
import { searchRecords } from './search-records.ts'
import { signAsGateway, takeDetached, type DetachedEntry } from './sign-records.ts'
import { withoutShownLinks } from './shown-links.ts'
import { assertMayWrite, holdingVersion, writeFrame, type ResourceToWrite } from './write-frame.ts'

export type SearchPairs = readonly (readonly [string, string])[]

export interface WriteRequest {
  readonly type: string
  /** The id that is updated; absent: a create, unless a condition finds one. */
  readonly id?: string | undefined
  /** A search that says which one is updated: what it finds, or a new one where it finds nothing (R4 http, "Conditional update"). */
  readonly condition?: SearchPairs | undefined
  /** The author's text, kept as it is. */
  readonly resource: string
  /** Versions of which one must hold (If-Match); `*`: any. */
  readonly ifMatch?: readonly string[] | undefined
  /** Nothing must be there (If-None-Match: *). */
  readonly onlyNew?: boolean | undefined
  /** A search that must find nothing (If-None-Exist). */
  readonly ifNoneExist?: SearchPairs | undefined
  /** Whose record it goes into, where the resource does not say it. */
  readonly patient?: string | undefined
  readonly signed?: DetachedEntry | undefined
  /** What the decision calls it; default by what is done. */
  readonly operation?: string | undefined
  /** It was made out of the version that holds, which may be addressed by an id that an earlier one gave. */
  readonly patched?: boolean | undefined
  readonly purpose: Purpose
  readonly proof?: PendingProof | undefined
  readonly signal?: AbortSignal | undefined
}

export interface Written {
  readonly outcome: 'created' | 'updated' | 'existing'
  readonly type: string
  readonly id: string
  readonly version: string
  readonly lastUpdated?: string | undefined
  /** What a condition found instead: its text. */
  readonly resource?: string | undefined
}

/**
 * Creates or updates one resource. The bytes are kept as they are; an update is an amending entry. The caller's own signature is taken where it
 * comes along, otherwise the custodian's gateway signs, and the decision names the caller. Errors: INPUT_MALFORMED, FHIR_INVALID, NOT_ALLOWED;
 * STALE with check `if-match`; ENTRY_CONFLICT where the id is taken, with check `multiple-matches` where a condition finds two.
 */
export async function writeResource(parts: Parts, actor: Actor, request: WriteRequest): Promise<Written> {
  const { type, ifMatch, condition } = request
  const { custodian, vault } = writersVault(parts, actor)
  const updates = request.id !== undefined || condition !== undefined
  assertMayWrite(actor, type, updates ? 'u' : 'c')
  // What the author signed is kept as it was signed.
  const text = request.signed === undefined && request.patched !== true ? await withoutShownLinks(parts, actor, request) : request.resource
  const resource = await readToWrite({ ...request, resource: text })
  const existing = await conditionFinds(parts, actor, request)
  if (existing !== undefined) return existing
  const id = request.id ?? (await updatedId(parts, actor, request, resource))
  const address = id ?? resource.id
  const holding = address === undefined ? undefined : await holdingVersion(parts, custodian, { type, id: address })
  assertHolds(holding?.id, request)
  if (id === undefined && holding !== undefined) throw new LogicError('ENTRY_CONFLICT', 'A resource with this id exists here. Update it instead.')
  const frame = await writeFrame(parts, actor, { custodian, vault }, [resource], request.patient ?? (id === undefined ? undefined : holding?.patient))
  if (holding !== undefined && holding.patient !== frame.patient) throw new LogicError('ENTRY_CONFLICT', 'A resource with this id exists here. Use another id.')
  const present = frame.present.get(0)
  if (present !== undefined && (holding === undefined || holding.id === present)) return { outcome: 'existing', type, id: address ?? present, version: present }
  const toSign = { ...frame, records: [{ bytes: resource.bytes, replaces: holding?.id }] }
  const signed = request.signed === undefined ? await signAsGateway(parts, toSign) : takeDetached(actor, request.signed, toSign)
  try {
    await commitImport(parts, actor, { patient: frame.patient, conditions: frame.conditions, entries: signed.entries, author: signed.author, direct: true, operation: request.operation ?? (updates ? 'hospital.fhir.update' : 'hospital.fhir.create'), proof: request.proof, signal: request.signal })
  } catch (error) {
    throw ifMatch !== undefined && isLogicError(error, 'STALE') ? stale(error) : withPaths(error, [resource.path], signed.entries.length - 1)
  }
  const [version] = signed.ids
  return { outcome: holding === undefined ? 'created' : 'updated', type, id: address ?? (version as string), version: version as string, lastUpdated: signed.issuedAt }
}

/** Errors: STALE with check `if-match` where the version that holds is not the one asked for. */
export function assertHolds(holding: string | undefined, { ifMatch, onlyNew }: Pick<WriteRequest, 'ifMatch' | 'onlyNew'>): void {
  const matches = ifMatch === undefined || (holding !== undefined && (ifMatch.includes('*') || ifMatch.includes(holding)))
  if (!matches || (onlyNew === true && holding !== undefined)) throw stale()
}

/** The id that a conditional update is about; `undefined`: it creates one that has none. Errors: INPUT_MALFORMED where the body says another. */
async function updatedId(parts: Parts, actor: Actor, { type, condition, purpose }: WriteRequest, resource: ResourceToWrite): Promise<string | undefined> {
  if (condition === undefined) return undefined
  const found = await theOne(parts, actor, { type, condition, purpose })
  if (found === undefined) return resource.id
  if (resource.id !== undefined && resource.id !== found.id) throw new LogicError('INPUT_MALFORMED', 'The condition finds a resource with another id than the body.', { details: { problems: [{ path: `${type}.id`, code: 'value', message: 'The condition finds a resource with another id than the body.' }] } })
  return found.id
}

function stale(cause?: unknown): LogicError {
  return new LogicError('STALE', 'Another version holds now. Read it and repeat.', { cause, details: { check: 'if-match' } })
}

async function readToWrite({ type, id, resource, patched }: WriteRequest): Promise<ResourceToWrite> {
  const bytes = utf8(resource)
  const { value } = parseResource(bytes, 'resource')
  const found = resourceTypeOf(value)
  if (found !== type) throw new LogicError('INPUT_MALFORMED', 'The resource is of another type than the address.', { details: { problems: [{ path: 'resourceType', code: 'resource-type', message: 'The resource is of another type than the address.' }] } })
  const own = (value as { id?: unknown }).id
  if (id !== undefined && own !== undefined && own !== id) throw new LogicError('INPUT_MALFORMED', 'The resource has another id than the address.', { details: { problems: [{ path: `${type}.id`, code: 'value', message: 'The resource has another id than the address.' }] } })
  const check = validateResource(await loadDefinitions(), value, type, bytes)
  if (check.problems.length > 0) throw new LogicError('FHIR_INVALID', 'The resource is not valid FHIR R4.', { details: { problems: check.problems } })
  if (id !== undefined && own === undefined && patched !== true && !/^[0-9a-f-]{36}$/.test(id)) throw new LogicError('INPUT_MALFORMED', 'An update has its id in the resource.', { details: { problems: [{ path: `${type}.id`, code: 'required', message: 'An update has its id in the resource.' }] } })
  return { path: type, type, value, bytes, references: check.references, ...(typeof own === 'string' ? { id: own } : {}) }
}

/** What If-None-Exist finds among the records that the caller may read; `undefined`: nothing, or there is no condition. */
export async function conditionFinds(parts: Parts, actor: Actor, { type, ifNoneExist, purpose }: Pick<WriteRequest, 'type' | 'ifNoneExist' | 'purpose'>): Promise<Written | undefined> {
  const found = ifNoneExist === undefined ? undefined : await theOne(parts, actor, { type, condition: ifNoneExist, purpose })
  return found === undefined ? undefined : { outcome: 'existing', type, id: found.id, version: found.version, lastUpdated: found.lastUpdated, resource: found.resource }
}

/**
 * The one resource that a condition finds among those that the caller may read; `undefined`: none. Errors: ENTRY_CONFLICT with check
 * `multiple-matches` for two, NOT_ALLOWED, INPUT_MALFORMED.
 */
export async function theOne(parts: Parts, actor: Actor, { type, condition, purpose }: { readonly type: string; readonly condition: SearchPairs; readonly purpose: Purpose }): Promise<RestEntry | undefined> {
  // A token that may not search would find nothing, and write what is there already.
  assertMayWrite(actor, type, 's')
  const parameters = condition.filter(([name]) => !/^_(count|summary|elements|sort|total|(rev)?include|format|pretty)/.test(name))
  if (parameters.length === 0) throw new LogicError('INPUT_MALFORMED', 'A condition names what it is about.')
  const { entries } = await searchRecords(parts, actor, { type, parameters: [...parameters, ['_count', '2']], strict: true, purpose })
  if (entries.length > 1) throw new LogicError('ENTRY_CONFLICT', 'The condition finds more than one resource.', { details: { check: 'multiple-matches' } })
  return entries[0]
}

/** Problems of a commit name places among its entries; the caller knows paths of its own. */
export function withPaths(error: unknown, paths: readonly string[], before: number): unknown {
  if (!isLogicError(error)) return error
  const { problems } = error.details
  if (!Array.isArray(problems)) return error
  const renamed = (problems as readonly { readonly path: string }[]).map((problem) => ({
    ...problem, path: problem.path.replace(/^entries\[(\d+)\](?:\.resource)?/, (whole, index: string) => paths[Number(index) - before] ?? whole),
  }))
  return new LogicError(error.code, error.message, { cause: error.cause, details: { ...error.details, problems: renamed } })
}
