import { describe, expect, it } from 'vitest'
import { createCrashingDisk, seeded, type CrashingDisk } from '../__fixtures__/crashing-files.ts'
import type { KeyVault } from '../key-vault.ts'
import { fileVault } from './file-vault.ts'
import { openVaultDirectory } from './vault-directory.ts'

const text = (value: string) => new Uint8Array(Buffer.from(value))
const open = async (disk: CrashingDisk): Promise<KeyVault> => {
  const place = { files: disk.files, custodian: 'org-1', directory: '/vault', rootFile: '/roots/root' }
  return fileVault(place, await openVaultDirectory(place), { cacheSize: 4, release: async () => {} }).vault
}

/** What was acknowledged before the crash: must hold after it. */
interface Acknowledged {
  readonly patients: Map<string, { readonly sealed: Uint8Array; readonly secret: Uint8Array }>
  readonly destroyed: Set<string>
  /** Asked to be destroyed, no answer: either way is right. */
  readonly open: Set<string>
}

const nothing = (): Acknowledged => ({ patients: new Map(), destroyed: new Set(), open: new Set() })

async function create(vault: KeyVault, known: Acknowledged, patient: string): Promise<void> {
  await vault.createPatient(patient)
  const keys = await vault.patient(patient)
  if (keys === undefined) throw new Error('Missing right after it was made.')
  const secret = await keys.subjectSecret('hospital')
  known.patients.set(patient, { sealed: keys.seal(text(patient), text('row')), secret })
}

async function destroy(vault: KeyVault, known: Acknowledged, patient: string): Promise<void> {
  known.open.add(patient)
  await vault.destroy(patient)
  known.open.delete(patient)
  known.patients.delete(patient)
  known.destroyed.add(patient)
}

async function assertWorld(vault: KeyVault, known: Acknowledged): Promise<void> {
  for (const [patient, { sealed, secret }] of known.patients) {
    const keys = await vault.patient(patient)
    if (keys === undefined) {
      expect(known.open, `${patient} lost`).toContain(patient)
      continue
    }
    expect(Buffer.from(keys.open(sealed, text('row'))).toString()).toBe(patient)
    expect(await keys.subjectSecret('hospital')).toEqual(secret)
  }
  for (const patient of known.destroyed) {
    expect(await vault.patient(patient)).toBeUndefined()
    await expect(vault.createPatient(patient)).rejects.toThrow(expect.objectContaining({ code: 'VAULT_DESTROYED' }))
  }
  // It goes on working.
  await vault.createPatient('afterwards')
  const afterwards = await vault.patient('afterwards')
  expect(afterwards?.open(afterwards.seal(text('x'), text('')), text(''))).toEqual(text('x'))
}

/** All patients of one shard, so that a destroy has neighbours to carry over. */
async function neighbours(count: number): Promise<readonly string[]> {
  const { shardOf } = await import('./shard-table.ts')
  const found: string[] = []
  for (let index = 0; found.length < count; index += 1) {
    const patient = `patient-${index}`
    if (shardOf(Buffer.from(patient)) === 7) found.push(patient)
  }
  return found
}

async function story(vault: KeyVault, known: Acknowledged, patients: readonly string[]): Promise<void> {
  const [a, b, c, d] = patients as [string, string, string, string]
  await create(vault, known, a)
  await Promise.all([create(vault, known, b), create(vault, known, c)])
  await destroy(vault, known, a)
  await create(vault, known, d)
  await destroy(vault, known, c)
}

async function callsOf(patients: readonly string[]): Promise<number> {
  const disk = createCrashingDisk()
  await story(await open(disk), nothing(), patients)
  return disk.calls()
}

