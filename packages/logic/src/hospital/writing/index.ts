export { checkDrafts, type Draft } from './check-draft.ts'
export { commitWriting, type CommittedWriting, type WritingCommit } from './commit-writing.ts'
export { prepareWriting, type LastResult, type WritingPlace, type WritingQuery } from './prepare-writing.ts'
