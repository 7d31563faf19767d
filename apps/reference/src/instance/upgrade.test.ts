import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { audit, startLog } from '@careledger/logic'
import { newEntryId } from '@careledger/proof'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readSettings } from '../settings.ts'
import { oldData, unpackFolder } from '../testing/old-data/old-data.ts'
import { restoreInstance } from './backup.ts'
import { inspectInstance, openInstance } from './open-instance.ts'

let folder: string
beforeAll(() => { folder = mkdtempSync(join(tmpdir(), 'careledger-upgrade-')) })
afterAll(() => { rmSync(folder, { recursive: true, force: true }) })

describe('data of an older version', () => {
  it.each(oldData().map(({ name, bytes }) => [name, bytes] as const))('%s is restored, upgraded, written on and audited without a finding', async (name, bytes) => {
    const place = join(folder, name)
    unpackFolder(bytes, place)
    const settings = readSettings({ PORT: '0', CARELEDGER_DATA: place, CARELEDGER_LOG_LEVEL: 'silent' })
    await restoreInstance(settings, join(place, 'backup'))
    await expect(inspectInstance(settings)).rejects.toThrow(/careledger upgrade/)
    let rebuilt = false
    const instance = await openInstance(settings, { address: 'http://127.0.0.1', onRebuild: () => { rebuilt = true } })
    expect(rebuilt).toBe(true)
    const before = await instance.parts.store.read((view) => view.treeState(instance.parts.log.origin))
    expect(before.size).toBeGreaterThan(12)
    const log = await startLog(instance.parts)
    await instance.parts.store.write({ decisions: [{ id: newEntryId(), about: 'somebody', bytes: new Uint8Array([1]) }] })
    await log.stop()
    await instance.close()
    const inspected = await inspectInstance(settings)
    try {
      const report = await audit(inspected.parts, { shutVaults: inspected.shutVaults })
      expect(report.findings).toEqual([])
      expect(report.checked.entries).toBe(before.size)
      expect(report.checked.documents).toBe(1)
    } finally {
      await inspected.close()
    }
  }, 120_000)
})

describe('data of a newer version', () => {
  it('is refused with what to do: instance file, backup and store', async () => {
    const place = join(folder, 'newer')
    unpackFolder(oldData()[0]?.bytes ?? new Uint8Array(), place)
    const settings = readSettings({ PORT: '0', CARELEDGER_DATA: place, CARELEDGER_LOG_LEVEL: 'silent' })
    const store = join(place, 'backup', 'store.backup')
    const manifest = join(place, 'backup', 'backup.json')
    const kept = [readFileSync(store, 'utf8'), readFileSync(manifest, 'utf8')] as const
    writeFileSync(manifest, kept[1].replace('"v": 1', '"v": 9'))
    await expect(restoreInstance(settings, join(place, 'backup'))).rejects.toThrow(/newer version of CareLedger \(backup format 9\)/)
    writeFileSync(manifest, kept[1])
    expect(existsSync(join(place, 'instance.json'))).toBe(false)

    writeFileSync(join(place, 'instance.json'), JSON.stringify({ v: 2, something: 'new' }))
    await expect(openInstance(settings, { address: 'http://127.0.0.1' })).rejects.toThrow(/instance\.json was written by a newer version of CareLedger \(format 2\)\. Start that version or a later one/)
    expect(readFileSync(join(place, 'instance.json'), 'utf8')).toContain('something')
  })
})
