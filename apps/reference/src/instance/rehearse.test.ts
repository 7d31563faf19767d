import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readSettings } from '../settings.ts'
import { makeSmallInstance } from '../testing/small-instance.ts'
import { addToBackupHistory, readBackupHistory } from './backup-history.ts'
import { backupInstance, newestBackup, removeOldBackups } from './backup.ts'
import { openInstance } from './open-instance.ts'
import { rehearseRestore } from './rehearse.ts'

let folder: string
let directory: string
let backup: string
const settings = () => readSettings({ PORT: '0', CARELEDGER_DATA: directory, CARELEDGER_LOG_LEVEL: 'silent' })

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'careledger-rehearse-'))
  directory = join(folder, 'data')
  backup = join(folder, 'backups', 'first')
  await makeSmallInstance(settings())
  const instance = await openInstance(settings(), { address: 'http://127.0.0.1' })
  await backupInstance(instance, settings(), backup)
  await instance.close()
}, 180_000)
afterAll(() => { rmSync(folder, { recursive: true, force: true }) })

const left = () => readdirSync(join(directory, 'vault-root')).filter((name) => name.startsWith('rehearsal-'))

describe('a rehearsed restore', () => {
  it('restores the newest backup, audits it, says what it gives back, and leaves nothing behind', async () => {
    const roots = readFileSync(join(directory, 'vault-root', 'hospital-a.root'))
    const scratch = join(folder, 'scratch')
    cpSync(join(directory, 'keys'), join(scratch, 'not-ours'), { recursive: true })
    const rehearsal = await rehearseRestore(settings(), join(folder, 'backups'), { scratch })
    expect(rehearsal).toMatchObject({ ok: true, backup, version: expect.any(String), findings: [], unchecked: [], log: { waiting: 0, newest: { id: expect.any(String) } } })
    expect(rehearsal.log.size).toBeGreaterThan(12)
    expect(rehearsal.recoveryPoint.toISOString()).toBe((JSON.parse(readFileSync(join(backup, 'backup.json'), 'utf8')) as { at: string }).at)
    expect(rehearsal.restoreSeconds).toBeGreaterThan(0)
    expect([readdirSync(scratch), left()]).toEqual([['not-ours'], []])
    expect(readFileSync(join(directory, 'vault-root', 'hospital-a.root'))).toEqual(roots)
  }, 120_000)

  it('says no to a backup that was altered, cut or made by a newer version, and keeps no roots of it', async () => {
    const refused = async (change: (copy: string) => void, sentence: RegExp) => {
      const copy = join(folder, 'altered')
      cpSync(backup, copy, { recursive: true })
      change(copy)
      await expect(rehearseRestore(settings(), copy)).rejects.toThrow(sentence)
      rmSync(copy, { recursive: true })
      expect(left()).toEqual([])
    }
    await refused((copy) => writeFileSync(join(copy, 'ledger/journal'), 'x', { flag: 'a' }), /ledger.journal in the backup is missing or altered/)
    await refused((copy) => writeFileSync(join(copy, 'backup.json'), '{"v":2'), /holds no whole backup/)
    await refused((copy) => writeFileSync(join(copy, 'backup.json'), '{"v":3}'), /newer version of CareLedger \(backup format 3\)/)
    await expect(rehearseRestore(settings(), join(folder, 'nowhere'))).rejects.toThrow(/is no backup and holds none/)
  }, 60_000)

  it('says no to a backup from before an erasure: its vault opens no more', async () => {
    const instance = await openInstance(settings(), { address: 'http://127.0.0.1' })
    const vault = instance.parts.vaults.get('hospital-a')
    await vault?.createPatient('somebody')
    await vault?.destroy('somebody')
    await instance.close()
    const rehearsal = await rehearseRestore(settings(), backup)
    expect(rehearsal.ok).toBe(false)
    expect(rehearsal.findings).toContainEqual(expect.objectContaining({ kind: 'vault', id: 'hospital-a', detail: expect.stringContaining('VAULT_ROOT_MISMATCH') }))
  }, 120_000)
})

describe('backups in a folder', () => {
  it('are taken newest first, and the oldest go when there are more than are kept; what is no whole backup stays', () => {
    const place = join(folder, 'many')
    for (const [name, at] of [['a', '2026-01-03'], ['b', '2026-01-01'], ['c', '2026-01-02']] as const) {
      cpSync(backup, join(place, name), { recursive: true })
      writeFileSync(join(place, name, 'backup.json'), JSON.stringify({ v: 1, at: `${at}T00:00:00.000Z`, files: [] }))
    }
    cpSync(backup, join(place, 'unfinished'), { recursive: true })
    rmSync(join(place, 'unfinished', 'backup.json'))
    expect(newestBackup(place)).toBe(join(place, 'a'))
    expect(removeOldBackups(place, 2)).toEqual([join(place, 'b')])
    expect(readdirSync(place).sort()).toEqual(['a', 'c', 'unfinished'])
    expect(existsSync(join(place, 'a', 'store.backup'))).toBe(true)
  })

  it('are remembered, the newest twenty', () => {
    for (let n = 0; n < 25; n++) addToBackupHistory(folder, { backup: { at: '2026-01-01T00:00:00.000Z', logSize: n, bytes: 1, seconds: 1 } })
    expect(readBackupHistory(folder).backups.map(({ logSize }) => logSize)).toEqual(Array.from({ length: 20 }, (_, n) => 24 - n))
    writeFileSync(join(folder, 'backups.json'), 'nonsense')
    expect(readBackupHistory(folder)).toEqual({ v: 1, backups: [], rehearsals: [] })
  })
})
