export { fromStoredDecision, newDecision, toStoredDecision, type DecisionRecord, type DecisionView } from './decision-record.ts'
export { recordDecision, type Decided } from './decide.ts'
