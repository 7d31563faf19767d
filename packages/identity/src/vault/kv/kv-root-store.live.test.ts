import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomUUID } from 'node:crypto'
import { describe } from 'vitest'
import { keyVaultConformance } from '../__fixtures__/key-vault-conformance.ts'
import { createFileVault } from '../file/create-file-vault.ts'
import { createKvRootStore } from './kv-root-store.ts'

/** A real server with a KV version 2 engine: `bao server -dev` or `vault server -dev`, its address and a token that may write there. */
const { VAULT_ADDR: address, VAULT_TOKEN: token } = process.env

describe.skipIf(address === undefined || token === undefined)('against a real server', () => {
  keyVaultConformance('a file vault whose root lies in a KV engine', () =>
    createFileVault({ custodian: 'org-1', directory: mkdtempSync(join(tmpdir(), 'careledger-kv-')), root: createKvRootStore({ address: address ?? '', token: async () => token ?? '', custodian: 'org-1', folder: `careledger-test/${randomUUID()}` }) }))
})
