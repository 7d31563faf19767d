import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream, existsSync, globSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { copyFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createFileDocuments } from '@careledger/documents-file'
import { z } from 'zod'
import { lockDirectory } from '../lock-directory.ts'
import { SettingsError, type Settings } from '../settings.ts'
import { version } from '../version.ts'
import type { Instance } from './open-instance.ts'
import { copyDocuments, documentsFolder, openDocuments } from './open-documents.ts'
import { openStore } from './open-store.ts'

/** What a backup consists of. Keys (`keys/`, the vaults' roots, demo keys) are never part of one. */
const copied = ['instance.json', 'ledgers.json', 'witnesses.json', 'documents/**/*', 'vaults/**/*', 'ledger/*'] as const
const left = /^documents\/drafts\/|(?:^|\/)(?:lock|[^/]*[.]lock(?:-journal)?|[.][^/]*)$/
const storeFile = 'store.backup'
const manifestFile = 'backup.json'

const files = z.array(z.strictObject({ path: z.string(), bytes: z.int(), sha256: z.string() }))
/** 1 did not say what it covers. A newer number is refused by name; a number is never given another meaning. */
const manifestShape = z.discriminatedUnion('v', [
  z.strictObject({ v: z.literal(1), at: z.iso.datetime(), files }),
  z.strictObject({
    v: z.literal(2),
    /** When the copy of the store began: what was acknowledged before is in it. */
    at: z.iso.datetime(),
    /** Of the CareLedger that made it. */
    version: z.string(),
    /** The log as it was then, at least. */
    log: z.strictObject({ origin: z.string(), size: z.int() }),
    files,
  }),
])
export type BackupManifest = z.output<typeof manifestShape>

type OnProgress = (done: number, total: number) => void

/** A backup whose copy of a vault may be of two generations is made anew at most so often. */
const attemptsMax = 3

/**
 * Copies the data of an instance into a new folder; the manifest is written last. The instance is this process's alone, or shared with
 * others that go on meanwhile: the store is copied first, as of one moment, and what comes after it holds that much and more. Errors:
 * SettingsError, also where another process writes an embedded ledger, whose copy must be of the store's moment.
 */
