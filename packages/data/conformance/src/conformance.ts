import { documentStreamTests } from './clauses/document-streams.ts'
import { documentTests } from './clauses/documents.ts'
import { entryTests } from './clauses/entries.ts'
import { lifeTests } from './clauses/life.ts'
import { outboxTests } from './clauses/outbox.ts'
import { readTests } from './clauses/reads.ts'
import { sequencerTests } from './clauses/sequencer.ts'
import { valueTests } from './clauses/values.ts'
import { seenTests } from './clauses/seen.ts'
import { writeTests } from './clauses/writes.ts'
import type { DataStoreOptions, DataStoreTest, DocumentStoreOptions, DocumentStoreTest, Runner } from './store-under-test.ts'

/** Every test of the DataStore suite, for a caller who runs them in another way than by a test runner. */
export const dataStoreTests: readonly DataStoreTest[] = [...lifeTests, ...writeTests, ...seenTests, ...entryTests, ...readTests, ...valueTests, ...sequencerTests, ...outboxTests]

/** Every test of the DocumentStore suite. */
export const documentStoreTests: readonly DocumentStoreTest[] = [...documentTests, ...documentStreamTests]

/**
 * Declares the suite with the runner's `describe` and `it`: one test for each promise of the port, each on a store of its own. It
 * knows no store by name and skips nothing.
 */
export function dataStoreConformance(runner: Runner, options: DataStoreOptions): void {
  declare(runner, `DataStore port v1: ${options.name ?? 'store'}`, dataStoreTests, options)
}

export function documentStoreConformance(runner: Runner, options: DocumentStoreOptions): void {
  declare(runner, `DocumentStore port v1: ${options.name ?? 'store'}`, documentStoreTests, options)
}

interface Disposable { dispose(): Promise<void> }

function declare<Subject extends Disposable, Options extends { create(): Promise<Subject> }>(
  runner: Runner,
  name: string,
  tests: readonly { readonly title: string; run(subject: Subject, options: Options): Promise<void> }[],
  options: Options,
): void {
  runner.describe(name, () => {
    for (const test of tests) {
      runner.it(test.title, async () => {
        const subject = await options.create()
        try {
          await test.run(subject, options)
        } finally {
          await subject.dispose()
        }
      })
    }
  })
}
