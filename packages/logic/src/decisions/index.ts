export { fromStoredDecision, type DecisionRecord, type DecisionView } from './decision-record.ts'
export type { Decided } from './decide.ts'
