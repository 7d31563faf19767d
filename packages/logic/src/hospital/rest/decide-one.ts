import type { ReadView } from '@careledger/data-spec'
import type { Actor, PendingProof, ScopeAction } from '@careledger/identity'
import type { Purpose } from '../../consent/consent-terms.ts'
import type { Permit } from '../../decisions/authorize.ts'
import { decideEach } from '../../decisions/decide-each.ts'
import type { Disclosure } from '../../decisions/decide.ts'
import { LogicError } from '../../logic-error.ts'
import type { Parts } from '../../parts.ts'

export interface OneRequest {
  readonly actor: Actor
  readonly operation: string
  readonly purpose: Purpose
  readonly action: ScopeAction
  readonly proof?: PendingProof | undefined
}

/**
 * Decides about a thing that several patients could have, and gives it where exactly one permitted patient does. Errors: NOT_ALLOWED where there is
 * none or it may not be read, the same either way; ENTRY_CONFLICT with check `multiple-matches` where two of those that may be read have it.
 */
export async function decideOne<T>(parts: Parts, request: OneRequest, patients: (view: ReadView) => Promise<readonly string[]>, read: (permit: Permit) => Promise<Disclosure<T> | undefined>): Promise<T> {
  const candidates = async function* (view: ReadView): AsyncGenerator<string> {
    yield* await patients(view)
  }
  const { items } = await decideEach(parts, { actor: request.actor, operation: request.operation, purposes: [request.purpose], limit: 100, recordRefusals: true, action: request.action, proof: request.proof }, candidates, read)
  const [item] = items
  if (item === undefined) throw new LogicError('NOT_ALLOWED', 'This does not exist or you may not use it.')
  if (items.length > 1) throw new LogicError('ENTRY_CONFLICT', 'Two records have this id. Use the id of a version.', { details: { check: 'multiple-matches' } })
  return item.value
}
