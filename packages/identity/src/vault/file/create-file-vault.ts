import { join, resolve } from 'node:path'
import type { KeyVault } from '../key-vault.ts'
import { VaultError } from '../vault-error.ts'
import { lockDirectory } from './directory-lock.ts'
import { createVaultTurn, tryFileLock } from './file-lock.ts'
import { fileVault, type FileVault } from './file-vault.ts'
import type { RootStore } from './root-file.ts'
import { openVaultDirectory, type VaultPlace } from './vault-directory.ts'
import { nodeVaultFiles } from './vault-files.ts'

export interface FileVaultSettings {
  /** Organisation id; a vault made for one custodian does not open for another. */
  readonly custodian: string
  /** Made with mode 0700 if missing; holds the journal of patient keys and the sealed shard keys. May be in a data backup. */
  readonly directory: string
  /** The file of root R, mode 0600. Keep it out of every backup of data: whoever has both opens everything, whoever has one, nothing. */
  readonly rootFile?: string | undefined
  /** Keeps root R instead of a file: `createKvRootStore`, for example. One of the two is needed. */
  readonly root?: RootStore | undefined
  /**
   * Several processes have the vault open at the same time. Each change is made by one at a time, under the operating system's lock of a file;
   * before each call a process looks whether another has written, and reads on. All must see one file system that tells a file's size at
   * once: one machine, or a mount without attribute caching. Default: this process alone.
   */
  readonly shared?: boolean | undefined
  /** Patients whose unwrapped keys are kept in memory; default 10,000. */
  readonly cacheSize?: number | undefined
}

/**
 * Opens the key vault of one custodian in files, and makes it if it is not there. One process at a time, or several that all say `shared`;
 * a lock left by a process that ended is taken over. Start reads the journal once, about 120 bytes a patient.
 *
 * On a file system that overwrites in place, a destroyed root is overwritten on disk; on one that copies on write, or on flash, old
 * blocks may live on until they are reused: put the root file in a key store (HSM, KMS) where that matters.
 * Errors: VAULT_LOCKED, VAULT_CORRUPT, VAULT_ROOT_MISSING, VAULT_ROOT_MISMATCH; the disk's own errors. Source: docs/entry-format.md.
 */
export async function createFileVault(settings: FileVaultSettings): Promise<KeyVault> {
  const directory = resolve(settings.directory)
  if (settings.root === undefined && settings.rootFile === undefined) throw new TypeError('A vault needs a place for its root.')
  const place = { files: nodeVaultFiles, custodian: settings.custodian, directory, rootFile: resolve(settings.rootFile ?? ''), root: settings.root }
  await place.files.makeDirectory(directory)
  const cacheSize = settings.cacheSize ?? 10_000
  return settings.shared === true ? openShared(place, cacheSize) : openAlone(place, cacheSize)
}

/** The files of locks: `shared.lock` says how the vault is open, `turn.lock` whose turn it is. No backup holds them. */
const openLock = (directory: string): string => join(directory, 'shared.lock')
const turnLock = (directory: string): string => join(directory, 'turn.lock')

async function openAlone(place: VaultPlace, cacheSize: number): Promise<KeyVault> {
  const { directory } = place
  let opened: FileVault | undefined
  const lock = await lockDirectory(directory, () => opened?.stop(new VaultError('VAULT_LOCKED', 'Another process has taken over the key vault.', { details: { directory } })))
  const alone = tryFileLock(openLock(directory), 'exclusive')
  const release = async (): Promise<void> => {
    alone?.release()
    await lock.release()
  }
  try {
    if (alone === undefined) throw new VaultError('VAULT_LOCKED', `The key vault in ${directory} is shared by other processes. Stop them first.`, { details: { directory } })
    opened = fileVault(place, await openVaultDirectory(place), { cacheSize, release })
    return opened.vault
  } catch (error) {
    await release()
    throw error
  }
}

async function openShared(place: VaultPlace, cacheSize: number): Promise<KeyVault> {
  const { directory } = place
  const lock = tryFileLock(openLock(directory), 'shared')
  if (lock === undefined) throw new VaultError('VAULT_LOCKED', `The key vault in ${directory} is held by one process alone. Stop it first.`, { details: { directory } })
  let opened: FileVault | undefined
  const turn = createVaultTurn(turnLock(directory), async () => opened?.readOn())
  const release = async (): Promise<void> => lock.release()
  try {
    await turn.run(async () => {
      opened = fileVault(place, await openVaultDirectory(place), { cacheSize, release, turn })
    })
    return (opened as unknown as FileVault).vault
  } catch (error) {
    await turn.close()
    await release()
    throw error
  }
}
