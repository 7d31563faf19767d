import { LogicError } from '../../../logic-error.ts'
import type { SafetyIssue } from './safety-issue.ts'

/** What keeps a write from being taken: refusals, and warnings that nobody has answered. */
export function openIssues(issues: readonly SafetyIssue[]): readonly SafetyIssue[] {
  return issues.filter(({ severity, acknowledged }) => severity === 'refused' || !acknowledged)
}

/** As problems of places: no word out of a record, since they travel in refusals. */
export function toProblems(issues: readonly SafetyIssue[]): readonly { readonly path: string; readonly code: string; readonly message: string }[] {
  return issues.map(({ path, code, severity, message, key, act }) => ({
    path, code, message: severity === 'refused' ? message : `${message} Correct it, or say why in the resource: a contained DetectedIssue of code ${act} whose evidence names ${key}, with a mitigation in words (docs/writing.md).`,
  }))
}

/** Errors: SAFETY_CHECK with `problems`: refused ones, and warnings without an acknowledgement in the resource. */
export function assertSafe(issues: readonly SafetyIssue[]): void {
  const open = openIssues(issues)
  if (open.length === 0) return
  const refused = open.some(({ severity }) => severity === 'refused')
  throw new LogicError('SAFETY_CHECK', refused ? 'Something in this cannot be. Nothing was written.' : 'Something speaks against this, and no reason is signed with it. Nothing was written.', { details: { problems: toProblems(open) } })
}
