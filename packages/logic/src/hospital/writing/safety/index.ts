export { assertSafe, openIssues, toProblems } from './assert-safe.ts'
export { safetyIssues } from './safety-issues.ts'
export type { MedicineFrame } from './medicine-issues.ts'
export type { SafetyIssue } from './safety-issue.ts'
