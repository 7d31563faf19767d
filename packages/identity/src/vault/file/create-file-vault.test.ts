import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { keyVaultConformance } from '../__fixtures__/key-vault-conformance.ts'
import { createFileVault } from './create-file-vault.ts'

const place = mkdtempSync(join(tmpdir(), 'careledger-vault-'))
let count = 0
afterAll(() => rmSync(place, { recursive: true }))

for (const shared of [false, true]) {
  keyVaultConformance(shared ? 'the file key vault, shared' : 'the file key vault', () => {
    count += 1
    return createFileVault({ custodian: 'org-1', directory: join(place, `vault-${count}`), rootFile: join(place, `roots-${count}`, 'root'), shared })
  })
}
