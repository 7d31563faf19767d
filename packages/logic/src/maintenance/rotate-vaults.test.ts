import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createFileVault, createInMemoryVault, type KeyVault } from '@careledger/identity'
import { afterAll, describe, expect, it } from 'vitest'
import { beginRotation, isUnderWay, readVaults, runRotations } from './rotate-vaults.ts'

const directory = mkdtempSync(join(tmpdir(), 'careledger-rotation-'))
afterAll(() => rmSync(directory, { recursive: true }))
const now = new Date('2026-11-26T12:00:00Z')
const settings = { custodian: 'hospital-a', directory: join(directory, 'vault'), rootFile: join(directory, 'root') }
const partsWith = (...vaults: readonly KeyVault[]) => ({ vaults: new Map(vaults.map((vault) => [vault.custodian, vault])), now: () => now })

describe('rotation of the vaults of an instance', () => {
  it('begins when it is asked for, goes on after a restart, and ends; a vault that does it by itself is left alone', async () => {
    const first = await createFileVault(settings)
    await first.createPatient('p')
    const sealed = (await first.patient('p'))?.seal(Buffer.from('text'), Buffer.from('row')) as Uint8Array
    expect(await runRotations(partsWith(first))).toBe(0)
    expect((await beginRotation(partsWith(first), 'hospital-a')).rotation).toEqual({ begun: now, replaced: 0, total: 4096 })
    await first.close()

    const again = await createFileVault(settings)
    const parts = partsWith(again, createInMemoryVault({ custodian: 'hospital-b' }))
    expect((await readVaults(parts)).map(({ custodian, rotation }) => [custodian, rotation !== undefined && isUnderWay(rotation)])).toEqual([['hospital-a', true], ['hospital-b', false]])
    expect(await runRotations(parts, AbortSignal.abort())).toBe(0)
    expect(await runRotations(parts)).toBe(1)
    expect((await readVaults(parts))[0]).toMatchObject({ generation: 2n, ok: true, problems: [], rotation: { replaced: 4096 } })
    expect(Buffer.from((await again.patient('p'))?.open(sealed, Buffer.from('row')) ?? []).toString()).toBe('text')
    for (const custodian of ['hospital-b', 'nobody']) await expect(beginRotation(parts, custodian)).rejects.toMatchObject({ code: 'INPUT_MALFORMED' })
    await again.close()
  })
})
