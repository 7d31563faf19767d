import type { StoreErrorCode } from '@careledger/data-spec'
import { LogicError, type LogicErrorCode } from './logic-error.ts'

/** What each store code means to a caller of this package. STALE and OUTCOME_UNKNOWN are handled before by those who can. */
const storeCodes: Readonly<Record<StoreErrorCode, LogicErrorCode>> = {
  STORE_CONFLICT: 'ENTRY_CONFLICT',
  STORE_STALE: 'STALE',
  STORE_CLAIMED: 'STALE',
  STORE_FENCED: 'UNAVAILABLE',
  STORE_INVALID: 'INPUT_TOO_LARGE',
  STORE_BUSY: 'BUSY',
  STORE_UNAVAILABLE: 'UNAVAILABLE',
  STORE_OUTCOME_UNKNOWN: 'OUTCOME_UNKNOWN',
  STORE_CORRUPTION: 'CORRUPTION',
  STORE_LOCKED: 'UNAVAILABLE',
  STORE_CLOSED: 'CLOSED',
}

/** What each refusal of the proof package means where an author's input was read. Others are INPUT_MALFORMED. */
const proofCodes: Readonly<Record<string, LogicErrorCode>> = {
  COMMITMENT_MISMATCH: 'COMMITMENT_MISMATCH',
  SALT_WEAK: 'COMMITMENT_MISMATCH',
  SIGNATURE_INVALID: 'SIGNATURE_INVALID',
  KEY_INVALID: 'SIGNATURE_INVALID',
  TOO_LARGE: 'INPUT_TOO_LARGE',
}

/** Recognised by name and code; anything else (a defect, an abort) is given back as it is. */
export function toLogicError(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const code = (error as { code?: unknown }).code
  const details = (error as { details?: Readonly<Record<string, unknown>> }).details ?? {}
  if (error.name === 'StoreError') return new LogicError(storeCodes[code as StoreErrorCode] ?? 'UNAVAILABLE', error.message, { cause: error, details })
  if (error.name === 'ProofError') return new LogicError(proofCodes[String(code)] ?? 'INPUT_MALFORMED', error.message, { cause: error, details })
  if (error.name === 'IdentityError') return new LogicError(code === 'KEY_UNKNOWN' || code === 'KEY_REVOKED' ? code : 'NOT_ALLOWED', error.message, { cause: error })
  if (error.name === 'VaultError') return new LogicError(code === 'VAULT_DESTROYED' ? 'NOT_ALLOWED' : code === 'VAULT_UNSEAL_FAILED' ? 'CORRUPTION' : 'UNAVAILABLE', error.message, { cause: error })
  return error
}

/** Whether `error` is the store's, and of one of these codes when some are given. */
export function isStoreError(error: unknown, ...codes: readonly StoreErrorCode[]): boolean {
  if (!(error instanceof Error) || error.name !== 'StoreError') return false
  return codes.length === 0 || codes.some((code) => code === (error as { code?: unknown }).code)
}
