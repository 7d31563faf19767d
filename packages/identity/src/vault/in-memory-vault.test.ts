import { keyVaultConformance } from './__fixtures__/key-vault-conformance.ts'
import { createInMemoryVault } from './in-memory-vault.ts'

keyVaultConformance('the in-memory key vault', async () => createInMemoryVault({ custodian: 'org-1' }))
