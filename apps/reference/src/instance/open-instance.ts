import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createFileDocuments } from '@careledger/documents-file'
import { createAuthentication, createFileSigningKeys, createFileVault, type Authentication, type KeyVault } from '@careledger/identity'
import { createKeyDirectory, createParts, createReplayStore, hospitalNetwork, identityNetwork, readTrust, type Parts } from '@careledger/logic'
import { readLedgersFile } from '../ledgers/ledgers-file.ts'
import { openLedgers } from '../ledgers/open-ledgers.ts'
import { lockDirectory } from '../lock-directory.ts'
import { SettingsError, type Settings } from '../settings.ts'
import { genesis, systemAuthor } from './genesis.ts'
import { openStore } from './open-store.ts'
import { readInstanceFile, writeInstanceFile, type InstanceFile } from './instance-file.ts'
import { version } from '../version.ts'

/** One instance, opened by this process alone: its parts, and what checks callers. */
export interface Instance {
  readonly file: InstanceFile
  readonly parts: Parts
  readonly authentication: Authentication
  /** What a verifier pins; also left in the data directory as trust.json. */
  readonly trust: Awaited<ReturnType<typeof readTrust>> & { readonly demo: boolean; readonly version: string }
  /** Platform root's signer, for enrolling organisations. */
  readonly rootSigner: Awaited<ReturnType<typeof createFileSigningKeys>>['root']
  /** Closes everything in the right order. Idempotent. */
  close(): Promise<void>
}

export interface OpenOptions {
  /** Public address, for tokens. */
  readonly address: string
  /** What to make when the directory holds no instance yet. Absent: an empty directory is refused. */
  readonly create?: Omit<InstanceFile, 'v' | 'origin'> | undefined
}

/**
 * Opens the instance in the data directory, and makes it first when it is not there and `create` says what to make. The one place, with
 * the app beside it, that names concrete stores and ledgers. Errors: DirectoryInUseError, SettingsError, and those of the parts.
 */
export async function openInstance(settings: Settings, options: OpenOptions): Promise<Instance> {
  const directory = settings.dataDirectory
  const closers: (() => Promise<void> | void)[] = []
  const close = async () => {
    for (const closer of closers.splice(0).reverse()) await closer()
  }
  closers.push(lockDirectory(directory))
  try {
    const there = readInstanceFile(directory)
    if (there !== undefined && !existsSync(join(directory, 'keys'))) {
      throw new SettingsError(`${join(directory, 'keys')} is missing. New keys would begin another log: put the instance's own there.`)
    }
    const networks = [identityNetwork, hospitalNetwork]
    const configured = readLedgersFile(settings, networks.map(({ name }) => name))
    const file = there ?? makeInstanceFile(settings, options)
    const [keys, store, targets, vaults] = await Promise.all([
      createFileSigningKeys(join(directory, 'keys')),
      openStore(settings).then((opened) => (closers.push(() => opened.close()), opened)),
      openLedgers(configured).then((opened) => (closers.push(...opened.map(({ ledger }) => () => ledger.close())), opened)),
      openVaults(settings, file.custodians, closers),
    ])
    const documents = await createFileDocuments({ directory: join(directory, 'documents') })
    closers.push(() => documents.close())
    const parts = createParts({
      store, documents, vaults, targets, networks,
      routes: new Map(Object.entries(configured.networks).map(([network, legs]) => [network, legs.map(({ ledger, way }) => ({ target: ledger, way }))])),
      log: { origin: file.origin, signer: keys.log },
      cosigner: { name: `${file.origin}/witness`, signer: keys.cosigner },
      system: { signer: keys.system, author: systemAuthor(file, keys), custodian: file.platform.party },
      instance: { demo: file.demo, version },
    })
    await genesis(parts, file, keys)
    const trust = { ...(await readTrust(parts)), demo: file.demo, version }
    writeFileSync(join(directory, 'trust.json'), `${JSON.stringify(trust, null, 2)}\n`)
    const authentication = createAuthentication({
      origin: options.address, directory: createKeyDirectory(store), replay: createReplayStore(store),
      tokenSigner: keys.token, challengeSecret: keys.challengeSecret,
    })
    return { file, parts, authentication, trust, rootSigner: keys.root, close }
  } catch (error) {
    await close()
    throw error
  }
}

function makeInstanceFile(settings: Settings, { create }: OpenOptions): InstanceFile {
  if (create === undefined) throw new NoInstanceError(settings.dataDirectory)
  const file = { v: 1 as const, origin: settings.origin, ...create }
  mkdirSync(settings.dataDirectory, { recursive: true, mode: 0o700 })
  writeInstanceFile(settings.dataDirectory, file)
  return file
}

/** The data directory holds no instance. */
export class NoInstanceError extends Error {
  override readonly name = 'NoInstanceError'
  constructor(directory: string) {
    super(`There is no instance in ${directory}. Make one with \`careledger init\`, or name another directory with --data.`)
  }
}

async function openVaults(settings: Settings, custodians: readonly string[], closers: (() => Promise<void> | void)[]): Promise<ReadonlyMap<string, KeyVault>> {
  const vaults = new Map<string, KeyVault>()
  for (const custodian of custodians) {
    const vault = await createFileVault({ custodian, directory: join(settings.dataDirectory, 'vaults', custodian), rootFile: join(settings.vaultRootDirectory, `${custodian}.root`) })
    closers.push(() => vault.close())
    vaults.set(custodian, vault)
  }
  return vaults
}