describe('the file key vault, [vault-3] crashed at every call of the disk', () => {
  it('loses nothing acknowledged and destroys wholly or not at all when the process dies', { timeout: 90_000 }, async () => {
    const patients = await neighbours(4)
    const calls = await callsOf(patients)
    expect(calls).toBeGreaterThan(40)
    for (let call = 1; call <= calls; call += 1) {
      const disk = createCrashingDisk()
      const known = nothing()
      disk.crashAt(call)
      await open(disk).then((vault) => story(vault, known, patients)).catch(() => {})
      await assertWorld(await open(disk.processDeath()), known)
    }
  })

  it('holds the same when power is lost and unsynced sectors and names survive at random', { timeout: 90_000 }, async () => {
    const patients = await neighbours(4)
    const calls = await callsOf(patients)
    for (let seed = 1; seed <= 4; seed += 1) {
      const random = seeded(seed)
      for (let call = 1; call <= calls; call += 1) {
        const disk = createCrashingDisk()
        const known = nothing()
        disk.crashAt(call)
        await open(disk).then((vault) => story(vault, known, patients)).catch(() => {})
        await assertWorld(await open(disk.powerLoss(random)), known)
      }
    }
  })

  it('survives a second crash while it repairs the first', { timeout: 90_000 }, async () => {
    const patients = await neighbours(4)
    const calls = await callsOf(patients)
    const random = seeded(99)
    for (let call = 1; call <= calls; call += 3) {
      const disk = createCrashingDisk()
      const known = nothing()
      disk.crashAt(call)
      await open(disk).then((vault) => story(vault, known, patients)).catch(() => {})
      for (let again = 1; again <= 12; again += 1) {
        const second = disk.powerLoss(random)
        second.crashAt(again)
        await open(second).catch(() => {})
        await assertWorld(await open(second.powerLoss(random)), known)
      }
    }
  })

  it('says a single disk error to its caller and goes on, or stops for certain; nothing is lost either way', { timeout: 90_000 }, async () => {
    const patients = await neighbours(4)
    const calls = await callsOf(patients)
    const codes = new Set<string>()
    for (let call = 1; call <= calls; call += 1) {
      const disk = createCrashingDisk()
      const known = nothing()
      disk.failOnceAt(call)
      const vault = await open(disk).catch(() => undefined)
      if (vault !== undefined) {
        const error = await story(vault, known, patients).then(() => undefined, (caught: unknown) => caught as { readonly code: string })
        if (error !== undefined) codes.add(error.code)
        if ((await vault.health()).ok) await assertWorld(vault, known)
      }
      await assertWorld(await open(disk.processDeath()), known)
    }
    expect([...codes].sort()).toEqual(['EIO', 'VAULT_BROKEN', 'VAULT_WRITE_FAILED'])
  })
})

describe('the file key vault, [vault-4] after a destroy', () => {
  it('leaves the former root nowhere on the disk', async () => {
    const disk = createCrashingDisk()
    const vault = await open(disk)
    await vault.createPatient('p')
    const before = disk.contents().get('/roots/root') as Buffer
    const slot = 4096 + 24
    const formerRoot = before.subarray(slot, slot + 32)
    expect(formerRoot.equals(Buffer.alloc(32))).toBe(false)
    await vault.destroy('p')
    for (const [path, bytes] of disk.contents()) expect(bytes.includes(formerRoot), path).toBe(false)
  })

  it('opens nothing of a copy made before: neither with the new root nor by putting old shard keys beside it', async () => {
    const disk = createCrashingDisk()
    const vault = await open(disk)
    await vault.createPatient('p')
    await vault.createPatient('q')
    const copy = disk.processDeath()
    await vault.destroy('p')
    await vault.close()
    const now = disk.processDeath()
    const root = await now.files.open('/roots/root')
    const newRoot = await (root as NonNullable<typeof root>).read(0, 4608)
    const old = await copy.files.open('/roots/root')
    await old?.write(0, newRoot)
    await expect(open(copy)).rejects.toThrow(expect.objectContaining({ code: 'VAULT_ROOT_MISMATCH' }))
    await copy.files.rename('/vault/shards-1', '/vault/shards-2')
    await expect(open(copy)).rejects.toThrow(expect.objectContaining({ code: 'VAULT_ROOT_MISMATCH' }))
  })
})
