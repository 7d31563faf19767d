import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it, vi } from 'vitest'
import type { KeyVault } from '../key-vault.ts'
import { createFileVault } from './create-file-vault.ts'

const program = fileURLToPath(new URL('../__fixtures__/vault-process.ts', import.meta.url))
const place = mkdtempSync(join(tmpdir(), 'careledger-vault-'))
const opened: KeyVault[] = []
let count = 0
afterAll(async () => {
  for (const vault of opened) await vault.close()
  rmSync(place, { recursive: true })
})

function freshPlace() {
  count += 1
  return { custodian: 'org-1', directory: join(place, `vault-${count}`), rootFile: join(place, `roots-${count}`, 'root') }
}
async function share(settings: ReturnType<typeof freshPlace>): Promise<KeyVault> {
  const vault = await createFileVault({ ...settings, shared: true })
  opened.push(vault)
  return vault
}
const bytes = (text: string) => new Uint8Array(Buffer.from(text))
const keysOf = async (vault: KeyVault, patient: string) => {
  const keys = await vault.patient(patient)
  if (keys === undefined) throw new Error('There are no keys.')
  return keys
}

describe('a file vault that several have open', () => {
  it('shows a new patient\'s keys everywhere at the next call, and the same keys', async () => {
    const settings = freshPlace()
    const [one, other] = [await share(settings), await share(settings)]
    await one.createPatient('p')
    const sealed = (await keysOf(one, 'p')).seal(bytes('text'), bytes('row'))
    expect(Buffer.from((await keysOf(other, 'p')).open(sealed, bytes('row'))).toString()).toBe('text')
    await other.createPatient('p')
    expect(Buffer.from((await keysOf(one, 'p')).open(sealed, bytes('row'))).toString()).toBe('text')
  })

  it('[vault-2] makes one key and one secret when all ask at once', async () => {
    const settings = freshPlace()
    const vaults = await Promise.all(Array.from({ length: 4 }, () => share(settings)))
    const secrets = await Promise.all(vaults.flatMap((vault) => ['p', 'q', 'p'].map(async (patient) => {
      await vault.createPatient(patient)
      return `${patient} ${Buffer.from(await (await keysOf(vault, patient)).subjectSecret('hospital')).toString('hex')}`
    })))
    expect(new Set(secrets).size).toBe(2)
  })

  it('[vault-5] has a destroyed patient\'s keys nowhere at the next call, cached or not, and keeps those of every other, over many erasures by turns', async () => {
    const settings = freshPlace()
    const vaults = [await share(settings), await share(settings), await share(settings)] as const
    const patients = Array.from({ length: 30 }, (_, n) => `p${n}`)
    await Promise.all(patients.map((patient) => vaults[0].createPatient(patient)))
    const sealed = new Map(await Promise.all(patients.map(async (patient) => [patient, (await keysOf(vaults[0], patient)).seal(bytes(patient), bytes(''))] as const)))
    for (const vault of vaults) for (const patient of patients) await keysOf(vault, patient)
    for (const [n, patient] of patients.slice(0, 12).entries()) {
      const held = await keysOf(vaults[(n + 1) % 3] as KeyVault, patient)
      const destroyed = await (vaults[n % 3] as KeyVault).destroy(patient)
      expect(destroyed).toEqual({ before: BigInt(n + 1), after: BigInt(n + 2) })
      for (const vault of vaults) {
        expect(await vault.patient(patient)).toBeUndefined()
        expect(await vault.generation()).toBe(BigInt(n + 2))
        await expect(vault.createPatient(patient)).rejects.toThrow(expect.objectContaining({ code: 'VAULT_DESTROYED' }))
        expect(await vault.destroy(patient)).toEqual(destroyed)
        for (const other of patients.slice(n + 1)) expect(Buffer.from((await keysOf(vault, other)).open(sealed.get(other) as Uint8Array, bytes(''))).toString()).toBe(other)
      }
      expect(() => held.open(sealed.get(patient) as Uint8Array, bytes(''))).toThrow(expect.objectContaining({ code: 'VAULT_DESTROYED' }))
    }
  })

  it('is not opened by one alone, nor shared while one has it alone', async () => {
    const settings = freshPlace()
    const shared = await createFileVault({ ...settings, shared: true })
    await expect(createFileVault(settings)).rejects.toThrow(expect.objectContaining({ code: 'VAULT_LOCKED' }))
    await shared.close()
    const alone = await createFileVault(settings)
    await expect(createFileVault({ ...settings, shared: true })).rejects.toThrow(expect.objectContaining({ code: 'VAULT_LOCKED' }))
    await alone.close()
    await (await createFileVault({ ...settings, shared: true })).close()
  })

  it('[vault-1] loses nothing acknowledged and doubles nothing while processes that share it are killed', { timeout: 60_000 }, async () => {
    const settings = freshPlace()
    const here = await share(settings)
    const made = new Map<string, string>()
    const asked = new Set<string>()
    const destroyed = new Set<string>()
    for (let round = 0; round < 4; round += 1) {
      const children = ['a', 'b'].map((name) => {
        const child = spawn(process.execPath, ['--conditions=@careledger/source', program, settings.directory, settings.rootFile, `${name}${round}`, 'shared'], { stdio: ['ignore', 'pipe', 'inherit'] })
        let text = ''
        child.stdout.setEncoding('utf8').on('data', (chunk: string) => { text += chunk })
        return { child, lines: () => text.split('\n').slice(0, -1) }
      })
      await vi.waitFor(() => { for (const { lines } of children) expect(lines().length).toBeGreaterThan(20 + round * 7) }, { timeout: 30_000, interval: 5 })
      await here.createPatient(`here-${round}`)
      made.set(`here-${round}`, Buffer.from(await (await keysOf(here, `here-${round}`)).subjectSecret('hospital')).toString('hex'))
      for (const { child } of children) {
        const gone = once(child, 'close')
        child.kill('SIGKILL')
        await gone
      }
      for (const line of children.flatMap(({ lines }) => lines())) {
        const [word, patient, secret] = line.split(' ') as [string, string, string]
        if (word === 'made') made.set(patient, secret)
        if (word === 'asked') asked.add(patient)
        if (word === 'destroyed') destroyed.add(patient)
      }
      for (const vault of [here, await share(settings)]) {
        for (const [patient, secret] of made) {
          const keys = await vault.patient(patient)
          if (destroyed.has(patient)) expect(keys).toBeUndefined()
          else if (keys === undefined) expect(asked).toContain(patient)
          else expect(Buffer.from(await keys.subjectSecret('hospital')).toString('hex')).toBe(secret)
        }
      }
    }
    expect(made.size).toBeGreaterThan(50)
    expect(destroyed.size).toBeGreaterThan(4)
  })
})
