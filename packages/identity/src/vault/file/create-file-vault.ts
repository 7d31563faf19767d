import { resolve } from 'node:path'
import type { KeyVault } from '../key-vault.ts'
import { VaultError } from '../vault-error.ts'
import { lockDirectory } from './directory-lock.ts'
import { fileVault, type FileVault } from './file-vault.ts'
import { openVaultDirectory } from './vault-directory.ts'
import { nodeVaultFiles } from './vault-files.ts'

export interface FileVaultSettings {
  /** Organisation id; a vault made for one custodian does not open for another. */
  readonly custodian: string
  /** Made with mode 0700 if missing; holds the journal of patient keys and the sealed shard keys. May be in a data backup. */
  readonly directory: string
  /** The file of root R, mode 0600. Keep it out of every backup of data: whoever has both opens everything, whoever has one, nothing. */
  readonly rootFile: string
  /** Patients whose unwrapped keys are kept in memory; default 10,000. */
  readonly cacheSize?: number | undefined
}

/**
 * Opens the key vault of one custodian in files, and makes it if it is not there. One process at a time; a lock left by a process that
 * ended is taken over. Start reads the journal once, about 120 bytes a patient.
 *
 * On a file system that overwrites in place, a destroyed root is overwritten on disk; on one that copies on write, or on flash, old
 * blocks may live on until they are reused: put the root file in a key store (HSM, KMS) where that matters.
 * Errors: VAULT_LOCKED, VAULT_CORRUPT, VAULT_ROOT_MISSING, VAULT_ROOT_MISMATCH; the disk's own errors. Source: docs/entry-format.md.
 */
export async function createFileVault(settings: FileVaultSettings): Promise<KeyVault> {
  const directory = resolve(settings.directory)
  const place = { files: nodeVaultFiles, custodian: settings.custodian, directory, rootFile: resolve(settings.rootFile) }
  await place.files.makeDirectory(directory)
  let opened: FileVault | undefined
  const lock = await lockDirectory(directory, () => opened?.stop(new VaultError('VAULT_LOCKED', 'Another process has taken over the key vault.', { details: { directory } })))
  try {
    opened = fileVault(place, await openVaultDirectory(place), { cacheSize: settings.cacheSize ?? 10_000, release: () => lock.release() })
    return opened.vault
  } catch (error) {
    await lock.release()
    throw error
  }
}
