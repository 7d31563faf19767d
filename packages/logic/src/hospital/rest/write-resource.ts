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
import { searchRecords } from './search-records.ts'
import { signAsGateway, takeDetached, type DetachedEntry } from './sign-records.ts'
import { assertMayWrite, holdingVersion, writeFrame, type ResourceToWrite } from './write-frame.ts'

export interface WriteRequest {
  readonly type: string
  /** The id that is updated; absent: a create. */
  readonly id?: string | undefined
  /** The author's text, kept as it is. */
  readonly resource: string
  /** Version that must hold (If-Match). */
  readonly ifMatch?: string | undefined
  /** A search that must find nothing (If-None-Exist). */
  readonly ifNoneExist?: readonly (readonly [string, string])[] | undefined
  /** Whose record it goes into, where the resource does not say it. */
  readonly patient?: string | undefined
  readonly signed?: DetachedEntry | undefined
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
}

/**
 * Creates or updates one resource. The bytes are kept as they are; an update is an amending entry. The caller's own signature is taken where it
 * comes along, otherwise the custodian's gateway signs, and the decision names the caller. Errors: INPUT_MALFORMED, FHIR_INVALID, NOT_ALLOWED;
 * STALE with check `if-match`; ENTRY_CONFLICT where the id is taken, with check `multiple-matches` where a condition finds two.
 */
export async function writeResource(parts: Parts, actor: Actor, request: WriteRequest): Promise<Written> {
  const { type, id, ifMatch } = request
  const { custodian, vault } = writersVault(parts, actor)
  assertMayWrite(actor, type, id === undefined ? 'c' : 'u')
  const resource = await readToWrite(request)
  const existing = await conditionFinds(parts, actor, request)
  if (existing !== undefined) return existing
  const address = id ?? resource.id
  const holding = address === undefined ? undefined : await holdingVersion(parts, custodian, { type, id: address })
  if (ifMatch !== undefined && holding?.id !== ifMatch) throw stale()
  if (id === undefined && holding !== undefined) throw new LogicError('ENTRY_CONFLICT', 'A resource with this id exists here. Update it instead.')
  const frame = await writeFrame(parts, actor, { custodian, vault }, [resource], request.patient ?? (id === undefined ? undefined : holding?.patient))
  if (holding !== undefined && holding.patient !== frame.patient) throw new LogicError('ENTRY_CONFLICT', 'A resource with this id exists here. Use another id.')
  const present = frame.present.get(0)
  if (present !== undefined && (holding === undefined || holding.id === present)) return { outcome: 'existing', type, id: resource.id ?? present, version: present }
  const toSign = { ...frame, records: [{ bytes: resource.bytes, replaces: holding?.id }] }
  const signed = request.signed === undefined ? await signAsGateway(parts, toSign) : takeDetached(actor, request.signed, toSign)
  try {
    await commitImport(parts, actor, { patient: frame.patient, entries: signed.entries, author: signed.author, direct: true, proof: request.proof, signal: request.signal })
  } catch (error) {
    throw ifMatch !== undefined && isLogicError(error, 'STALE') ? stale(error) : withPaths(error, [resource.path], signed.entries.length - 1)
  }
  const [version] = signed.ids
  return { outcome: holding === undefined ? 'created' : 'updated', type, id: address ?? (version as string), version: version as string, lastUpdated: signed.issuedAt }
}

function stale(cause?: unknown): LogicError {
  return new LogicError('STALE', 'Another version holds now. Read it and repeat.', { cause, details: { check: 'if-match' } })
}

async function readToWrite({ type, id, resource }: WriteRequest): Promise<ResourceToWrite> {
  const bytes = utf8(resource)
  const { value } = parseResource(bytes, 'resource')
  const found = resourceTypeOf(value)
  if (found !== type) throw new LogicError('INPUT_MALFORMED', 'The resource is of another type than the address.', { details: { problems: [{ path: 'resourceType', code: 'resource-type', message: 'The resource is of another type than the address.' }] } })
  const own = (value as { id?: unknown }).id
  if (id !== undefined && own !== undefined && own !== id) throw new LogicError('INPUT_MALFORMED', 'The resource has another id than the address.', { details: { problems: [{ path: `${type}.id`, code: 'value', message: 'The resource has another id than the address.' }] } })
  const check = validateResource(await loadDefinitions(), value, type, bytes)
  if (check.problems.length > 0) throw new LogicError('FHIR_INVALID', 'The resource is not valid FHIR R4.', { details: { problems: check.problems } })
  if (id !== undefined && own === undefined && !/^[0-9a-f-]{36}$/.test(id)) throw new LogicError('INPUT_MALFORMED', 'An update has its id in the resource.', { details: { problems: [{ path: `${type}.id`, code: 'required', message: 'An update has its id in the resource.' }] } })
  return { path: type, type, value, bytes, references: check.references, ...(typeof own === 'string' ? { id: own } : {}) }
}

/** What If-None-Exist finds among the records that the caller may read; `undefined`: nothing, or there is no condition. */
export async function conditionFinds(parts: Parts, actor: Actor, { type, ifNoneExist, purpose }: Pick<WriteRequest, 'type' | 'ifNoneExist' | 'purpose'>): Promise<Written | undefined> {
  if (ifNoneExist === undefined) return undefined
  // A token that may not search would find nothing, and write what is there already.
  assertMayWrite(actor, type, 's')
  if (ifNoneExist.length === 0) throw new LogicError('INPUT_MALFORMED', 'A condition names what must not exist.')
  const { entries } = await searchRecords(parts, actor, { type, parameters: [...ifNoneExist.filter(([name]) => !/^_(count|summary|elements|sort|total|(rev)?include)/.test(name)), ['_count', '2']], strict: true, purpose })
  if (entries.length > 1) throw new LogicError('ENTRY_CONFLICT', 'The condition finds more than one resource.', { details: { check: 'multiple-matches' } })
  return entries[0] === undefined ? undefined : { outcome: 'existing', type, id: entries[0].id, version: entries[0].version, lastUpdated: entries[0].lastUpdated }
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
