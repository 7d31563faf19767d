import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { createFileVault } from './create-file-vault.ts'

const place = mkdtempSync(join(tmpdir(), 'careledger-vault-'))
let count = 0
afterAll(() => rmSync(place, { recursive: true }))

function freshSettings() {
  count += 1
  return { custodian: 'org-1', directory: join(place, `vault-${count}`), rootFile: join(place, `roots-${count}`, 'root') }
}
type Settings = ReturnType<typeof freshSettings>

const copyOf = (settings: Settings): Settings => {
  const copy = freshSettings()
  cpSync(settings.directory, copy.directory, { recursive: true })
  cpSync(settings.rootFile, copy.rootFile, { recursive: true })
  return copy
}
const failsWith = (code: string) => expect.objectContaining({ name: 'VaultError', code })

/** A vault with patients a to d, then b destroyed, then e made; gives the journal's length after each of the six steps. */
async function made(): Promise<{ readonly settings: Settings; readonly lengths: readonly number[] }> {
  const settings = freshSettings()
  const vault = await createFileVault(settings)
  const lengths: number[] = []
  for (const patient of ['a', 'b', 'c', 'd']) {
    await vault.createPatient(patient)
    lengths.push(statSync(join(settings.directory, 'journal')).size)
  }
  await vault.destroy('b')
  lengths.push(statSync(join(settings.directory, 'journal')).size)
  await vault.createPatient('e')
  lengths.push(statSync(join(settings.directory, 'journal')).size)
  await vault.close()
  return { settings, lengths }
}

