import { randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Tracer } from '@opentelemetry/api'
import type { Upgrade } from '@careledger/data-prisma'
import { createAuthentication, createFetchDocument, createFileSigningKeys, createFileVault, createPublishedKeys, isLogKeyPending, readFormerLogKeys, type Authentication, type AuthenticationOptions, type KeyVault, type SigningKeys } from '@careledger/identity'
import { createKeyDirectory, createParts, createPublishedBySystems, createReplayStore, keyOfAccount, hospitalNetwork, identityNetwork, isLogicError, PROJECTIONS_FORM, readProjectionsForm, readTrust, settleProjectionsForm, type Parts } from '@careledger/logic'
import { openAccountProvider } from '../identity-setting.ts'
import { readLedgersFile, type LedgersFile } from '../ledgers/ledgers-file.ts'
import { openLedgers } from '../ledgers/open-ledgers.ts'
import { lockDirectory } from '../lock-directory.ts'
import { SettingsError, type Settings } from '../settings.ts'
import { traceLedger, traceStore } from '../tracing/trace-ports.ts'
import { readChartFile } from './chart-file.ts'
import { createCodeLists } from './code-lists.ts'
import { genesis, systemAuthor } from './genesis.ts'
import { openDocuments } from './open-documents.ts'
import { openStore } from './open-store.ts'
import { inTurn } from './start-turn.ts'
import { openWitnesses } from './open-witnesses.ts'
import { readInstanceFile, writeInstanceFile, type InstanceFile } from './instance-file.ts'
import { version } from '../version.ts'

/** One instance, opened by this process, alone or shared: its parts, and what checks callers. */
export interface Instance {
  readonly file: InstanceFile
  /** Random id of the data directory: processes of one database must all work on the same one. */
  readonly directoryId: string
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
  /** Makes spans of what store and ledgers do; absent: they are used as they are. */
  readonly tracer?: Tracer | undefined
  /** Told before a store of an older version is migrated. */
  readonly onUpgrade?: ((upgrade: Upgrade) => void) | undefined
  /** Told before projections that an older version made are made anew. */
  readonly onRebuild?: (() => void) | undefined
  /** The one that finishes a change of the log's key; everybody else is refused while one is under way. */
  readonly changesLogKey?: boolean | undefined
  /** Other processes may have the directory open as well, all of them shared; only with PostgreSQL. Default: this process alone. */
  readonly shared?: boolean | undefined
}

/**
 * Opens the instance in the data directory, and makes it first when it is not there and `create` says what to make. The one place, with
 * the app beside it, that names concrete stores and ledgers. Errors: DirectoryInUseError, SettingsError, and those of the parts.
 */
export async function openInstance(settings: Settings, options: OpenOptions): Promise<Instance> {
  const directory = settings.dataDirectory
  const shared = options.shared === true
  if (shared && settings.databaseUrl === undefined) throw new SettingsError('Several processes need a PostgreSQL: set DATABASE_URL. The embedded database belongs to one process.')
  const open = (): Promise<Instance> => withLock(directory, shared, async (closers, close) => {
    const there = readInstance(directory)
    if (options.changesLogKey !== true && isLogKeyPending(join(directory, 'keys'))) throw new SettingsError('A change of the log\'s key was begun and not finished. Finish it: careledger log-key change')
    const directoryId = readDirectoryId(directory)
    const configured = readLedgersFile(settings, networkNames)
    const file = there ?? makeInstanceFile(settings, options)
    const [keys, store, targets, vaults] = await Promise.all([
      createFileSigningKeys(join(directory, 'keys')),
      openStore(settings, { onUpgrade: options.onUpgrade }).then((opened) => (closers.push(() => opened.close()), opened)),
      openTargets(configured, closers, { shared, descriptions: join(directory, 'ledger-descriptions') }),
      openVaults(settings, file.custodians, closers, { shared }),
    ])
    const { tracer } = options
    const traced = tracer === undefined ? { store, targets } : { store: traceStore(store, tracer), targets: targets.map((target) => traceLedger(target, tracer)) }
    const parts = await joinParts({ settings, file, keys, ...traced, configured, vaults, closers })
    await settleForm(parts, options.onRebuild)
    await genesis(parts, file, keys)
    const trust = { ...(await readTrust(parts)), demo: file.demo, version }
    writeTrust(directory, trust)
    const authentication = createAuthentication({
      // A token of one process holds at every other; a system may name the address it asked.
      origin: settings.publicUrl ?? (shared ? `https://${file.origin}` : options.address), assertionAudiences: [options.address, `${options.address}/oauth/token`],
      directory: createKeyDirectory(store), replay: createReplayStore(store),
      tokenSigner: keys.token, challengeSecret: keys.challengeSecret, ...signInSettings(settings, parts),
    })
    return { file, directoryId, parts, authentication, trust, rootSigner: keys.root, close }
  })
  return shared ? inTurn(directory, 'start', open) : open()
}

