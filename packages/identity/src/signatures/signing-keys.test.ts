import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { verifySignature } from '@careledger/proof'
import { afterAll, describe, expect, it } from 'vitest'
import { createFileSigningKeys, type SigningKeys } from './signing-keys.ts'

const place = mkdtempSync(join(tmpdir(), 'careledger-keys-'))
let count = 0
const fresh = () => join(place, `instance-${(count += 1)}`, 'keys')
afterAll(() => rmSync(place, { recursive: true }))
const names = ['log', 'cosigner', 'root', 'system', 'token'] as const
const corrupt = (file: string) => expect.objectContaining({ name: 'IdentityError', code: 'SIGNING_KEYS_CORRUPT', details: { file } })

describe('the instance\'s signing keys', () => {
  it('are made at the first start, each its own, and are the same at the second', async () => {
    const directory = fresh()
    const keys = await createFileSigningKeys(directory)
    expect(names.map((name) => keys[name].algorithm)).toEqual(['EdDSA', 'EdDSA', 'ES256', 'ES256', 'ES256'])
    expect(new Set(names.map((name) => keys[name].key)).size).toBe(names.length)
    expect(keys.challengeSecret).toHaveLength(32)
    const again = await createFileSigningKeys(directory)
    expect(names.map((name) => again[name].key)).toEqual(names.map((name) => keys[name].key))
    expect(again.challengeSecret).toEqual(keys.challengeSecret)
    const message = new Uint8Array([1, 2, 3])
    for (const name of names) expect(await verifySignature(again[name].algorithm, keys[name].publicJwk, message, await again[name].sign(message))).toBe(true)
  })

  it('are readable by the owner only', async () => {
    const directory = fresh()
    await createFileSigningKeys(directory)
    expect(statSync(directory).mode & 0o777).toBe(0o700)
    expect(readdirSync(directory).sort()).toEqual(['challenge.json', 'cosigner.json', 'log.json', 'root.json', 'system.json', 'token.json'])
    for (const name of readdirSync(directory)) expect(statSync(join(directory, name)).mode & 0o777).toBe(0o600)
  })

  it('are the same for two starts at once', async () => {
    const directory = fresh()
    const all: SigningKeys[] = await Promise.all(Array.from({ length: 4 }, () => createFileSigningKeys(directory)))
    expect(new Set(all.map((keys) => keys.log.key)).size).toBe(1)
    expect(readdirSync(join(directory, '..'))).toEqual(['keys'])
  })

  it.each([...names, 'challenge'])('are never completed: without %s.json the start is refused', async (name) => {
    const directory = fresh()
    await createFileSigningKeys(directory)
    rmSync(join(directory, `${name}.json`))
    await expect(createFileSigningKeys(directory)).rejects.toThrow(corrupt(`${name}.json`))
    expect(readdirSync(directory)).not.toContain(`${name}.json`)
  })

  it.each([
    ['no JSON', () => '{'],
    ['a key of another kind', (directory: string) => readFileSync(join(directory, 'root.json'), 'utf8')],
    ['a public key only', (directory: string) => readFileSync(join(directory, 'log.json'), 'utf8').replace(/"d":"[^"]*",?/, '')],
    ['another public half', (directory: string) => {
      const { x } = JSON.parse(readFileSync(join(directory, 'cosigner.json'), 'utf8')) as { x: string }
      return JSON.stringify({ ...(JSON.parse(readFileSync(join(directory, 'log.json'), 'utf8')) as object), x })
    }],
  ])('are refused with %s in a file, without quoting it', async (_name, text) => {
    const directory = fresh()
    await createFileSigningKeys(directory)
    const secret = (JSON.parse(readFileSync(join(directory, 'log.json'), 'utf8')) as { d: string }).d
    writeFileSync(join(directory, 'log.json'), text(directory))
    const error = await createFileSigningKeys(directory).catch((caught: unknown) => caught as Error)
    expect(error).toEqual(corrupt('log.json'))
    expect(String((error as Error).stack)).not.toContain(secret)
  })

  it('are refused with a short challenge secret', async () => {
    const directory = fresh()
    await createFileSigningKeys(directory)
    writeFileSync(join(directory, 'challenge.json'), JSON.stringify({ kty: 'oct', k: 'AAAA' }))
    await expect(createFileSigningKeys(directory)).rejects.toThrow(corrupt('challenge.json'))
  })
})
