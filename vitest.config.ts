import { defineConfig } from 'vitest/config'

const conditions = ['@careledger/source']

export default defineConfig({
  resolve: { conditions: [...conditions, 'module', 'node', 'development|production'] },
  ssr: { resolve: { conditions, externalConditions: [...conditions, 'node', 'import'] } },
  test: {
    include: ['{packages,apps,bench,tools}/**/*.test.{ts,tsx}'],
    globalSetup: ['tools/test-run.ts'],
    setupFiles: ['tools/canary/setup.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    execArgv: ['--conditions=@careledger/source'],
    maxWorkers: 3,
    testTimeout: 120_000,
    hookTimeout: 180_000,
  },
})