/** How callers may sign in beside an enrolled key, and for how long. Errors: SettingsError. */
function signInSettings({ identity }: Settings, parts: Parts): Pick<AuthenticationOptions, 'tokenLifetimeMs' | 'sessionMaxMs' | 'nonceInEveryProof' | 'published' | 'accounts'> {
  const { privateHosts, provider, tokenLifetimeMs, sessionMaxMs, nonceInEveryProof } = identity
  return {
    tokenLifetimeMs, sessionMaxMs, nonceInEveryProof,
    published: createPublishedBySystems(parts, createPublishedKeys({ fetchDocument: createFetchDocument({ privateHosts }) })),
    ...(provider === undefined ? {} : { accounts: { provider: openAccountProvider(provider), keyOf: (account: string) => keyOfAccount(parts, account) } }),
  }
}

/** An instance opened to be looked at: what is damaged is told instead of refused, and nothing is written. */
export interface InspectedInstance extends Pick<Instance, 'parts' | 'close'> {
  /** Vaults that do not open, by custodian, with the reason. */
  readonly shutVaults: ReadonlyMap<string, string>
}

/**
 * Opens an instance for `audit`: a damaged ledger journal is read as far as it can be, a vault that does not open is named, and no entry,
 * ledger record or file is written (a vault's journal drops a write that a crash left half done, as it does at every start). Errors:
 * NoInstanceError, DirectoryInUseError, SettingsError, and those of store and documents. `secretsDirectory`: where relative paths of real ledgers'
 * keys start; default: at the file of ledgers.
 */
export async function inspectInstance(settings: Settings, { secretsDirectory }: { readonly secretsDirectory?: string | undefined } = {}): Promise<InspectedInstance> {
  const directory = settings.dataDirectory
  return withLock(directory, false, async (closers, close) => {
    const file = readInstance(directory)
    if (file === undefined) throw new NoInstanceError(directory)
    const configured = readLedgersFile(settings, networkNames)
    const shutVaults = new Map<string, string>()
    const [keys, store, targets, vaults] = await Promise.all([
      createFileSigningKeys(join(directory, 'keys')),
      openStore(settings, { upgrade: 'refuse' }).then((opened) => (closers.push(() => opened.close()), opened)),
      openTargets(configured, closers, { inspect: true, secretsDirectory }),
      openVaults(settings, file.custodians, closers, {
        onProblem(custodian, error) {
          if (error.name !== 'VaultError' || error.code === 'VAULT_LOCKED') throw error
          shutVaults.set(custodian, `${error.message} (${error.code ?? ''}${error.details?.['file'] === undefined ? '' : `, ${String(error.details['file'])}`})`)
        },
      }),
    ])
    const parts = await joinParts({ settings, file, keys, store, configured, targets, vaults, closers })
    const form = await readProjectionsForm(parts)
    if (form !== undefined && form !== PROJECTIONS_FORM) throw new OtherFormError(form)
    return { parts, shutVaults, close }
  })
}

const networks = [identityNetwork, hospitalNetwork]
const networkNames = networks.map(({ name }) => name)

/** What is stored was made by another version, and is not looked at before it has this one's form. */
export class OtherFormError extends SettingsError {
  readonly form: number
  constructor(form: number) {
    super(form < PROJECTIONS_FORM ? 'What screens query has the form of an older version. Bring it up to this one: careledger upgrade.' : 'What screens query was made by a newer version of CareLedger. Use that version or a later one.')
    this.form = form
  }
}

/** Errors: SettingsError with what to do. */
async function settleForm(parts: Parts, onRebuild: (() => void) | undefined): Promise<void> {
  await settleProjectionsForm(parts, { onRebuild }).catch((error: unknown) => {
    if (isLogicError(error, 'STALE') && error.details['form'] !== undefined) throw new SettingsError(error.message, { cause: error })
    throw error
  })
}