export async function backupInstance(instance: Instance, settings: Settings, folder: string, onProgress: OnProgress = () => {}): Promise<BackupManifest> {
  if (existsSync(folder) && readdirSync(folder).length > 0) throw new SettingsError(`${folder} is not empty. Name a new folder.`)
  for (const { name, mayAppend } of instance.parts.targets) {
    if (mayAppend !== undefined && !(await mayAppend())) throw new SettingsError(`A worker writes the embedded ledger ${name}, which is part of the backup. Stop the workers meanwhile; api processes may go on.`)
  }
  for (let attempt = 1; ; attempt++) {
    const before = await generationsOf(instance)
    const manifest = await copyInstance(instance, settings, folder, onProgress)
    if (before === (await generationsOf(instance))) {
      // Without it the folder is no backup, whatever else it holds.
      writeFileSync(join(folder, manifestFile), `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o600, flush: true })
      return manifest
    }
    rmSync(folder, { recursive: true, force: true })
    if (attempt === attemptsMax) throw new SettingsError('Patients were erased while the backup was made, each time. Make it when nobody is erased.')
  }
}

/** An erasure replaces a vault's root: a copy from before it does not open after it. */
async function generationsOf({ parts }: Instance): Promise<string> {
  const generations = await Promise.all([...parts.vaults.keys()].map(async (custodian) => `${custodian} ${(await parts.vaults.get(custodian)?.generation()) ?? ''}`))
  return generations.join('\n')
}

async function copyInstance(instance: Instance, settings: Settings, folder: string, onProgress: OnProgress): Promise<BackupManifest> {
  const { parts } = instance
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const at = parts.now().toISOString()
  const { size } = await parts.store.read((view) => view.treeState(parts.log.origin))
  await pipeline(Readable.from(parts.store.maintenance.backup()), createWriteStream(join(folder, storeFile), { mode: 0o600, flush: true }))
  const paths = globSync([...copied], { cwd: settings.dataDirectory }).filter((path) => !left.test(path) && statSync(join(settings.dataDirectory, path)).isFile()).sort()
  const total = paths.length + 1
  onProgress(1, total)
  const kept: string[] = []
  for (const [n, path] of paths.entries()) {
    mkdirSync(join(folder, dirname(path)), { recursive: true, mode: 0o700 })
    if (await copiedFile(join(settings.dataDirectory, path), join(folder, path))) kept.push(path)
    onProgress(n + 2, total)
  }
  const found: BackupManifest['files'] = []
  for (const path of [storeFile, ...kept, ...(await exportDocuments(instance, settings, folder))]) found.push({ path, ...(await digestOf(join(folder, path))) })
  return { v: 2, at, version, log: { origin: parts.log.origin, size }, files: found }
}

/** The folder itself if it is a backup, otherwise the newest backup directly below it. Errors: SettingsError where there is none. */
export function newestBackup(folder: string): string {
  if (existsSync(join(folder, manifestFile))) return folder
  const [newest] = backupsIn(folder)
  if (newest === undefined) throw new SettingsError(`${folder} is no backup and holds none.`)
  return newest
}

/** Removes all but the newest `keep` backups directly below `folder`; gives the paths of those removed. Folders that are no whole backup stay. */
export function removeOldBackups(folder: string, keep: number): readonly string[] {
  const old = backupsIn(folder).slice(keep)
  for (const path of old) rmSync(path, { recursive: true, force: true })
  return old
}

/** Newest first. */
function backupsIn(folder: string): readonly string[] {
  const items = existsSync(folder) ? readdirSync(folder, { withFileTypes: true }) : []
  return items.filter((item) => item.isDirectory() && existsSync(join(folder, item.name, manifestFile)))
    .map(({ name }) => ({ path: join(folder, name), at: readManifest(join(folder, name)).at }))
    .sort((a, b) => (a.at < b.at ? 1 : -1))
    .map(({ path }) => path)
}

/**
 * Fills a data directory that holds no instance from a backup whose every file is as its manifest says. Keys and the vaults' roots must be
 * in place already; vaults that are there are kept, since an old vault may hold what was erased since. Errors: SettingsError (nothing was
 * written), StoreError.
 */
export async function restoreInstance(settings: Settings, folder: string, onProgress: OnProgress = () => {}): Promise<BackupManifest> {
  const directory = settings.dataDirectory
  const manifest = readManifest(folder)
  const release = lockDirectory(directory)
  try {
    if (existsSync(join(directory, 'instance.json'))) throw new SettingsError(`${directory} holds an instance already. Restore into another directory.`)
    for (const needed of [join(directory, 'keys'), ...(settings.rootStores === undefined ? [settings.vaultRootDirectory] : [])]) {
      if (!existsSync(needed)) throw new SettingsError(`${needed} is missing. A backup holds no keys: put the instance's own there first.`)
    }
    await checkFiles(folder, manifest.files)
    const store = await openStore(settings)
    try {
      await store.maintenance.restore(createReadStream(join(folder, storeFile)))
    } finally {
      await store.close()
    }
    const paths = manifest.files.map(({ path }) => path).filter((path) => path !== storeFile && path !== 'instance.json' && (settings.documents === undefined || !path.startsWith(`${documentsFolder}/`)))
    if (settings.documents !== undefined) await importDocuments(settings, folder)
    const keptVaults = new Set(existsSync(join(directory, 'vaults')) ? readdirSync(join(directory, 'vaults')) : [])
    for (const [n, path] of [...paths, 'instance.json'].entries()) {
      if (!keptVaults.has(path.split('/')[1] ?? '') || !path.startsWith('vaults/')) {
        mkdirSync(join(directory, dirname(path)), { recursive: true, mode: 0o700 })
        await copyFile(join(folder, path), join(directory, path))
      }
      onProgress(n + 1, paths.length + 1)
    }
    return manifest
  } finally {
    release()
  }
}

/**
 * Puts the vault of one custodian back where it is missing, from a backup whose files of it are as its manifest says. Patients registered
 * after the backup have no keys in it. Errors: SettingsError; nothing was written.
 */
export async function restoreVault(settings: Settings, folder: string, custodian: string): Promise<void> {
  const directory = settings.dataDirectory
  const prefix = `vaults/${custodian}/`
  const files = readManifest(folder).files.filter(({ path }) => path.startsWith(prefix))
  if (files.length === 0) throw new SettingsError(`The backup holds no vault of ${custodian}.`)
  const release = lockDirectory(directory)
  try {
    if (existsSync(join(directory, prefix, 'journal'))) throw new SettingsError(`${join(directory, prefix)} is there. Move it away first, and keep it: an old vault in its place may lack keys of newer patients.`)
    await checkFiles(folder, files)
    for (const { path } of files) {
      mkdirSync(join(directory, dirname(path)), { recursive: true, mode: 0o700 })
      await copyFile(join(folder, path), join(directory, path))
    }
  } finally {
    release()
  }
}

async function checkFiles(folder: string, files: BackupManifest['files']): Promise<void> {
  for (const { path, bytes, sha256 } of files) {
    const found = existsSync(join(folder, path)) ? await digestOf(join(folder, path)) : undefined
    if (found?.sha256 !== sha256 || found.bytes !== bytes) throw new SettingsError(`${path} in the backup is missing or altered. Nothing was restored.`)
  }
}

/** False: the file is gone. That is a document of an upload that was refused since: no entry of the store's copy names it. */
async function copiedFile(from: string, to: string): Promise<boolean> {
  return copyFile(from, to).then(() => true, (error: unknown) => {
    if ((error as { code?: unknown }).code === 'ENOENT' && from.includes(`/${documentsFolder}/`)) return false
    throw error
  })
}

/** Documents on S3 stand in a backup as files do, so that either can be restored from it. Gives their paths. */
async function exportDocuments(instance: Instance, settings: Settings, folder: string): Promise<readonly string[]> {
  if (settings.documents === undefined) return []
  const files = await createFileDocuments({ directory: join(folder, documentsFolder) })
  await copyDocuments(instance.parts.documents, files)
  await files.close()
  return globSync(`${documentsFolder}/**/*`, { cwd: folder }).filter((path) => !left.test(path) && statSync(join(folder, path)).isFile()).sort()
}

async function importDocuments(settings: Settings, folder: string): Promise<void> {
  const [files, documents] = [await createFileDocuments({ directory: join(folder, documentsFolder) }), await openDocuments(settings)]
  try {
    await copyDocuments(files, documents)
  } finally {
    await documents.close()
  }
}

export function readManifest(folder: string): BackupManifest {
  try {
    const value: unknown = JSON.parse(readFileSync(join(folder, manifestFile), 'utf8'))
    const v = (value as { v?: unknown } | null)?.v
    if (typeof v === 'number' && v > 2) throw new SettingsError(`The backup in ${folder} was made by a newer version of CareLedger (backup format ${v}). Restore it with that version or a later one.`)
    return manifestShape.parse(value)
  } catch (error) {
    if (error instanceof SettingsError) throw error
    throw new SettingsError(`${folder} holds no whole backup: ${manifestFile} is missing or damaged.`, { cause: error })
  }
}

async function digestOf(path: string): Promise<{ readonly bytes: number; readonly sha256: string }> {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    hash.update(chunk)
    bytes += chunk.length
  }
  return { bytes, sha256: hash.digest('hex') }
}
