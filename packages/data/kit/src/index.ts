/** What every data store shares: checks of arguments, the order of texts, and the small rules that the port states in prose. */
export { checkAssign, checkOutboxRows, checkSettle, type AssignBatch } from './check-assign.ts'
export { checkLimit, checkText, invalid, isUuid } from './check-values.ts'
export { checkWrite, type CheckedWrite } from './check-write.ts'
export { chainSteps, type ChainStep } from './chain-steps.ts'
export { compareTexts } from './compare-texts.ts'
export { allowedMove } from './outbox-moves.ts'
export { newerNote } from './newer-note.ts'
export { createReadGuard, type ReadGuard } from './read-guard.ts'
