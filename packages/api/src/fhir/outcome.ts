import type { Problem, ProblemCode } from '../contracts/problem.ts'

/** FHIR R4 `issue-type` codes that are used here. */
export type IssueCode = 'invalid' | 'structure' | 'required' | 'value' | 'invariant' | 'security' | 'login' | 'unknown' | 'expired' | 'forbidden' | 'processing' | 'not-supported' | 'duplicate' | 'multiple-matches' | 'not-found' | 'too-costly' | 'too-long' | 'code-invalid' | 'business-rule' | 'conflict' | 'transient' | 'throttled' | 'timeout' | 'exception' | 'informational'

export interface Issue {
  readonly severity: 'fatal' | 'error' | 'warning' | 'information'
  readonly code: IssueCode
  readonly text: string
  readonly expression?: string | undefined
}

/** What a problem is in FHIR's words, and the status it travels with. The one table for it. */
export const FHIR_ISSUES: Readonly<Record<ProblemCode, { readonly status: number; readonly code: IssueCode }>> = {
  INPUT_MALFORMED: { status: 400, code: 'invalid' },
  INPUT_TOO_LARGE: { status: 413, code: 'too-costly' },
  FHIR_INVALID: { status: 422, code: 'invalid' },
  SAFETY_CHECK: { status: 422, code: 'business-rule' },
  SIGNATURE_INVALID: { status: 400, code: 'security' },
  COMMITMENT_MISMATCH: { status: 422, code: 'security' },
  ENTRY_CONFLICT: { status: 409, code: 'duplicate' },
  STALE: { status: 409, code: 'conflict' },
  CLOCK_SKEW: { status: 401, code: 'expired' },
  NOT_SIGNED_IN: { status: 401, code: 'login' },
  PROOF_OF_POSSESSION_INVALID: { status: 401, code: 'login' },
  KEY_UNKNOWN: { status: 401, code: 'unknown' },
  KEY_REVOKED: { status: 401, code: 'security' },
  NOT_ALLOWED: { status: 403, code: 'forbidden' },
  RATE_LIMITED: { status: 429, code: 'throttled' },
  BUSY: { status: 503, code: 'transient' },
  UNAVAILABLE: { status: 503, code: 'transient' },
  OUTCOME_UNKNOWN: { status: 504, code: 'timeout' },
  CORRUPTION: { status: 500, code: 'exception' },
  INTERNAL: { status: 500, code: 'exception' },
}

/** Codes of our own problem lists, where FHIR has a word for them. */
const PLACES: Readonly<Record<string, IssueCode>> = {
  structure: 'structure', 'resource-type': 'structure', 'bundle-entry': 'structure', 'bundle-type': 'structure', json: 'structure', required: 'required', value: 'value', invariant: 'invariant', code: 'code-invalid',
  duplicate: 'duplicate', search: 'not-supported', 'too-large': 'too-long', patient: 'business-rule', 'reference-foreign': 'business-rule', 'reference-type': 'value', 'reference-unresolved': 'not-found',
}

/** A refusal of the route itself, before any operation. */
export class FhirRefusal extends Error {
  readonly status: number
  readonly issue: Issue
  readonly headers: Readonly<Record<string, string>>
  constructor(status: number, code: IssueCode, text: string, headers: Readonly<Record<string, string>> = {}) {
    super(text)
    this.status = status
    this.issue = { severity: 'error', code, text }
    this.headers = headers
  }
}

/** `instance`: a read of something that has an address, where what is refused and what does not exist are both not found. */
export function statusOf(problem: Problem, instance: boolean): number {
  if (problem.details['check'] === 'if-match' || problem.details['check'] === 'multiple-matches') return 412
  return problem.code === 'NOT_ALLOWED' && instance ? 404 : FHIR_ISSUES[problem.code].status
}

export function issuesOf(problem: Problem, instance: boolean): readonly Issue[] {
  const { code } = FHIR_ISSUES[problem.code]
  const listed = problem.details['problems']
  if (Array.isArray(listed) && listed.length > 0) return listedIssues(listed as readonly ListedProblem[], code)
  if (problem.details['check'] === 'multiple-matches') return [{ severity: 'error', code: 'multiple-matches', text: problem.message }]
  return [{ severity: 'error', code: problem.code === 'NOT_ALLOWED' && instance ? 'not-found' : code, text: problem.message }]
}

interface ListedProblem {
  readonly path?: unknown
  readonly code?: unknown
  readonly message?: unknown
}

/** Problems with their places, at most 200; `code`: where FHIR has no word for one. */
export function listedIssues(problems: readonly ListedProblem[], code: IssueCode): readonly Issue[] {
  return problems.slice(0, 200).map(({ path, code: place, message }) => ({
    severity: 'error', code: PLACES[String(place)] ?? code, text: String(message), ...(typeof path === 'string' && path !== '' ? { expression: path } : {}),
  }))
}

/** An OperationOutcome as text. Search parameters stand in `location`, since they are no FHIRPath. */
export function outcomeText(issues: readonly Issue[]): string {
  return JSON.stringify({
    resourceType: 'OperationOutcome',
    issue: issues.map(({ severity, code, text, expression }) => ({ severity, code, details: { text }, ...(expression === undefined ? {} : { expression: [expression] }) })),
  })
}
