export type { Authentication, ProofRequest, Session } from './authentication.ts'
export { implement, operationsByName, signedIn } from './operation.ts'
export type { AnyOperation, Context, Operation, OperationsOf, OperationTree } from './operation.ts'
