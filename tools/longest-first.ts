import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** What takes longest and waits most begins first, so that no worker is left alone with it at the end. The first that matches counts. */
const longest = [
  /five-ledgers/, /e2e\/screens/, /tools\/packages/, /fabric\.conformance/, /apps\/cli\/src\/(cli|moving|two-instances)/, /e2e\//, /(ethereum|hydrachain|multichain)\.conformance/,
  /apps\//, /crash|faults|move/, /tools\/|data\/prisma|ledger-adapters/,
]

/**
 * Vitest's own order goes by the last run's times, which a fresh clone does not have, and then by sizes, which say little here. What shares
 * workers comes last and together: a shared worker ends when the next file in the queue is not for it.
 */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId, project }: TestSpecification): number => {
      const found = longest.findIndex((pattern) => pattern.test(moduleId))
      return (project.config.isolate ? 0 : longest.length + 1) + (found === -1 ? longest.length : found)
    }
    return (await super.sort(files)).sort((left, right) => place(left) - place(right))
  }
}