type Closers = (() => Promise<void> | void)[]

/** Runs `body` with the directory locked; what it has opened is closed when it fails. */
async function withLock<T>(directory: string, shared: boolean, body: (closers: Closers, close: () => Promise<void>) => Promise<T>): Promise<T> {
  const closers: Closers = []
  const close = async () => {
    for (const closer of closers.splice(0).reverse()) await closer()
  }
  closers.push(lockDirectory(directory, { shared }))
  try {
    return await body(closers, close)
  } catch (error) {
    await close()
    throw error
  }
}

function readInstance(directory: string): InstanceFile | undefined {
  const file = readInstanceFile(directory)
  if (file !== undefined && !existsSync(join(directory, 'keys'))) {
    throw new SettingsError(`${join(directory, 'keys')} is missing. New keys would begin another log: put the instance's own there.`)
  }
  return file
}

async function joinParts({ settings, file, keys, store, configured, targets, vaults, closers }: {
  readonly settings: Settings
  readonly file: InstanceFile
  readonly keys: SigningKeys
  readonly store: Parts['store']
  readonly configured: LedgersFile
  readonly targets: Parts['targets']
  readonly vaults: ReadonlyMap<string, KeyVault>
  readonly closers: Closers
}): Promise<Parts> {
  const documents = await openDocuments(settings)
  closers.push(() => documents.close())
  const { witnesses, ...asked } = openWitnesses(settings.dataDirectory)
  return createParts({
    store, documents, vaults, targets,
    log: { origin: file.origin, signer: keys.log, former: readFormerLogKeys(join(settings.dataDirectory, 'keys')) },
    cosigner: { name: `${file.origin}/witness`, signer: keys.cosigner },
    system: { signer: keys.system, author: systemAuthor(file, keys), custodian: file.platform.party },
    networks,
    routes: new Map(Object.entries(configured.networks).map(([network, legs]) => [network, legs.map(({ ledger, way }) => ({ target: ledger, way }))])),
    witnesses,
    openedBytesMax: settings.openedBytesMax,
    instance: { demo: file.demo, version, chartSections: readChartFile(settings.dataDirectory), codeLists: createCodeLists(settings.dataDirectory), ...asked },
  })
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

async function openTargets(configured: LedgersFile, closers: Closers, options: Parameters<typeof openLedgers>[1] = {}): Promise<Parts['targets']> {
  const targets = await openLedgers(configured, options)
  closers.push(...targets.map(({ ledger }) => () => ledger.close()))
  return targets
}

/** Stands in no backup: a restored directory is another one. */
function readDirectoryId(directory: string): string {
  const path = join(directory, 'directory-id')
  if (!existsSync(path)) {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    writeFileSync(`${path}.new`, `${randomUUID()}\n`, { mode: 0o600, flush: true })
    renameSync(`${path}.new`, path)
  }
  return readFileSync(path, 'utf8').trim()
}

function writeTrust(directory: string, trust: Instance['trust']): void {
  const path = join(directory, 'trust.json')
  writeFileSync(`${path}.new`, `${JSON.stringify(trust, null, 2)}\n`)
  renameSync(`${path}.new`, path)
}

interface VaultProblem extends Error { readonly code?: string; readonly details?: Readonly<Record<string, unknown>> }

/** `onProblem` is told of a vault that does not open, and throws to end it there. */
async function openVaults(settings: Settings, custodians: readonly string[], closers: Closers, { shared = false, onProblem = (_custodian, error) => { throw error } }: {
  readonly shared?: boolean
  readonly onProblem?: (custodian: string, error: VaultProblem) => void
} = {}): Promise<ReadonlyMap<string, KeyVault>> {
  const vaults = new Map<string, KeyVault>()
  for (const custodian of custodians) {
    try {
      const vault = await createFileVault({ custodian, directory: join(settings.dataDirectory, 'vaults', custodian), rootFile: join(settings.vaultRootDirectory, `${custodian}.root`), root: settings.rootStores?.(custodian), shared })
      closers.push(() => vault.close())
      vaults.set(custodian, vault)
    } catch (error) {
      onProblem(custodian, error as VaultProblem)
    }
  }
  return vaults
}
