import type { Actor } from '@careledger/identity'
import type { AuditTrail } from './audit-trail.ts'
import type { Contract } from './contracts/contract.ts'
import type { RateLimit } from './rate-limit.ts'
import { checkRule } from './rules.ts'

export interface CallerCheckSettings {
  /** Points of each key, and of each address that calls without one. */
  readonly rate: { readonly keys: RateLimit; readonly addresses: RateLimit }
  readonly trail?: AuditTrail | undefined
}

/**
 * Whether a caller may call an operation at all. A refusal costs what the call would have cost, and is recorded before it is told; whose key
 * has no points left is told that instead, and nothing is recorded. Errors: Problem NOT_SIGNED_IN, NOT_ALLOWED, RATE_LIMITED, those of the store.
 */
export type CheckCaller = (contract: Contract, caller: { readonly actor: Actor | undefined; readonly address: string }, atMs: number) => Promise<void>

export function createCheckCaller({ rate, trail }: CallerCheckSettings): CheckCaller {
  return async (contract, { actor, address }, atMs) => {
    try {
      checkRule(contract, actor)
    } catch (refusal) {
      if (actor === undefined) rate.addresses.take(address, contract.cost, atMs)
      else {
        rate.keys.take(actor.key, contract.cost, atMs)
        await trail?.refused(contract, actor)
      }
      throw refusal
    }
  }
}
