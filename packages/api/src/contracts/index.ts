import { demo } from './demo.ts'
import { hospital } from './hospital/index.ts'
import { platform } from './platform.ts'
import { identity, session } from './session.ts'

/** Every operation of the platform, declared once. Only Zod is imported here, so browser and clients may take it. */
export const contracts = { session, identity, hospital, platform, demo } as const
export type Contracts = typeof contracts

export { command, isContract, query } from './contract.ts'
export type { Contract, ContractTree, Rule } from './contract.ts'
export { Problem, PROBLEM_CODES } from './problem.ts'
export type { ProblemBody, ProblemCode } from './problem.ts'
export { consentTerms, emergencyOpening, patientHandle, patientSummary, recordItem } from './hospital/index.ts'
export { actor, decision, entrySignature, entryState, problemItem, publicJwk, purpose, receipt, role, signedEntry } from './shapes.ts'
export { liveEvent } from './hospital/events.ts'
export { importItem } from './hospital/import-jobs.ts'
export { messageItem } from './hospital/messages.ts'
