import type { FaultWorld } from './fault-world.ts'

/** Ledgers that faults are tried on. */
export const LEDGERS = ['in-memory', 'anvil', 'fabric', 'multichain'] as const
export type LedgerName = (typeof LEDGERS)[number]

export interface FaultOptions {
  /** What I6 allows, in milliseconds. */
  readonly recoveryMaxMs: number
  /** Kills in a loop of random kills. */
  readonly kills: number
  /** How long a ledger stays away, in milliseconds. */
  readonly awayMs: number
}

/** A fault that is made on a running instance. Gives what was measured, in words. */
export interface TriedFault {
  readonly try: (world: FaultWorld, options: FaultOptions) => Promise<string>
  /** Default: all. */
  readonly on?: readonly LedgerName[] | undefined
  /** Why not on the others. */
  readonly notElsewhere?: string | undefined
}

/** A fault that tests of this repository make: these must pass. */
export interface TestedFault {
  readonly tests: readonly { readonly file: string; readonly title: string }[]
}

export interface Fault {
  /** 1 to 60, as in the list of faults. */
  readonly number: number
  readonly title: string
  /** How it is made. */
  readonly way: string
  readonly check: TriedFault | TestedFault
}
