import type { Ledger } from '@careledger/ledger-spec'

/** `describe` and `it` of any runner: vitest, node:test, mocha. */
export interface Runner {
  describe(name: string, define: () => void): unknown
  it(title: string, run: () => Promise<void>): unknown
}

/** One fresh ledger and the ways to reach it. Every client opened through it belongs to `dispose`. */
export interface LedgerUnderTest {
  /** A client that may write every stream of `CONFORMANCE_STREAMS`. */
  readonly ledger: Ledger
  /** Another client that may write them too; under another account where the ledger has accounts. */
  second(): Promise<Ledger>
  /** A client under an account that may read them and not write. */
  reader(): Promise<Ledger>
  /** Closes every client of it and opens a writing one again, as after a restart of the process. */
  reopen(): Promise<Ledger>
  /**
   * Cuts `ledger` off its ledger for `ms` milliseconds, shorter than its `reconnectForMs`. Leave it out only where nothing lies
   * between client and ledger that could be cut.
   */
  readonly interrupt?: ((ms: number) => Promise<void>) | undefined
  dispose(): Promise<void>
}

export interface ConformanceOptions {
  /** Name of the adapter, for the title of the suite. */
  readonly name?: string | undefined
  /** A ledger that shares nothing with one made before: the suite checks it. */
  create(): Promise<LedgerUnderTest>
}

/** Streams that the suite writes. Where a ledger has streams made beforehand, `create` makes these; the last is left to the suite. */
export const CONFORMANCE_STREAMS = ['conformance-a', 'conformance-b', 'conformance-private'] as const

/** One test: its title begins with the ids of the clauses that it checks. */
export interface ConformanceTest {
  readonly title: string
  run(subject: LedgerUnderTest, options: ConformanceOptions): Promise<void>
}
