import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream, existsSync, globSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { copyFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createFileDocuments } from '@careledger/documents-file'
import { z } from 'zod'
import { lockDirectory } from '../lock-directory.ts'
import { SettingsError, type Settings } from '../settings.ts'
import type { Instance } from './open-instance.ts'
import { copyDocuments, documentsFolder, openDocuments } from './open-documents.ts'
import { openStore } from './open-store.ts'

/** What a backup consists of. Keys (`keys/`, the vaults' roots, demo keys) are never part of one. */
const copied = ['instance.json', 'ledgers.json', 'witnesses.json', 'documents/**/*', 'vaults/**/*', 'ledger/*'] as const
const left = /^documents\/drafts\/|(?:^|\/)(?:lock|[^/]*[.]lock(?:-journal)?|[.][^/]*)$/
const storeFile = 'store.backup'
const manifestFile = 'backup.json'

const manifestShape = z.strictObject({
  v: z.literal(1),
  at: z.iso.datetime(),
  files: z.array(z.strictObject({ path: z.string(), bytes: z.int(), sha256: z.string() })),
})
export type BackupManifest = z.output<typeof manifestShape>

type OnProgress = (done: number, total: number) => void

/** Copies the data of an instance that this process has to itself into a new folder; the manifest is written last. Errors: SettingsError. */
export async function backupInstance(instance: Instance, settings: Settings, folder: string, onProgress: OnProgress = () => {}): Promise<BackupManifest> {
  if (existsSync(folder) && readdirSync(folder).length > 0) throw new SettingsError(`${folder} is not empty. Name a new folder.`)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const paths = globSync([...copied], { cwd: settings.dataDirectory }).filter((path) => !left.test(path) && statSync(join(settings.dataDirectory, path)).isFile()).sort()
  const total = paths.length + 1
  await pipeline(Readable.from(instance.parts.store.maintenance.backup()), createWriteStream(join(folder, storeFile), { mode: 0o600, flush: true }))
  onProgress(1, total)
  for (const [n, path] of paths.entries()) {
    mkdirSync(join(folder, dirname(path)), { recursive: true, mode: 0o700 })
    await copyFile(join(settings.dataDirectory, path), join(folder, path))
    onProgress(n + 2, total)
  }
  const files: BackupManifest['files'] = []
  for (const path of [storeFile, ...paths, ...(await exportDocuments(instance, settings, folder))]) files.push({ path, ...(await digestOf(join(folder, path))) })
  const manifest: BackupManifest = { v: 1, at: instance.parts.now().toISOString(), files }
  writeFileSync(join(folder, manifestFile), `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o600, flush: true })
  return manifest
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
    for (const needed of [join(directory, 'keys'), settings.vaultRootDirectory]) {
      if (!existsSync(needed)) throw new SettingsError(`${needed} is missing. A backup holds no keys: put the instance's own there first.`)
    }
    for (const { path, bytes, sha256 } of manifest.files) {
      const found = existsSync(join(folder, path)) ? await digestOf(join(folder, path)) : undefined
      if (found?.sha256 !== sha256 || found.bytes !== bytes) throw new SettingsError(`${path} in the backup is missing or altered. Nothing was restored.`)
    }
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

function readManifest(folder: string): BackupManifest {
  try {
    return manifestShape.parse(JSON.parse(readFileSync(join(folder, manifestFile), 'utf8')))
  } catch (error) {
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
