import type { DataStore, DocumentStore } from '@careledger/data-spec'

/** `describe` and `it` of any runner: vitest, node:test, mocha. */
export interface Runner {
  describe(name: string, define: () => void): unknown
  it(title: string, run: () => Promise<void>): unknown
}

/** One fresh store and the ways to reach its data. Every store opened through it belongs to `dispose`. */
export interface DataStoreUnderTest {
  readonly store: DataStore
  /** Another store object on the same data: a second process. Leave it out where only one process may open the data. */
  readonly second?: (() => Promise<DataStore>) | undefined
  /** Closes every store of it and opens one again, as after a restart of the process. Leave it out where nothing outlives the store. */
  readonly reopen?: (() => Promise<DataStore>) | undefined
  dispose(): Promise<void>
}

export interface DataStoreOptions {
  /** Name of the store, for the title of the suite. */
  readonly name?: string | undefined
  /** A store that shares nothing with one made before: the suite checks it. */
  create(): Promise<DataStoreUnderTest>
}

/** One test: its title begins with the ids of the clauses that it checks. */
export interface DataStoreTest {
  readonly title: string
  run(subject: DataStoreUnderTest, options: DataStoreOptions): Promise<void>
}

export interface DocumentStoreUnderTest {
  readonly store: DocumentStore
  readonly reopen?: (() => Promise<DocumentStore>) | undefined
  dispose(): Promise<void>
}

export interface DocumentStoreOptions {
  readonly name?: string | undefined
  create(): Promise<DocumentStoreUnderTest>
}

export interface DocumentStoreTest {
  readonly title: string
  run(subject: DocumentStoreUnderTest, options: DocumentStoreOptions): Promise<void>
}
