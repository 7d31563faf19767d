export type { RetentionReason } from './kept-until.ts'
export { HOLD_MEDIA_TYPE, RETENTION_MEDIA_TYPE, retentionBytes, type LegalHold, type RetentionPolicy, type RetentionRule } from './retention-payloads.ts'
export type { PlacedHold } from './retention-entries.ts'
export { answerErasure, listDue, readRetention, setRetention, writeHold, type DueItem, type ErasureForecast, type RetentionPage, type RetentionState, type RetentionWrite } from './retention.ts'
