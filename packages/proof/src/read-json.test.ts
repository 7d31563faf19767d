import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fromUtf8, isProofError, nodeValue, readJson, utf8, type JsonNode } from './index.ts'

const synthea = `${process.env['CARELEDGER_CASES'] ?? fileURLToPath(new URL('../../../../shared/cases', import.meta.url))}/synthea`
const syntheaFiles = existsSync(synthea) ? (readdirSync(synthea, { recursive: true }) as string[]).filter((name) => name.endsWith('.json')) : []

const problem = (text: string | Uint8Array, options = {}) => {
  try {
    readJson(typeof text === 'string' ? utf8(text) : text, options)
    return undefined
  } catch (error) {
    if (!isProofError(error)) throw error
    return { code: error.code, ...error.details }
  }
}

/** Every node's bytes, read alone, are that node. */
const checkPlaces = (bytes: Uint8Array, node: JsonNode): void => {
  expect(JSON.stringify(JSON.parse(fromUtf8(bytes.subarray(node.start, node.end))))).toBe(JSON.stringify(nodeValue(node)))
  const below = node.kind === 'object' ? [...node.members.values()] : node.kind === 'array' ? node.items : []
  for (const child of below) checkPlaces(bytes, child)
}

describe('readJson', () => {
  test('reads what JSON.parse reads, and knows the bytes of each node', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), fc.constantFrom(undefined, 1, '\t'), (value, space) => {
        const text = JSON.stringify(value, undefined, space)
        const bytes = utf8(text)
        const node = readJson(bytes)
        expect(JSON.stringify(nodeValue(node))).toBe(JSON.stringify(JSON.parse(text)))
        checkPlaces(bytes, node)
      }),
    )
  })

  test('accepts no text that JSON.parse refuses', () => {
    const changed = fc.tuple(fc.json(), fc.nat(), fc.string({ maxLength: 2, unit: 'binary-ascii' })).map(([text, at, piece]) => {
      const place = at % (text.length + 1)
      return text.slice(0, place) + piece + text.slice(place + 1)
    })
    fc.assert(
      fc.property(fc.oneof(changed, fc.string()), (text) => {
        let parsed: unknown
        try {
          parsed = JSON.parse(text)
        } catch {
          return problem(text) !== undefined
        }
        const found = problem(text)
        return found === undefined ? JSON.stringify(nodeValue(readJson(utf8(text)))) === JSON.stringify(parsed) : found.code === 'DUPLICATE_MEMBER' || found.code === 'MALFORMED'
      }),
      { numRuns: 3000 },
    )
  })

  test('keeps a number as it was written', () => {
    const node = readJson(utf8('{"value":1.10}'))
    expect(node.kind === 'object' && node.members.get('value')).toEqual({ kind: 'number', raw: '1.10', start: 9, end: 13 })
  })

  test('keeps members in the order of the text', () => {
    const node = readJson(utf8('{"b":1,"a":2}'))
    expect(node.kind === 'object' && [...node.members.keys()]).toEqual(['b', 'a'])
  })

  test.each([
    ['a member twice', '{"a":1, "a":2}', { code: 'DUPLICATE_MEMBER', offset: 8, path: 'a' }],
    ['a member twice below', '{"x":[{"a":1,"\\u0061":2}]}', { code: 'DUPLICATE_MEMBER', offset: 13, path: 'x[0].a' }],
    ['text after the value', '1 x', { code: 'MALFORMED', offset: 2, path: '' }],
    ['a comma too many', '[1,]', { code: 'MALFORMED', offset: 3, path: '[1]' }],
    ['a number with a leading zero', '[01]', { code: 'MALFORMED', offset: 2, path: '' }],
    ['a bare point', '[1.]', { code: 'MALFORMED', offset: 3, path: '[0]' }],
    ['a plus', '+1', { code: 'MALFORMED', offset: 0, path: '' }],
    ['an open text', '"abc', { code: 'MALFORMED', offset: 4, path: '' }],
    ['a line feed in a text', '"a\nb"', { code: 'MALFORMED', offset: 2, path: '' }],
    ['a wrong escape', '"\\x"', { code: 'MALFORMED', offset: 0, path: '' }],
    ['a backslash at the end', '"\\', { code: 'MALFORMED', offset: 3, path: '' }],
    ['a lone surrogate', '"\\udc00"', { code: 'MALFORMED', offset: 0, path: '' }],
    ['a word that is none', 'nul', { code: 'MALFORMED', offset: 3, path: '' }],
    ['nothing', ' ', { code: 'MALFORMED', offset: 1, path: '' }],
  ])('refuses %s and says where', (_, text, expected) => {
    expect(problem(text)).toEqual(expected)
  })

  test('refuses bytes that are not UTF-8', () => {
    expect(problem(new Uint8Array([0x22, 0xc3, 0x28, 0x22]))?.code).toBe('MALFORMED')
    expect(problem(new Uint8Array([0xef, 0xbb, 0xbf, 0x31]))?.code).toBe('MALFORMED')
  })

  test('stops at the depth and at the number of members asked for', () => {
    expect(problem('[[1]]', { depthMax: 2 })).toBeUndefined()
    expect(problem('[[[1]]]', { depthMax: 2 })?.code).toBe('TOO_DEEP')
    expect(problem('['.repeat(1_000_000))?.code).toBe('TOO_DEEP')
    expect(problem('[1,2,3]', { membersMax: 3 })).toBeUndefined()
    expect(problem('[1,2,3,4]', { membersMax: 3 })?.code).toBe('TOO_LARGE')
  })

  test('a member named __proto__ changes no prototype', () => {
    const value = nodeValue(readJson(utf8('{"__proto__":{"a":1}}'))) as Record<string, unknown>
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
    expect(Object.hasOwn(value, '__proto__')).toBe(true)
  })

  test.skipIf(syntheaFiles.length === 0).each(syntheaFiles.length === 0 ? ['cases synthea are missing'] : syntheaFiles)('cuts a Synthea bundle into the exact bytes of its resources: %s', (name) => {
    const bytes = readFileSync(`${synthea}/${name}`)
    const bundle = readJson(bytes)
    const expected = JSON.parse(bytes.toString('utf8')) as { entry: { resource: unknown }[] }
    const entries = bundle.kind === 'object' ? bundle.members.get('entry') : undefined
    if (entries?.kind !== 'array') throw new Error('not a bundle')
    expect(entries.items.length).toBe(expected.entry.length)
    entries.items.forEach((item, index) => {
      const resource = item.kind === 'object' ? item.members.get('resource') : undefined
      expect(JSON.parse(bytes.subarray(resource!.start, resource!.end).toString('utf8'))).toEqual(expected.entry[index]!.resource)
    })
  })
})
