import type { IdentityErrorCode } from '@careledger/identity'
import type { LogicErrorCode } from '@careledger/logic'
import type { ProofErrorCode } from '@careledger/proof'
import { PROBLEM_CODES, Problem } from './contracts/problem.ts'
import type { ProblemCode } from './contracts/problem.ts'
import { PROBLEM_SENTENCE } from './problem-codes.ts'

/**
 * Turns whatever an operation threw into a Problem. Errors of our levels are recognised by `name` and `code`, not by `instanceof`: two
 * copies of a package may be loaded. Messages and details of the levels below never travel; only the members named in `DETAILS_SHOWN` do.
 * What is not recognised is INTERNAL.
 */
export function toProblem(thrown: unknown): Problem {
  if (!isCoded(thrown)) return new Problem('INTERNAL', PROBLEM_SENTENCE.INTERNAL, { cause: thrown })
  if (thrown.name === 'Problem' && isProblemCode(thrown.code)) return thrown as unknown as Problem
  const code = codeOf(thrown)
  return new Problem(code, PROBLEM_SENTENCE[code], { cause: thrown, details: shownDetails(thrown.details) })
}

interface CodedError {
  readonly name: string
  readonly code: string
  readonly details?: unknown
}

function isCoded(thrown: unknown): thrown is CodedError {
  if (typeof thrown !== 'object' || thrown === null) return false
  const { name, code } = thrown as { name?: unknown; code?: unknown }
  return typeof name === 'string' && typeof code === 'string'
}

function isProblemCode(code: string): code is ProblemCode {
  return (PROBLEM_CODES as readonly string[]).includes(code)
}

function codeOf(error: CodedError): ProblemCode {
  return LEVELS[error.name]?.[error.code] ?? 'INTERNAL'
}

/** packages/logic: the same words where they mean the same. */
const LOGIC: Readonly<Record<LogicErrorCode, ProblemCode>> = {
  INPUT_MALFORMED: 'INPUT_MALFORMED',
  INPUT_TOO_LARGE: 'INPUT_TOO_LARGE',
  FHIR_INVALID: 'FHIR_INVALID',
  SAFETY_CHECK: 'SAFETY_CHECK',
  SIGNATURE_INVALID: 'SIGNATURE_INVALID',
  COMMITMENT_MISMATCH: 'COMMITMENT_MISMATCH',
  ENTRY_CONFLICT: 'ENTRY_CONFLICT',
  STALE: 'STALE',
  CLOCK_SKEW: 'CLOCK_SKEW',
  KEY_UNKNOWN: 'KEY_UNKNOWN',
  KEY_REVOKED: 'KEY_REVOKED',
  NOT_ALLOWED: 'NOT_ALLOWED',
  BUSY: 'BUSY',
  UNAVAILABLE: 'UNAVAILABLE',
  OUTCOME_UNKNOWN: 'OUTCOME_UNKNOWN',
  CORRUPTION: 'CORRUPTION',
  ROLLED_BACK: 'UNAVAILABLE',
  CLOSED: 'UNAVAILABLE',
}

/** packages/identity. */
const IDENTITY: Readonly<Record<IdentityErrorCode, ProblemCode>> = {
  KEY_MALFORMED: 'INPUT_MALFORMED',
  KEY_UNKNOWN: 'KEY_UNKNOWN',
  KEY_REVOKED: 'KEY_REVOKED',
  ENROLMENT_REFUSED: 'NOT_ALLOWED',
  CREDENTIAL_MALFORMED: 'INPUT_MALFORMED',
  SIGNATURE_INVALID: 'SIGNATURE_INVALID',
  CHALLENGE_INVALID: 'NOT_SIGNED_IN',
  CHALLENGE_EXPIRED: 'NOT_SIGNED_IN',
  TOKEN_INVALID: 'NOT_SIGNED_IN',
  TOKEN_EXPIRED: 'NOT_SIGNED_IN',
  PROOF_INVALID: 'PROOF_OF_POSSESSION_INVALID',
  PROOF_REPLAYED: 'PROOF_OF_POSSESSION_INVALID',
  CLOCK_SKEW: 'CLOCK_SKEW',
  PASSKEY_INVALID: 'NOT_SIGNED_IN',
  ASSERTION_INVALID: 'NOT_SIGNED_IN',
  SCOPE_INVALID: 'INPUT_MALFORMED',
  ACCOUNT_REFUSED: 'NOT_SIGNED_IN',
  ACCOUNT_UNKNOWN: 'NOT_SIGNED_IN',
  ACCOUNT_UNAVAILABLE: 'UNAVAILABLE',
  DOCUMENT_UNAVAILABLE: 'UNAVAILABLE',
  UNSEAL_FAILED: 'CORRUPTION',
  SIGNING_KEYS_CORRUPT: 'CORRUPTION',
}