describe('the file key vault and damage', () => {
  it('keeps every whole frame when the journal is cut at any byte after the last erasure', { timeout: 60_000 }, async () => {
    const { settings, lengths } = await made()
    const [beforeE, afterE] = lengths.slice(4) as [number, number]
    for (let length = beforeE; length <= afterE; length += 1) {
      const copy = copyOf(settings)
      truncateSync(join(copy.directory, 'journal'), length)
      const vault = await createFileVault(copy)
      for (const patient of ['a', 'c', 'd']) expect(await vault.patient(patient)).toBeDefined()
      expect(await vault.patient('b')).toBeUndefined()
      expect((await vault.patient('e')) !== undefined).toBe(length === afterE)
      expect((await vault.health()).problems).toHaveLength(length === afterE || length === beforeE ? 0 : 1)
      await vault.createPatient('f')
      await vault.close()
      if (length % 10 === 0) {
        const again = await createFileVault(copy)
        expect(await again.patient('f')).toBeDefined()
        await again.close()
      }
      rmSync(copy.directory, { recursive: true })
    }
  })

  it('refuses a journal cut at any byte before the frame of the last erasure', { timeout: 60_000 }, async () => {
    const { settings, lengths } = await made()
    const copy = copyOf(settings)
    const journal = readFileSync(join(settings.directory, 'journal'))
    for (let length = 0; length < (lengths[4] as number); length += 5) {
      writeFileSync(join(copy.directory, 'journal'), journal.subarray(0, length))
      await expect(createFileVault(copy), `cut at ${length}`).rejects.toThrow(expect.objectContaining({ code: expect.stringMatching(/^VAULT_(CORRUPT|ROOT_MISMATCH)$/) }))
      expect(statSync(join(copy.directory, 'journal')).size).toBe(length)
    }
  })

  it('refuses to open, naming file and offset, when a byte before the last frame is altered', { timeout: 60_000 }, async () => {
    const { settings, lengths } = await made()
    const journal = readFileSync(join(settings.directory, 'journal'))
    const copy = copyOf(settings)
    for (let offset = 0; offset < (lengths[4] as number); offset += 3) {
      const altered = Buffer.from(journal)
      altered[offset] = (altered[offset] as number) ^ 0x10
      writeFileSync(join(copy.directory, 'journal'), altered)
      await expect(createFileVault(copy), `offset ${offset}`).rejects.toThrow(failsWith('VAULT_CORRUPT'))
    }
    writeFileSync(join(copy.directory, 'journal'), journal)
    await (await createFileVault(copy)).close()
  })

  it('refuses shard keys with any byte altered', async () => {
    const { settings } = await made()
    const [name] = readdirSync(settings.directory).filter((one) => one.startsWith('shards-'))
    const path = join(settings.directory, name as string)
    const bytes = readFileSync(path)
    for (const offset of [0, 11, 12, 5000, bytes.length - 1]) {
      const altered = Buffer.from(bytes)
      altered[offset] = (altered[offset] as number) ^ 1
      writeFileSync(path, altered)
      await expect(createFileVault(settings)).rejects.toThrow(failsWith('VAULT_ROOT_MISMATCH'))
    }
  })

  it('refuses a root with any byte altered', async () => {
    const { settings } = await made()
    const bytes = readFileSync(settings.rootFile)
    for (let offset = 0; offset < 88; offset += 1) {
      const altered = Buffer.from(bytes)
      altered[offset] = (altered[offset] as number) ^ 1
      writeFileSync(settings.rootFile, altered)
      await expect(createFileVault(settings)).rejects.toThrow(failsWith('VAULT_CORRUPT'))
    }
  })

  it('says that the root is missing rather than making another', async () => {
    const { settings } = await made()
    rmSync(settings.rootFile)
    await expect(createFileVault(settings)).rejects.toThrow(failsWith('VAULT_ROOT_MISSING'))
  })

  it('refuses the root of another vault, and another custodian\'s name', async () => {
    const { settings } = await made()
    const other = freshSettings()
    await (await createFileVault(other)).close()
    await expect(createFileVault({ ...settings, rootFile: other.rootFile })).rejects.toThrow(failsWith('VAULT_ROOT_MISMATCH'))
    await expect(createFileVault({ ...other, custodian: 'org-2' })).rejects.toThrow(failsWith('VAULT_ROOT_MISMATCH'))
  })

  it('[vault-4] refuses a copy from before a destroy, whatever is put beside the new root', async () => {
    const settings = freshSettings()
    const vault = await createFileVault(settings)
    await vault.createPatient('p')
    await vault.createPatient('q')
    cpSync(settings.directory, `${settings.directory}-old`, { recursive: true })
    await vault.destroy('p')
    await vault.close()
    rmSync(join(`${settings.directory}-old`, 'lock'))
    await expect(createFileVault({ ...settings, directory: `${settings.directory}-old` })).rejects.toThrow(failsWith('VAULT_ROOT_MISMATCH'))
    cpSync(join(settings.directory, 'shards-2'), join(`${settings.directory}-old`, 'shards-2'))
    await expect(createFileVault({ ...settings, directory: `${settings.directory}-old` })).rejects.toThrow(failsWith('VAULT_ROOT_MISMATCH'))
    cpSync(join(settings.directory, 'journal'), join(`${settings.directory}-old`, 'journal'))
    const mended = await createFileVault({ ...settings, directory: `${settings.directory}-old` })
    expect([await mended.patient('p'), (await mended.patient('q')) !== undefined]).toEqual([undefined, true])
    await mended.close()
  })

  it('keeps its files to the owner', async () => {
    const { settings } = await made()
    for (const name of readdirSync(settings.directory)) expect(statSync(join(settings.directory, name)).mode & 0o077).toBe(0)
    expect(statSync(settings.rootFile).mode & 0o077).toBe(0)
    expect(statSync(settings.directory).mode & 0o077).toBe(0)
  })

  it('holds no key in the clear outside the root file', async () => {
    const settings = freshSettings()
    const vault = await createFileVault(settings)
    await vault.createPatient('p')
    const secret = await (await vault.patient('p'))?.subjectSecret('hospital')
    const slotKey = (await vault.organisation()).slotKey('blood-bank')
    await vault.close()
    for (const name of readdirSync(settings.directory)) {
      const bytes = readFileSync(join(settings.directory, name))
      expect(bytes.includes(Buffer.from(secret as Uint8Array))).toBe(false)
      expect(bytes.includes(Buffer.from(slotKey))).toBe(false)
    }
  })

  it('gives the same keys after a restart and when they fell out of the bounded cache', async () => {
    const settings = { ...freshSettings(), cacheSize: 3 }
    const vault = await createFileVault(settings)
    const secrets = new Map<string, Uint8Array>()
    for (let index = 0; index < 40; index += 1) {
      await vault.createPatient(`patient-${index}`)
      secrets.set(`patient-${index}`, (await (await vault.patient(`patient-${index}`))?.subjectSecret('hospital')) as Uint8Array)
    }
    const token = (await vault.organisation()).token('identifier', '1')
    for (const [patient, secret] of secrets) expect(await (await vault.patient(patient))?.subjectSecret('hospital')).toEqual(secret)
    await vault.close()
    const again = await createFileVault(settings)
    for (const [patient, secret] of secrets) expect(await (await again.patient(patient))?.subjectSecret('hospital')).toEqual(secret)
    expect((await again.organisation()).token('identifier', '1')).toBe(token)
    await again.close()
  })
})
