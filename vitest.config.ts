import { defineConfig } from 'vitest/config'
import { LongestFirst } from './tools/longest-first.ts'

const conditions = ['@careledger/source']

/** What drives the app, starts nodes or databases, or measures or ends its own process has a process for each file. The other files share. */
const alone = [
  '{apps,bench,tools}/**/*.test.{ts,tsx}',
  'packages/ledger-adapters/{ethereum,fabric,fabric-chaincode,fabric-test-peer,hydrachain,in-memory,multichain}/**/*.test.ts',
  'packages/data/{prisma,documents-file,documents-s3}/**/*.test.ts',
  'packages/api/src/http/{attachments,load-shed,malformed-http}.test.ts',
  'packages/identity/src/vault/file/file-vault.process.test.ts',
  'packages/**/*.postgres.test.ts',
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
      { extends: true, test: { name: 'alone', include: alone, exclude: never } },
      { extends: true, test: { name: 'shared', include: ['packages/**/*.test.{ts,tsx}'], exclude: [...never, ...alone], isolate: false } },
    ],
  },
})