type Table = Readonly<Record<string, ProblemCode>>

/** packages/identity's vault port. */
const VAULT: Table = {
  VAULT_LOCKED: 'UNAVAILABLE',
  VAULT_CORRUPT: 'CORRUPTION',
  VAULT_ROOT_MISSING: 'UNAVAILABLE',
  VAULT_ROOT_UNAVAILABLE: 'UNAVAILABLE',
  VAULT_ROOT_MISMATCH: 'UNAVAILABLE',
  VAULT_DESTROYED: 'NOT_ALLOWED',
  VAULT_UNSEAL_FAILED: 'CORRUPTION',
  VAULT_WRITE_FAILED: 'UNAVAILABLE',
  VAULT_BROKEN: 'UNAVAILABLE',
  VAULT_CLOSED: 'UNAVAILABLE',
}

/** packages/proof, where logic lets it through: what the caller sent. A tree or a sealed value that contradicts itself is ours. */
const PROOF: Readonly<Record<ProofErrorCode, ProblemCode>> = {
  MALFORMED: 'INPUT_MALFORMED',
  NOT_CANONICAL: 'INPUT_MALFORMED',
  DUPLICATE_MEMBER: 'INPUT_MALFORMED',
  UNKNOWN_MEMBER: 'INPUT_MALFORMED',
  MISSING_MEMBER: 'INPUT_MALFORMED',
  TOO_DEEP: 'INPUT_TOO_LARGE',
  TOO_LARGE: 'INPUT_TOO_LARGE',
  KEY_INVALID: 'INPUT_MALFORMED',
  SIGNATURE_INVALID: 'SIGNATURE_INVALID',
  COMMITMENT_MISMATCH: 'COMMITMENT_MISMATCH',
  SALT_WEAK: 'COMMITMENT_MISMATCH',
  UNSEAL_FAILED: 'CORRUPTION',
  TREE_INVALID: 'CORRUPTION',
}

/** packages/data/spec. STORE_INVALID is a mistake of ours. */
const STORE: Table = {
  STORE_CONFLICT: 'ENTRY_CONFLICT',
  STORE_STALE: 'STALE',
  STORE_BUSY: 'BUSY',
  STORE_UNAVAILABLE: 'UNAVAILABLE',
  STORE_CLAIMED: 'STALE',
  STORE_LOCKED: 'UNAVAILABLE',
  STORE_CLOSED: 'UNAVAILABLE',
  STORE_FENCED: 'BUSY',
  STORE_OUTCOME_UNKNOWN: 'OUTCOME_UNKNOWN',
  STORE_CORRUPTION: 'CORRUPTION',
}

/** packages/ledger-adapters/spec. What is not listed is a mistake of ours. */
const LEDGER: Table = {
  LEDGER_CONFLICT: 'ENTRY_CONFLICT',
  LEDGER_UNAVAILABLE: 'UNAVAILABLE',
  LEDGER_CLOSED: 'UNAVAILABLE',
  LEDGER_ABORTED: 'UNAVAILABLE',
  LEDGER_OUTCOME_UNKNOWN: 'OUTCOME_UNKNOWN',
  LEDGER_CORRUPTION: 'CORRUPTION',
  LEDGER_WRONG_CHAIN: 'CORRUPTION',
}

const LEVELS: Readonly<Record<string, Table>> = { LogicError: LOGIC, IdentityError: IDENTITY, VaultError: VAULT, ProofError: PROOF, StoreError: STORE, LedgerError: LEDGER }

/** Members of an error's details that may be shown: places, sizes and times, never content. */
const DETAILS_SHOWN = ['problems', 'serverTime', 'retryAfterSeconds', 'check', 'nonce', 'path', 'offset', 'index', 'id', 'limit', 'replacedBy'] as const

function shownDetails(details: unknown): Readonly<Record<string, unknown>> {
  if (typeof details !== 'object' || details === null) return {}
  const shown: Record<string, unknown> = {}
  for (const name of DETAILS_SHOWN) {
    const value = (details as Record<string, unknown>)[name]
    if (value === undefined) continue
    shown[name] = value instanceof Date ? value.toISOString() : typeof value === 'bigint' ? Number(value) : value
  }
  return shown
}
