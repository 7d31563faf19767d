import { copyFileSync, cpSync, existsSync, globSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findPostgres, startPostgres } from '@careledger/data-prisma/testing'
import { audit, startLog, type AuditReport } from '@careledger/logic'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readSettings } from '../settings.ts'
import { makeSmallInstance } from '../testing/small-instance.ts'
import { backupInstance, restoreInstance } from './backup.ts'
import { inspectInstance, openInstance } from './open-instance.ts'

let folder: string
let directory: string
const settingsOf = (data: string, more: NodeJS.ProcessEnv = {}) => readSettings({ PORT: '0', CARELEDGER_DATA: data, CARELEDGER_LOG_LEVEL: 'silent', ...more })

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'careledger-inspect-'))
  directory = join(folder, 'data')
  await makeSmallInstance(settingsOf(directory))
}, 180_000)
afterAll(() => { rmSync(folder, { recursive: true, force: true }) })

async function auditOf(data: string, more: NodeJS.ProcessEnv = {}): Promise<AuditReport> {
  const instance = await inspectInstance(settingsOf(data, more))
  try {
    return await audit(instance.parts, { shutVaults: instance.shutVaults })
  } finally {
    await instance.close()
  }
}
const named = (report: AuditReport): readonly string[] => report.findings.map(({ what, kind, id }) => `${what} ${kind} ${id}`)

/** Changes a file, audits, puts it back. */
async function whileChanged(path: string, change: (bytes: Buffer) => Buffer): Promise<AuditReport> {
  const [file, kept] = [join(directory, path), join(folder, 'kept')]
  copyFileSync(file, kept)
  try {
    writeFileSync(file, change(readFileSync(file)))
    return await auditOf(directory)
  } finally {
    copyFileSync(kept, file)
  }
}
const flip = (at: (length: number) => number) => (bytes: Buffer): Buffer => {
  const place = at(bytes.length)
  bytes[place] = (bytes[place] ?? 0) ^ 1
  return bytes
}
const lines = (change: (lines: string[]) => readonly string[]) => (bytes: Buffer): Buffer => Buffer.from(`${change(bytes.toString().trimEnd().split('\n')).join('\n')}\n`)

