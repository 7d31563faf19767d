import { randomBytes, randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { KeyVault } from '../key-vault.ts'

/** Every clause of the KeyVault port, against a fresh vault of custodian `org-1` each time. */
export function keyVaultConformance(name: string, create: () => Promise<KeyVault>): void {
  const using = async (body: (vault: KeyVault) => Promise<void>) => {
    const vault = await create()
    try {
      await body(vault)
    } finally {
      await vault.close()
    }
  }
  const patientOf = async (vault: KeyVault, patient: string) => {
    const keys = await vault.patient(patient)
    if (keys === undefined) throw new Error('The patient has no keys.')
    return keys
  }
  const bytes = (text: string) => new Uint8Array(Buffer.from(text))

  describe(name, () => {
    it('gives a fresh vault of its own each time', async () => {
      await using(async (one) => {
        await using(async (other) => {
          await one.createPatient('p')
          expect(await other.patient('p')).toBeUndefined()
          expect(one.custodian).toBe('org-1')
          expect(one.specVersion).toBe('v1')
        })
      })
    })

    it('knows no patient before it was created', () => using(async (vault) => expect(await vault.patient(randomUUID())).toBeUndefined()))

    it('[vault-2] keeps the keys when a patient is created again', () =>
      using(async (vault) => {
        await vault.createPatient('p')
        const sealed = (await patientOf(vault, 'p')).seal(bytes('text'), bytes('row'))
        await vault.createPatient('p')
        expect(Buffer.from((await patientOf(vault, 'p')).open(sealed, bytes('row'))).toString()).toBe('text')
      }))

    it('[vault-2] gives callers of the same patient at the same time the same keys', () =>
      using(async (vault) => {
        await Promise.all(Array.from({ length: 20 }, () => vault.createPatient('p')))
        const secrets = await Promise.all(Array.from({ length: 20 }, async () => (await patientOf(vault, 'p')).subjectSecret('hospital')))
        expect(new Set(secrets.map((secret) => Buffer.from(secret).toString('hex'))).size).toBe(1)
        expect(secrets[0]).toHaveLength(32)
      }))

    it('gives each network and each patient another subject secret', () =>
      using(async (vault) => {
        await vault.createPatient('p')
        await vault.createPatient('q')
        const secrets = [await (await patientOf(vault, 'p')).subjectSecret('hospital'), await (await patientOf(vault, 'p')).subjectSecret('laboratory'), await (await patientOf(vault, 'q')).subjectSecret('hospital')]
        expect(new Set(secrets.map((secret) => Buffer.from(secret).toString('hex'))).size).toBe(3)
      }))

    it('wraps a content key into 40 bytes and unwraps it', () =>
      using(async (vault) => {
        await vault.createPatient('p')
        const keys = await patientOf(vault, 'p')
        const contentKey = new Uint8Array(randomBytes(32))
        const wrapped = keys.wrap(contentKey)
        expect(wrapped).toHaveLength(40)
        expect(keys.unwrap(wrapped)).toEqual(contentKey)
      }))

    it('refuses a content key of another length', () =>
      using(async (vault) => {
        await vault.createPatient('p')
        const keys = await patientOf(vault, 'p')
        expect(() => keys.wrap(new Uint8Array(16))).toThrow(TypeError)
        expect(() => keys.unwrap(new Uint8Array(24))).toThrow(expect.objectContaining({ code: 'VAULT_UNSEAL_FAILED' }))
      }))

    it('opens nothing under another patient\'s key, other associated data, or with any bit altered', () =>
      using(async (vault) => {
        await vault.createPatient('p')
        await vault.createPatient('q')
        const p = await patientOf(vault, 'p')
        const q = await patientOf(vault, 'q')
        const refused = expect.objectContaining({ name: 'VaultError', code: 'VAULT_UNSEAL_FAILED' })
        const wrapped = p.wrap(new Uint8Array(randomBytes(32)))
        const sealed = p.seal(bytes('text'), bytes('row'))
        expect(() => q.unwrap(wrapped)).toThrow(refused)
        expect(() => q.open(sealed, bytes('row'))).toThrow(refused)
        expect(() => p.open(sealed, bytes('other row'))).toThrow(refused)
        expect(() => p.open(sealed.subarray(0, 20), bytes('row'))).toThrow(refused)
        for (let index = 0; index < sealed.length; index += 1) {
          const altered = sealed.slice()
          altered[index] = (altered[index] as number) ^ (1 << index % 8)
          expect(() => p.open(altered, bytes('row'))).toThrow(refused)
        }
        for (let index = 0; index < wrapped.length; index += 1) {
          const altered = wrapped.slice()
          altered[index] = (altered[index] as number) ^ (1 << index % 8)
          expect(() => p.unwrap(altered)).toThrow(refused)
        }
      }))

    it('makes tokens that depend on key, field and value, with no way to move text from field to value', () =>
      using(async (vault) => {
        await vault.createPatient('p')
        await vault.createPatient('q')
        const p = await patientOf(vault, 'p')
        const q = await patientOf(vault, 'q')
        const organisation = await vault.organisation()
        expect(p.token('type', 'Observation')).toBe(p.token('type', 'Observation'))
        expect(p.token('type', 'Observation')).toMatch(/^[\w-]{43}$/)
        const tokens = [p.token('type', 'x'), p.token('typ', 'ex'), p.token('code', 'x'), p.token('type', 'y'), q.token('type', 'x'), organisation.token('type', 'x')]
        expect(new Set(tokens).size).toBe(tokens.length)
        expect(() => p.token('a\0b', 'c')).toThrow(TypeError)
      }))

    it('gives the organisation stable keys, and each network another slot key', () =>
      using(async (vault) => {
        const organisation = await vault.organisation()
        const sealed = organisation.seal(bytes('stock'), bytes('row'))
        expect(Buffer.from((await vault.organisation()).open(sealed, bytes('row'))).toString()).toBe('stock')
        expect(organisation.slotKey('blood-bank')).toHaveLength(32)
        expect((await vault.organisation()).slotKey('blood-bank')).toEqual(organisation.slotKey('blood-bank'))
        expect(organisation.slotKey('pharmacy')).not.toEqual(organisation.slotKey('blood-bank'))
      }))

    it('keeps the organisation\'s keys when a patient is destroyed, also in handles given out before', () =>
      using(async (vault) => {
        const organisation = await vault.organisation()
        const slotKey = organisation.slotKey('blood-bank')
        const token = organisation.token('identifier', '1')
        await vault.createPatient('p')
        await vault.destroy('p')
        expect(organisation.slotKey('blood-bank')).toEqual(slotKey)
        expect((await vault.organisation()).token('identifier', '1')).toBe(token)
      }))

    it('[vault-3] destroys one patient and leaves all others', () =>
      using(async (vault) => {
        const patients = Array.from({ length: 50 }, (_, index) => `patient-${index}`)
        await Promise.all(patients.map((patient) => vault.createPatient(patient)))
        const sealed = new Map<string, Uint8Array>()
        const secrets = new Map<string, Uint8Array>()
        for (const patient of patients) {
          const keys = await patientOf(vault, patient)
          sealed.set(patient, keys.seal(bytes(patient), bytes('row')))
          secrets.set(patient, await keys.subjectSecret('hospital'))
        }
        expect(await vault.destroy('patient-7')).toEqual({ before: 1n, after: 2n })
        expect(await vault.generation()).toBe(2n)
        expect(await vault.patient('patient-7')).toBeUndefined()
        for (const patient of patients.filter((one) => one !== 'patient-7')) {
          const keys = await patientOf(vault, patient)
          expect(Buffer.from(keys.open(sealed.get(patient) as Uint8Array, bytes('row'))).toString()).toBe(patient)
          expect(await keys.subjectSecret('hospital')).toEqual(secrets.get(patient))
        }
      }))

    it('[vault-5] makes handles given out before refuse', () =>
      using(async (vault) => {
        await vault.createPatient('p')
        const keys = await patientOf(vault, 'p')
        const wrapped = keys.wrap(new Uint8Array(32))
        const sealed = keys.seal(bytes('text'), bytes('row'))
        await vault.destroy('p')
        const refused = expect.objectContaining({ name: 'VaultError', code: 'VAULT_DESTROYED' })
        expect(() => keys.wrap(new Uint8Array(32))).toThrow(refused)
        expect(() => keys.unwrap(wrapped)).toThrow(refused)
        expect(() => keys.seal(bytes('text'), bytes('row'))).toThrow(refused)
        expect(() => keys.open(sealed, bytes('row'))).toThrow(refused)
        expect(() => keys.token('a', 'b')).toThrow(refused)
        await expect(keys.subjectSecret('hospital')).rejects.toThrow(refused)
      }))

    it('makes no new keys under a destroyed patient\'s id', () =>
      using(async (vault) => {
        await vault.createPatient('p')
        await vault.destroy('p')
        await expect(vault.createPatient('p')).rejects.toThrow(expect.objectContaining({ code: 'VAULT_DESTROYED' }))
      }))

    it('gives the first answer when asked to destroy again', () =>
      using(async (vault) => {
        await vault.createPatient('p')
        await vault.createPatient('q')
        await vault.destroy('p')
        await vault.destroy('q')
        expect(await vault.destroy('p')).toEqual({ before: 1n, after: 2n })
        expect(await vault.generation()).toBe(3n)
      }))

    it('destroys a patient without keys: no new generation, and none can be made', () =>
      using(async (vault) => {
        expect(await vault.destroy('never-there')).toEqual({ before: 1n, after: 1n })
        await expect(vault.createPatient('never-there')).rejects.toThrow(expect.objectContaining({ code: 'VAULT_DESTROYED' }))
      }))

    it('survives destroying and creating at the same time', () =>
      using(async (vault) => {
        const patients = Array.from({ length: 30 }, (_, index) => `patient-${index}`)
        await Promise.all(patients.map((patient) => vault.createPatient(patient)))
        await Promise.all([
          ...patients.slice(0, 10).map((patient) => vault.destroy(patient)),
          ...Array.from({ length: 30 }, (_, index) => vault.createPatient(`more-${index}`)),
          ...patients.slice(10).map(async (patient) => (await patientOf(vault, patient)).subjectSecret('hospital')),
        ])
        expect(await vault.generation()).toBe(11n)
        for (const patient of patients.slice(0, 10)) expect(await vault.patient(patient)).toBeUndefined()
        for (const patient of [...patients.slice(10), ...Array.from({ length: 30 }, (_, index) => `more-${index}`)]) expect(await vault.patient(patient)).toBeDefined()
      }))

    it('refuses ids out of bounds', () =>
      using(async (vault) => {
        await expect(vault.createPatient('')).rejects.toThrow(TypeError)
        await expect(vault.createPatient('x'.repeat(129))).rejects.toThrow(TypeError)
      }))

    it('says after close that it is closed, in every call and in handles', async () => {
      const vault = await create()
      await vault.createPatient('p')
      const keys = await patientOf(vault, 'p')
      await vault.close()
      await vault.close()
      const refused = expect.objectContaining({ name: 'VaultError', code: 'VAULT_CLOSED' })
      await expect(vault.createPatient('q')).rejects.toThrow(refused)
      await expect(vault.patient('p')).rejects.toThrow(refused)
      await expect(vault.organisation()).rejects.toThrow(refused)
      await expect(vault.destroy('p')).rejects.toThrow(refused)
      await expect(vault.generation()).rejects.toThrow(refused)
      expect(() => keys.token('a', 'b')).toThrow(refused)
      expect((await vault.health()).ok).toBe(false)
    })

    it('never puts a patient or key material into a message', () =>
      using(async (vault) => {
        await vault.createPatient('canary-patient')
        await vault.destroy('canary-patient')
        const error = await vault.createPatient('canary-patient').catch((caught: unknown) => caught as Error)
        expect(JSON.stringify([String(error), (error as { details?: unknown }).details])).not.toContain('canary')
      }))
  })
}
