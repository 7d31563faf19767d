import { randomUUID } from 'node:crypto'
import type { DataStore } from '@careledger/data-spec'
import type { ReplayStore } from '@careledger/identity'
import { isStoreError, toLogicError } from '../to-logic-error.ts'

/** How often a claim whose outcome is unknown is sent again. */
const attemptsMax = 3

/**
 * The ReplayStore port over the store's claims: durable and shared by all processes. Each call owns its claim unless it names an owner,
 * so that the store's rule "same owner again: success" answers a repeated send and nothing else. Errors: LogicError UNAVAILABLE, BUSY, OUTCOME_UNKNOWN.
 */
export function createReplayStore(store: Pick<DataStore, 'write'>): ReplayStore {
  return {
    async claim(scope, value, expiresAt, owner = randomUUID()) {
      for (let attempt = 1; ; attempt += 1) {
        try {
          await store.write({ claims: [{ scope, value, owner, expiresAt }] })
          return true
        } catch (error) {
          if (isStoreError(error, 'STORE_CLAIMED')) return false
          if (attempt === attemptsMax || !isStoreError(error, 'STORE_OUTCOME_UNKNOWN')) throw toLogicError(error)
        }
      }
    },
  }
}