describe('an audit of an instance that was stopped', () => {
  it('finds nothing, covers every decision, says what it never covers, and writes nothing but locks', async () => {
    const files = () => globSync(['instance.json', 'trust.json', 'keys/*', 'documents/**/*', 'ledger/*', 'vaults/*/{journal,shards-*}', 'vault-root/*'], { cwd: directory }).filter((path) => statSync(join(directory, path)).isFile() && !path.endsWith('lock')).sort()
    const before = files().map((path) => [path, readFileSync(join(directory, path), 'base64')])
    const report = await auditOf(directory)
    expect(report).toMatchObject({ ok: true, findings: [], decisionsUncovered: 0, unchecked: [] })
    expect(report.checked.decisions).toBeGreaterThan(0)
    expect(report.notCovered.join()).toContain('claims')
    expect(files().map((path) => [path, readFileSync(join(directory, path), 'base64')])).toEqual(before)
  }, 60_000)

  it('names block and record of the ledger journal that was altered, removed, added or swapped, and checks everything else', async () => {
    const cases: readonly (readonly [string, (bytes: Buffer) => Buffer, readonly string[], RegExp | undefined])[] = [
      ['a byte in the middle', lines((all) => all.with(3, (all[3] as string).replace(/"(.)([0-9a-f]{31})"/, (_, digit: string, rest: string) => `"${digit === 'a' ? 'b' : 'a'}${rest}"`))), ['altered ledger embedded/block 3'], /^removed ledger embedded\/(?!block)/m],
      ['a checksum', lines((all) => all.with(2, `${(all[2] as string).startsWith('a') ? 'b' : 'a'}${(all[2] as string).slice(1)}`)), ['altered ledger embedded/block 2'], undefined],
      ['a block removed', lines((all) => all.toSpliced(3, 1)), ['removed ledger embedded/block 3'], /^removed ledger embedded\/(?!block)/m],
      ['a block added twice', lines((all) => all.toSpliced(3, 0, all[3] as string)), ['added ledger embedded/block 3'], undefined],
      ['two blocks exchanged', lines((all) => all.with(2, all[3] as string).with(3, all[2] as string)), ['swapped ledger embedded/block 2', 'swapped ledger embedded/block 3'], undefined],
      ['the newest block cut off', lines((all) => all.slice(0, -1)), [], /^removed ledger embedded\/(?!block)/m],
      ['the genesis', flip(() => 70), ['altered ledger embedded/block 0'], undefined],
    ]
    const whole = await auditOf(directory)
    for (const [title, change, expected, record] of cases) {
      const report = await whileChanged('ledger/journal', change)
      for (const name of expected) expect(named(report), title).toContain(name)
      if (record !== undefined) expect(named(report).join('\n'), title).toMatch(record)
      expect(report.findings.every(({ kind }) => kind === 'ledger'), title).toBe(true)
      expect(report.checked, title).toEqual(whole.checked)
    }
  }, 120_000)

  it('names the document that was altered or removed', async () => {
    const [path] = globSync('documents/**/*', { cwd: directory }).filter((one) => statSync(join(directory, one)).isFile())
    if (path === undefined) throw new Error('There is no document.')
    expect(named(await whileChanged(path, flip((length) => length - 1)))).toEqual([expect.stringMatching(/^altered document [0-9a-f-]{36}$/)])
    expect(named(await whileChanged(path, (bytes) => bytes.subarray(0, 1000)))).toEqual([expect.stringMatching(/^altered document [0-9a-f-]{36}$/)])
    const kept = join(folder, 'document')
    renameSync(join(directory, path), kept)
    expect(named(await auditOf(directory))).toEqual([expect.stringMatching(/^removed document [0-9a-f-]{36}$/)])
    renameSync(kept, join(directory, path))
  }, 60_000)

  it('names a vault with an altered byte in any of its files', async () => {
    for (const path of ['vaults/hospital-a/journal', 'vaults/hospital-a/shards-1', 'vault-root/hospital-a.root']) {
      const report = await whileChanged(path, flip((length) => Math.floor(length / 3)))
      // A root is written in two places; one is enough.
      if (path.endsWith('.root') && report.ok) expect((await whileChanged(path, (bytes) => bytes.map((byte) => byte ^ 1) as Buffer)).findings[0]).toMatchObject({ kind: 'vault', id: 'hospital-a' })
      else expect(named(report), path).toContain('altered vault hospital-a')
      expect(report.checked.leaves, path).toBeGreaterThan(10)
    }
    expect(await auditOf(directory)).toMatchObject({ ok: true })
  }, 60_000)
})

describe.skipIf(findPostgres() === undefined)('a backup', () => {
  it('of PGlite is restored into PostgreSQL and one of PostgreSQL into PGlite, whole, and the log goes on', async () => {
    const server = await startPostgres({ fsync: false })
    const placeKeys = (data: string) => { for (const name of ['keys', 'vault-root']) cpSync(join(directory, name), join(data, name), { recursive: true }) }
    try {
      const rows = async (data: string, more: NodeJS.ProcessEnv, to: string): Promise<readonly string[]> => {
        const instance = await openInstance(settingsOf(data, more), { address: 'http://127.0.0.1' })
        try {
          await backupInstance(instance, settingsOf(data, more), join(folder, to))
          return readFileSync(join(folder, to, 'store.backup'), 'utf8').trimEnd().split('\n').slice(0, -1)
        } finally {
          await instance.close()
        }
      }
      const embedded = await rows(directory, {}, 'of-pglite')
      const onServer = { DATABASE_URL: await server.createDatabase() }
      const second = join(folder, 'second')
      placeKeys(second)
      await restoreInstance(settingsOf(second, onServer), join(folder, 'of-pglite'))
      expect(existsSync(join(second, 'store'))).toBe(false)
      const restored = await auditOf(second, onServer)
      expect(restored).toMatchObject({ ok: true, findings: [] })
      expect(await rows(second, onServer, 'of-postgres')).toEqual(embedded)

      const third = join(folder, 'third')
      placeKeys(third)
      await restoreInstance(settingsOf(third), join(folder, 'of-postgres'))
      expect((await auditOf(third)).checked).toEqual(restored.checked)
      expect(await rows(third, {}, 'of-pglite-again')).toEqual(embedded)
      const instance = await openInstance(settingsOf(third), { address: 'http://127.0.0.1' })
      await (await startLog(instance.parts)).stop()
      await instance.close()
    } finally {
      await server.stop()
    }
  }, 180_000)
})
