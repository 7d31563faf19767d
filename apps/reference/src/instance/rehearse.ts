import { closeSync, copyFileSync, existsSync, fsyncSync, globSync, mkdirSync, mkdtempSync, openSync, readdirSync, rmSync, statSync, symlinkSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { audit, type AuditReport, type Parts } from '@careledger/logic'
import { parseEntry } from '@careledger/proof'
import type { Settings } from '../settings.ts'
import { newestBackup, readManifest, restoreInstance } from './backup.ts'
import { inspectInstance } from './open-instance.ts'

/** What a rehearsed restore came to. */
export interface Rehearsal {
  /** Everything that the backup should give back is there, and matches log and ledgers. */
  readonly ok: boolean
  /** The backup that was restored, and the version that made it. */
  readonly backup: string
  readonly version?: string | undefined
  /** What was acknowledged until then is in it; what was written since is not. */
  readonly recoveryPoint: Date
  readonly ageSeconds: number
  /** The log in it, entries that wait for an index, and the newest entry that has one. */
  readonly log: { readonly size: number; readonly waiting: number; readonly newest?: { readonly id: string; readonly issuedAt: string } | undefined }
  /** By how many entries the newest checkpoint on a ledger is ahead of the backup: as many would be missing. Absent: none is ahead. */
  readonly behindLedger?: number | undefined
  readonly restoreSeconds: number
  readonly auditSeconds: number
  /** Without checkpoints that are ahead of the backup. */
  readonly findings: AuditReport['findings']
  readonly unchecked: readonly string[]
}

export interface RehearsalOptions {
  /** An empty PostgreSQL database to restore into; absent: an embedded one. */
  readonly databaseUrl?: string | undefined
  /** Where the scratch directory is made; default: the machine's folder for temporary files. It needs room for all of the backup. */
  readonly scratch?: string | undefined
  readonly onProgress?: ((phase: 'restore' | 'audit', done: number, total: number) => void) | undefined
}

/**
 * Restores a backup (or the newest below `folder`) into a scratch directory with the instance's own keys and roots, audits it, and removes it
 * again. The instance may run meanwhile: its keys are read, its roots copied beside the real ones for the time of the rehearsal (a vault
 * that is opened tidies up its root file) and overwritten afterwards. Errors: SettingsError, StoreError; what the audit finds is in the answer.
 */
export async function rehearseRestore(settings: Settings, folder: string, options: RehearsalOptions = {}): Promise<Rehearsal> {
  const backup = newestBackup(resolve(folder))
  const manifest = readManifest(backup)
  const { onProgress = () => {} } = options
  const scratch = mkdtempSync(join(options.scratch ?? tmpdir(), 'careledger-rehearsal-'))
  const roots = join(settings.vaultRootDirectory, `rehearsal-${basename(scratch)}`)
  try {
    copyRoots(settings, roots)
    symlinkSync(join(settings.dataDirectory, 'keys'), join(scratch, 'keys'))
    const own: Settings = { ...settings, dataDirectory: scratch, vaultRootDirectory: roots, databaseUrl: options.databaseUrl, ledgersFile: undefined, documents: undefined }
    const began = performance.now()
    await restoreInstance(own, backup, (done, total) => onProgress('restore', done, total))
    // A file of ledgers that lives elsewhere: its relative places are those of the scratch directory now.
    if (settings.ledgersFile !== undefined) copyFileSync(settings.ledgersFile, join(scratch, 'ledgers.json'))
    const restored = performance.now()
    const instance = await inspectInstance(own, { secretsDirectory: settings.ledgersFile === undefined ? settings.dataDirectory : dirname(settings.ledgersFile) })
    try {
      const report = await audit(instance.parts, { shutVaults: instance.shutVaults, onProgress: ({ phase, done, total }) => { if (phase === 'entries') onProgress('audit', done, total) } })
      const log = await readLog(instance.parts)
      const ahead = report.findings.filter(({ what, kind }) => what === 'rolled-back' && kind === 'checkpoint')
      const recoveryPoint = new Date(manifest.at)
      return {
        ok: report.findingsTotal === ahead.length, backup, version: manifest.v === 1 ? undefined : manifest.version, recoveryPoint,
        ageSeconds: Math.round((Date.now() - recoveryPoint.getTime()) / 1000), log,
        behindLedger: ahead.length === 0 ? undefined : Math.max(...ahead.map(({ id }) => Number(id))) - log.size,
        restoreSeconds: (restored - began) / 1000, auditSeconds: (performance.now() - restored) / 1000,
        findings: report.findings.filter((finding) => !ahead.includes(finding)), unchecked: report.unchecked,
      }
    } finally {
      await instance.close()
    }
  } finally {
    destroyRoots(roots)
    rmSync(scratch, { recursive: true, force: true })
  }
}

async function readLog(parts: Parts): Promise<Rehearsal['log']> {
  const { origin } = parts.log
  return parts.store.read(async (view) => {
    const { size } = await view.treeState(origin)
    const waiting = (await view.unsequenced({ limit: 1000 })).length
    const [leaf] = size === 0 ? [] : await view.leaves(origin, { from: size - 1, limit: 1 })
    const stored = leaf === undefined ? undefined : await view.entry(leaf.id)
    return { size, waiting, ...(stored === undefined ? {} : { newest: { id: stored.id, issuedAt: parseEntry(stored.canonical).issuedAt } }) }
  })
}

function copyRoots(settings: Settings, roots: string): void {
  // Roots in a store of keys are copied nowhere: the rehearsal opens the backup's vaults with them where they are.
  mkdirSync(settings.vaultRootDirectory, { recursive: true, mode: 0o700 })
  // Left by a rehearsal that was killed.
  for (const name of readdirSync(settings.vaultRootDirectory)) if (name.startsWith('rehearsal-')) destroyRoots(join(settings.vaultRootDirectory, name))
  mkdirSync(roots, { recursive: true, mode: 0o700 })
  for (const name of globSync('*.root', { cwd: settings.vaultRootDirectory })) copyFileSync(join(settings.vaultRootDirectory, name), join(roots, name))
}

/** A root that stays is an erasure undone. */
function destroyRoots(roots: string): void {
  if (!existsSync(roots)) return
  for (const name of readdirSync(roots)) {
    const path = join(roots, name)
    const file = openSync(path, 'r+')
    writeSync(file, Buffer.alloc(statSync(path).size), 0)
    fsyncSync(file)
    closeSync(file)
  }
  rmSync(roots, { recursive: true, force: true })
}
