import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { keyVaultConformance } from '../__fixtures__/key-vault-conformance.ts'
import { startKvDouble } from '../__fixtures__/kv-v2-double.ts'
import { createFileVault } from '../file/create-file-vault.ts'
import { createKvRootStore } from './kv-root-store.ts'

let kv: Awaited<ReturnType<typeof startKvDouble>>
let folders = 0
const directories: string[] = []
beforeAll(async () => { kv = await startKvDouble() })
afterAll(async () => {
  await kv.stop()
  for (const directory of directories) rmSync(directory, { recursive: true })
})

function place() {
  const directory = mkdtempSync(join(tmpdir(), 'careledger-kv-'))
  directories.push(directory)
  folders += 1
  const folder = `test-${folders}`
  const open = (more = {}) => createFileVault({ custodian: 'org-1', directory, root: createKvRootStore({ address: kv.address, token: async () => kv.state.token, custodian: 'org-1', folder }), ...more })
  return { directory, open, versions: () => kv.secrets.get(`${folder}/org-1`) ?? [] }
}

keyVaultConformance('a file vault whose root lies in a KV engine', () => place().open())

describe('a root in a KV engine', () => {
  const refusedWith = (code: string) => expect.objectContaining({ name: 'VaultError', code })

  it('has one readable version at a time: each erasure destroys the one before', async () => {
    const { open, versions } = place()
    const vault = await open()
    for (const patient of ['p', 'q']) await vault.createPatient(patient)
    await vault.destroy('p')
    await vault.destroy('q')
    await vault.close()
    expect(versions().map(({ destroyed }) => destroyed)).toEqual([true, true, false])
    expect(versions()[0]?.data).toBeNull()
  })

  it('opens the vault again, and is on no disk of it', async () => {
    const { open, directory, versions } = place()
    const first = await open()
    await first.createPatient('p')
    const sealed = (await first.patient('p'))?.seal(Buffer.from('text'), Buffer.from('row'))
    await first.close()
    const again = await open()
    expect(Buffer.from((await again.patient('p'))?.open(sealed as Uint8Array, Buffer.from('row')) as Uint8Array).toString()).toBe('text')
    await again.close()
    const root = Buffer.from(versions()[0]?.data?.['root'] as string, 'base64url')
    for (const name of readdirSync(directory)) expect(readFileSync(join(directory, name)).includes(root)).toBe(false)
  })

  it('that another process has made meanwhile is not written over', async () => {
    const one = createKvRootStore({ address: kv.address, token: async () => kv.state.token, custodian: 'org-race' })
    await one.create({ generation: 1n, key: new Uint8Array(32).fill(1) })
    await expect(one.create({ generation: 1n, key: new Uint8Array(32).fill(2) })).rejects.toThrow(refusedWith('VAULT_ROOT_UNAVAILABLE'))
    expect((await one.open())?.root.key[0]).toBe(1)
  })

  it('that is gone, sealed, or behind a token that no longer holds opens nothing, and makes nothing anew', async () => {
    const { open, versions } = place()
    await (await open()).close()
    kv.state.down = true
    await expect(open()).rejects.toThrow(refusedWith('VAULT_ROOT_UNAVAILABLE'))
    kv.state.down = false
    kv.state.token = 'another'
    await expect(createKvRootStore({ address: kv.address, token: async () => 'old', custodian: 'org-1' }).open()).rejects.toThrow(refusedWith('VAULT_ROOT_UNAVAILABLE'))
    kv.state.token = 'a-token'
    Object.assign(versions()[0] ?? {}, { data: null, destroyed: true })
    await expect(open()).rejects.toThrow(refusedWith('VAULT_ROOT_MISSING'))
    expect(versions()).toHaveLength(1)
  })

  it('whose answer to an erasure is lost stops the vault, and the next opening ends it: the patient is gone, the others stay', async () => {
    const { open, versions } = place()
    const vault = await open()
    for (const patient of ['p', 'q']) await vault.createPatient(patient)
    kv.state.loseNextAnswer = true
    await expect(vault.destroy('p')).rejects.toThrow(refusedWith('VAULT_BROKEN'))
    await vault.close()
    const again = await open()
    expect([await again.patient('p'), (await again.patient('q')) !== undefined, await again.generation()]).toEqual([undefined, true, 2n])
    await again.close()
    expect(versions().map(({ destroyed }) => destroyed)).toEqual([true, false])
  })

  it('is asked for by https, or on this machine, and never named in an error', async () => {
    expect(() => createKvRootStore({ address: 'http://vault.example', token: async () => 'canary', custodian: 'org-1' })).toThrow(TypeError)
    const error = await createKvRootStore({ address: 'http://127.0.0.1:1/canary', token: async () => 'canary-token', custodian: 'org-1', timeoutMs: 2_000 }).open().catch((caught: unknown) => caught as Error)
    expect(JSON.stringify([String(error), (error as { details?: unknown }).details])).not.toContain('canary')
  })
})
