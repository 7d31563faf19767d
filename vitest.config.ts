import { defineConfig } from 'vitest/config'
import { LongestFirst } from './tools/longest-first.ts'

const conditions = ['@careledger/source']

/**
 * Files of these share a worker, which saves starting one and importing everything anew for each: those that drive the app from outside, in one
 * browser, and those of what runs in memory. Whatever starts nodes or databases, measures memory or load, or ends its own process has one for itself;
 * so has Fabric's, whose message classes stand in one global place in two versions.
 */
const driving = ['apps/reference/src/{e2e,bad-input}/**/*.test.ts', 'apps/cli/src/**/*.test.ts']
const shared = [
  'packages/{proof,identity,evidence,client,ui,logic,api}/**/*.test.{ts,tsx}', 'packages/data/{spec,kit,conformance,in-memory}/**/*.test.ts',
  'packages/ledger-adapters/{spec,kit,conformance,multichain,hydrachain}/**/*.test.ts', 'packages/ledger-adapters/{ethereum,in-memory}/src/*.live.test.ts',
]
const apart = [
  'packages/logic/src/maintenance/audit/audit.postgres.test.ts', 'packages/api/src/{overload,http/{attachments,limits,malformed-http}}.test.ts',
  'packages/ledger-adapters/{multichain,hydrachain}/src/*.conformance.test.ts',
]
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
      { extends: true, test: { name: 'alone', include: ['{packages,apps,bench,tools}/**/*.test.{ts,tsx}'], exclude: [...never, ...driving, ...shared] } },
      { extends: true, test: { name: 'driving', include: driving, exclude: never, isolate: false, setupFiles: ['tools/forget-last-id.ts'] } },
      { extends: true, test: { name: 'apart', include: apart, exclude: never } },
      { extends: true, test: { name: 'shared', include: shared, exclude: [...never, ...apart], isolate: false, setupFiles: ['tools/forget-last-id.ts'] } },
    ],
  },
})
