import { describe, expect, test } from 'vitest'
import { canonicalize, chainOf, entryBytes, entryHash, equalBytes, instantText, parseEntry, utf8, type Entry } from './index.ts'

const digest = 'H35GHDLg01mj2Ew9UFQgsKG87N_g_1EFYZSvXHS3K74'
const entry: Entry = {
  v: 1, id: '01890a5d-ac96-774b-bcce-b302099a8057', network: 'hospital', type: 'record-created', subject: digest, custodian: 'org-1', payload: digest, replaces: '01890a5d-ac96-874b-bcce-b302099a8057',
  issuedAt: '2026-11-22T12:00:00.000Z', author: { party: 'party-1', key: digest, credential: '01890a5d-ac96-774b-bcce-b302099a8056' },
}
const refusal = (value: object) => {
  try {
    parseEntry(utf8(canonicalize(value)))
    return undefined
  } catch (error) {
    const { code, details } = error as { code: string; details: { path?: string } }
    return `${code} ${details.path ?? ''}`.trim()
  }
}
const without = (name: keyof Entry) => Object.fromEntries(Object.entries(entry).filter(([member]) => member !== name))

describe('parseEntry', () => {
  test('gives back what entryBytes wrote', () => {
    expect(parseEntry(entryBytes(entry))).toEqual(entry)
  })

  test.each(['subject', 'payload', 'replaces'] as const)('takes an entry without %s', (name) => {
    expect(refusal(without(name))).toBeUndefined()
  })

  test.each(['v', 'id', 'network', 'type', 'custodian', 'issuedAt', 'author'] as const)('refuses an entry without %s', (name) => {
    expect(refusal(without(name))).toBe(`MISSING_MEMBER ${name}`)
  })

  test.each([
    [{ note: 'x' }, 'UNKNOWN_MEMBER note'],
    [{ author: { ...entry.author, name: 'x' } }, 'UNKNOWN_MEMBER author.name'],
    [{ v: 2 }, 'MALFORMED v'],
    [{ v: 0 }, 'MALFORMED v'],
    [{ v: '1' }, 'MALFORMED v'],
    [{ id: entry.id.toUpperCase() }, 'MALFORMED id'],
    [{ id: '01890a5d-ac96-474b-bcce-b302099a8057' }, 'MALFORMED id'],
    [{ id: '01890a5d-ac96-774b-0cce-b302099a8057' }, 'MALFORMED id'],
    [{ network: 'Hospital' }, 'MALFORMED network'],
    [{ network: 'a'.repeat(32) }, 'MALFORMED network'],
    [{ type: 'record--created' }, 'MALFORMED type'],
    [{ type: 'record created' }, 'MALFORMED type'],
    [{ type: 'a'.repeat(64) }, 'MALFORMED type'],
    [{ subject: 'Jane Doe' }, 'MALFORMED subject'],
    [{ subject: `${digest.slice(0, -1)}5` }, 'MALFORMED subject'],
    [{ subject: `${digest}A` }, 'MALFORMED subject'],
    [{ payload: 7 }, 'MALFORMED payload'],
    [{ custodian: 'org 1' }, 'MALFORMED custodian'],
    [{ custodian: 'org-1\n' }, 'MALFORMED custodian'],
    [{ replaces: '' }, 'MALFORMED replaces'],
    [{ issuedAt: '2026-11-22T12:00:00Z' }, 'MALFORMED issuedAt'],
    [{ issuedAt: '2026-02-30T12:00:00.000Z' }, 'MALFORMED issuedAt'],
    [{ issuedAt: '2026-11-22T24:00:00.000Z' }, 'MALFORMED issuedAt'],
    [{ issuedAt: '2026-11-22T12:00:00.000+00:00' }, 'MALFORMED issuedAt'],
    [{ author: 'party-1' }, 'MALFORMED author'],
    [{ author: [] }, 'MALFORMED author'],
    [{ author: { ...entry.author, key: 'x' } }, 'MALFORMED author.key'],
    [{ author: { party: 'party-1' } }, 'MISSING_MEMBER author.key'],
  ])('refuses %j', (change, expected) => {
    expect(refusal({ ...entry, ...change })).toBe(expected)
  })

  test('refuses more than 4,096 bytes before reading them', () => {
    expect(() => parseEntry(new Uint8Array(4097))).toThrow(expect.objectContaining({ code: 'TOO_LARGE' }))
  })

  test('names members in its errors, and never values', () => {
    expect(() => parseEntry(utf8(canonicalize({ ...entry, subject: 'Jane Doe' })))).toThrow(expect.objectContaining({ message: expect.not.stringContaining('Jane') as string }))
  })
})

test('the hash of bytes is the hash of the entry, and each member counts', () => {
  expect(equalBytes(entryHash(entryBytes(entry)), entryHash(entry))).toBe(true)
  const changes: Partial<Entry>[] = [{ type: 'record-amended' }, { custodian: 'org-2' }, { issuedAt: '2026-11-22T12:00:00.001Z' }, { author: { ...entry.author, party: 'party-2' } }]
  for (const change of changes) expect(equalBytes(entryHash({ ...entry, ...change }), entryHash(entry))).toBe(false)
})

test('entryBytes refuses what parseEntry would', () => {
  expect(() => entryBytes({ ...entry, network: 'X' })).toThrow(expect.objectContaining({ code: 'MALFORMED' }))
})

test('a chain is network, custodian and subject', () => {
  expect(chainOf(entry)).toBe(`hospital/org-1/${digest}`)
  expect(chainOf({ network: 'pharmacy', custodian: 'org-1' })).toBe('pharmacy/org-1')
})

test('times are written in UTC with milliseconds', () => {
  expect(instantText(new Date(0))).toBe('1970-01-01T00:00:00.000Z')
  expect(() => instantText(new Date(8.64e15))).toThrow(expect.objectContaining({ code: 'MALFORMED' }))
})
