import { appendTests } from './clauses/append.ts'
import { describeTests } from './clauses/describe.ts'
import { finalityTests } from './clauses/finality.ts'
import { inputTests } from './clauses/input.ts'
import { lifeTests } from './clauses/life.ts'
import { listTests } from './clauses/list.ts'
import { partTests } from './clauses/parts.ts'
import { raceTests } from './clauses/races.ts'
import { recordTests } from './clauses/records.ts'
import { watchTests } from './clauses/watch.ts'
import type { ConformanceOptions, ConformanceTest, Runner } from './ledger-under-test.ts'
import { traitTests } from './traits.ts'

/** Every test of the suite, for a caller who runs them in another way than by a test runner. */
export const conformanceTests: readonly ConformanceTest[] = [
  ...describeTests,
  ...recordTests,
  ...appendTests,
  ...raceTests,
  ...inputTests,
  ...listTests,
  ...watchTests,
  ...finalityTests,
  ...lifeTests,
  ...traitTests,
  ...partTests,
]

/**
 * Declares the suite with the runner's `describe` and `it`: one test for each promise of the port, each on a ledger of its own. It
 * knows no adapter by name and skips nothing: what a ledger does not declare is asserted to be absent.
 */
export function ledgerConformance(runner: Runner, options: ConformanceOptions): void {
  runner.describe(`Ledger port v1: ${options.name ?? 'ledger'}`, () => {
    for (const test of conformanceTests) runner.it(test.title, () => runConformanceTest(test, options))
  })
}

async function runConformanceTest(test: ConformanceTest, options: ConformanceOptions): Promise<void> {
  const subject = await options.create()
  try {
    await test.run(subject, options)
  } finally {
    await subject.dispose()
  }
}
