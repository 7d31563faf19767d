import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readElsewhereFile } from './elsewhere-file.ts'

let directory: string
beforeEach(() => { directory = mkdtempSync(join(tmpdir(), 'careledger-elsewhere-')) })
afterEach(() => rmSync(directory, { recursive: true }))

const key = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' }
const place = { name: 'seoul', title: 'Seoul General Hospital', url: 'https://care.seoul.example', trust: { origin: 'seoul.example', logKey: key, root: key, witnesses: [], witnessThreshold: 0, demo: false, version: '0.1.0' } }
const write = (...places: readonly object[]): void => writeFileSync(join(directory, 'elsewhere.json'), JSON.stringify({ places }))

describe('the file of other instances', () => {
  it('names each with the keys as they are printed there, is read anew, and is no duty', () => {
    expect(readElsewhereFile(directory)).toEqual([])
    write(place)
    const { demo: _demo, version: _version, ...trust } = place.trust
    expect(readElsewhereFile(directory)).toEqual([{ ...place, trust }])
    write(place, { ...place, name: 'near', url: 'http://127.0.0.1:4600' })
    expect(readElsewhereFile(directory).map(({ name }) => name)).toEqual(['seoul', 'near'])
  })

  it('refuses plain HTTP over a network, addresses with a path, places without keys, and what is not JSON', () => {
    for (const [wrong, words] of [[{ url: 'http://care.seoul.example' }, /plain HTTP/], [{ url: 'https://care.seoul.example/app' }, /places\.0\.url/], [{ trust: {} }, /places\.0\.trust/], [{ name: '../x' }, /places\.0\.name/]] as const) {
      write({ ...place, ...wrong })
      expect(() => readElsewhereFile(directory)).toThrow(words)
    }
    writeFileSync(join(directory, 'elsewhere.json'), '{')
    expect(() => readElsewhereFile(directory)).toThrow(/is not JSON/)
  })
})
