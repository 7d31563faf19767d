import { z } from 'zod'

/**
 * One operation, declared once. The typed router, the client, the permission matrix, OpenAPI and the audit trail come from it;
 * `implement(contract, run)` stands elsewhere.
 */
export interface Contract<Kind extends 'query' | 'command' = 'query' | 'command', Input extends z.ZodType = z.ZodType, Output extends z.ZodType = z.ZodType> {
  /** Dotted path, for example `hospital.records.list`. */
  readonly name: string
  readonly kind: Kind
  readonly summary: string
  readonly input: Input
  readonly output: Output
  readonly rule: Rule
  /** Points against the caller's rate limit; a plain read is 1. */
  readonly cost: number
  /** The input may be as large as a whole bundle (48 MiB of request body instead of 1 MiB); never travels in a batch. */
  readonly large?: true
  /** Whether a token narrowed by SMART scopes may call it: where every resource it reads or writes is held against the scopes. Default: no. */
  readonly scoped?: true
  /** Whether a session by account may call it though it is a command: its own session's. Default: no. */
  readonly byAccount?: true
  /** What the audit trail records: every access to personal data, every change, or nothing (public facts). */
  readonly audit: 'access' | 'change' | 'none'
}

/**
 * Who may call at all, before any object is looked at. `permit`: signed in, and `authorize` decides on the object.
 * `self`: a patient about themselves.
 */
export type Rule = 'public' | 'signed-in' | 'permit' | 'self' | 'staff' | 'doctor' | 'organisation-admin' | 'reviewer' | 'operator'

type Declaration<I extends z.ZodType, O extends z.ZodType> = Omit<Contract<'query', I, O>, 'kind'>

export function query<I extends z.ZodType, O extends z.ZodType>(declaration: Declaration<I, O>): Contract<'query', I, O> {
  return { kind: 'query', ...declaration }
}

export function command<I extends z.ZodType, O extends z.ZodType>(declaration: Declaration<I, O>): Contract<'command', I, O> {
  return { kind: 'command', ...declaration }
}

/** A tree of contracts; its paths are the operations' names. */
export type ContractTree = { readonly [name: string]: Contract | ContractTree }

export function isContract(value: Contract | ContractTree): value is Contract {
  return typeof (value as Contract).name === 'string' && typeof (value as Contract).summary === 'string'
}
