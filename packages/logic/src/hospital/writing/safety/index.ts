export { assertSafe, openIssues, toProblems } from './assert-safe.ts'
export { COMPARED_TYPES, safetyIssues } from './safety-issues.ts'
export type { MedicineFrame } from './medicine-issues.ts'
export type { SafetyCode, SafetyIssue } from './safety-issue.ts'
