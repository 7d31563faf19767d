import { defineConfig } from 'vitest/config'
import { LongestFirst } from './tools/longest-first.ts'

const conditions = ['@careledger/source']

/**
 * Files of these share a worker, which saves starting one and importing everything anew for each. Not those of logic and api: ids are in
 * order for a whole process, so a test that works in the future would make the ids of the next one's decisions late. Whatever drives the
 * app, starts nodes or databases, or ends its own process has one for itself.
 */
const shared = ['packages/{proof,identity,evidence,client,ui}/**/*.test.{ts,tsx}', 'packages/data/{spec,kit,conformance,in-memory}/**/*.test.ts', 'packages/ledger-adapters/{spec,kit,conformance}/**/*.test.ts']
const never = ['**/node_modules/**', '**/dist/**']

export default defineConfig({
  resolve: { conditions: [...conditions, 'module', 'node', 'development|production'] },
  ssr: { resolve: { conditions, externalConditions: [...conditions, 'node', 'import'] } },
  test: {
    globalSetup: ['tools/test-run.ts'],
    setupFiles: ['tools/canary/setup.ts'],
    execArgv: ['--conditions=@careledger/source'],
    maxWorkers: 3,
    testTimeout: 120_000,
    hookTimeout: 180_000,
    sequence: { sequencer: LongestFirst },
    projects: [
      { extends: true, test: { name: 'alone', include: ['{packages,apps,bench,tools}/**/*.test.{ts,tsx}'], exclude: [...never, ...shared] } },
      { extends: true, test: { name: 'shared', include: shared, exclude: never, isolate: false } },
    ],
  },
})
