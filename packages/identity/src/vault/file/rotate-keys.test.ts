import { describe, expect, it } from 'vitest'
import { createCrashingDisk, seeded, type CrashingDisk } from '../__fixtures__/crashing-files.ts'
import type { KeyRotation, KeyVault } from '../key-vault.ts'
import { fileVault } from './file-vault.ts'
import { openVaultDirectory } from './vault-directory.ts'

const text = (value: string) => new Uint8Array(Buffer.from(value))
const contentKey = new Uint8Array(32).fill(7)
const patients = Array.from({ length: 8 }, (_, n) => `patient-${n}`)
const now = new Date('2026-11-26T12:00:00Z')

/** A step wraps about six keys, so that eight patients take several. */
async function open(disk: CrashingDisk): Promise<KeyVault & { readonly rotation: KeyRotation }> {
  const place = { files: disk.files, custodian: 'org-1', directory: '/vault', rootFile: '/roots/root' }
  return fileVault(place, await openVaultDirectory(place), { cacheSize: 0, release: async () => {}, keysPerStep: 6 }).vault as KeyVault & { readonly rotation: KeyRotation }
}

async function filled(disk: CrashingDisk): Promise<{ readonly vault: Awaited<ReturnType<typeof open>>; readonly holds: (vault: KeyVault, gone?: readonly string[]) => Promise<void> }> {
  const vault = await open(disk)
  await Promise.all(patients.map((patient) => vault.createPatient(patient)))
  const sealed = new Map<string, { readonly row: Uint8Array; readonly wrapped: Uint8Array; readonly secret: Uint8Array }>()
  for (const patient of patients) {
    const keys = await vault.patient(patient)
    if (keys === undefined) throw new Error('There are no keys.')
    sealed.set(patient, { row: keys.seal(text(patient), text('row')), wrapped: keys.wrap(contentKey), secret: await keys.subjectSecret('hospital') })
  }
  const holds = async (one: KeyVault, gone: readonly string[] = []): Promise<void> => {
    for (const [patient, { row, wrapped, secret }] of sealed) {
      const keys = await one.patient(patient)
      if (gone.includes(patient)) {
        expect(keys).toBeUndefined()
        continue
      }
      if (keys === undefined) throw new Error(`${patient} was lost.`)
      expect([Buffer.from(keys.open(row, text('row'))).toString(), keys.unwrap(wrapped), await keys.subjectSecret('hospital')]).toEqual([patient, contentKey, secret])
    }
  }
  return { vault, holds }
}

async function toTheEnd(vault: Awaited<ReturnType<typeof open>>): Promise<number> {
  let steps = 0
  for (let status = await vault.rotation.status(); status.replaced < status.total; steps += 1) {
    const next = await vault.rotation.step()
    expect(next.replaced).toBeGreaterThan(status.replaced)
    status = next
  }
  return steps
}

describe('a rotation of the keys that wrap others', () => {
  it('says what is done, opens everything before, while and after, and takes patients and erasures meanwhile', async () => {
    const { vault, holds } = await filled(createCrashingDisk())
    expect(await vault.rotation.status()).toEqual({ begun: undefined, replaced: 0, total: 4096 })
    expect(await vault.rotation.step()).toEqual({ begun: undefined, replaced: 0, total: 4096 })
    expect(await vault.rotation.begin(now)).toEqual({ begun: now, replaced: 0, total: 4096 })
    await vault.rotation.step()
    await holds(vault)
    await vault.destroy('patient-3')
    await vault.createPatient('born-meanwhile')
    expect(await vault.rotation.begin(new Date(0))).toMatchObject({ begun: now })
    await toTheEnd(vault)
    expect(await vault.rotation.status()).toEqual({ begun: now, replaced: 4096, total: 4096 })
    await holds(vault, ['patient-3'])
    expect(await vault.patient('born-meanwhile')).toBeDefined()
    expect(await vault.rotation.begin(new Date(0))).toEqual({ begun: new Date(0), replaced: 0, total: 4096 })
  })

  it('goes on where a killed process left it, and still opens everything', async () => {
    const disk = createCrashingDisk()
    const { vault, holds } = await filled(disk)
    await vault.rotation.begin(now)
    const { replaced } = await vault.rotation.step()
    const again = await open(disk.processDeath())
    expect(await again.rotation.status()).toEqual({ begun: now, replaced, total: 4096 })
    await holds(again)
    await toTheEnd(again)
    await holds(again)
  })

  it('loses nothing when the process dies, or power fails, at any call of the disk', async () => {
    const whole = createCrashingDisk()
    const prepared = await filled(whole)
    const before = whole.calls()
    await prepared.vault.rotation.begin(now)
    await toTheEnd(prepared.vault)
    const calls = whole.calls() - before
    expect(calls).toBeGreaterThan(30)
    const random = seeded(6)
    for (let call = 1; call <= calls; call += 1) {
      const disk = createCrashingDisk()
      const { vault, holds } = await filled(disk)
      disk.crashAt(disk.calls() + call)
      await vault.rotation.begin(now).then(() => toTheEnd(vault)).catch(() => {})
      const again = await open(call % 2 === 0 ? disk.processDeath() : disk.powerLoss(random))
      await holds(again)
      await again.rotation.begin(now)
      await toTheEnd(again)
      expect(await again.patient('patient-0')).toBeDefined()
    }
  })

  it('leaves no former root and no former shard key: a copy from before opens nothing', async () => {
    const disk = createCrashingDisk()
    const { vault } = await filled(disk)
    const copy = disk.processDeath()
    const formerRoot = (disk.contents().get('/roots/root') as Buffer).subarray(4096 + 24, 4096 + 56)
    expect(formerRoot.equals(Buffer.alloc(32))).toBe(false)
    await vault.rotation.begin(now)
    await toTheEnd(vault)
    await vault.close()
    for (const [path, bytes] of disk.contents()) expect(bytes.includes(formerRoot), path).toBe(false)
    const root = await disk.processDeath().files.open('/roots/root')
    await (await copy.files.open('/roots/root'))?.write(0, await (root as NonNullable<typeof root>).read(0, 4608))
    await expect(open(copy)).rejects.toThrow(expect.objectContaining({ code: 'VAULT_ROOT_MISMATCH' }))
  })
})
