import { createHash, createHmac, hkdfSync } from 'node:crypto'
import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { tagged } from './__fixtures__/second-implementation.ts'
import { hkdfSha256, hmacSha256, sha256, taggedHash, toHex } from './index.ts'

const bytes = fc.uint8Array({ maxLength: 200 })

test('SHA-256, HMAC, HKDF and the tagged hash agree with node:crypto, however often and in whatever order they are asked', () => {
  fc.assert(
    fc.property(fc.array(bytes, { maxLength: 5 }), fc.constantFrom('entry' as const, 'leaf' as const, 'record' as const), (parts, name) => {
      const joined = Buffer.concat(parts)
      expect(toHex(sha256(...parts))).toBe(createHash('sha256').update(joined).digest('hex'))
      expect(toHex(hmacSha256(joined, ...parts))).toBe(createHmac('sha256', joined).update(joined).digest('hex'))
      expect(toHex(taggedHash(name, ...parts))).toBe(tagged(name, ...parts).toString('hex'))
    }),
  )
  expect(toHex(hkdfSha256(new Uint8Array(32).fill(1), 'info', 40))).toBe(Buffer.from(hkdfSync('sha256', new Uint8Array(32).fill(1), '', 'info', 40)).toString('hex'))
})

test('moving a byte from one part to the next changes the tagged hash', () => {
  expect(toHex(taggedHash('entry', Uint8Array.of(1, 2), Uint8Array.of(3)))).not.toBe(toHex(taggedHash('entry', Uint8Array.of(1), Uint8Array.of(2, 3))))
  expect(toHex(taggedHash('entry', Uint8Array.of(1)))).not.toBe(toHex(taggedHash('leaf', Uint8Array.of(1))))
})

test('a browser, which has no node:crypto, computes the same', async () => {
  vi.stubGlobal('process', undefined)
  vi.resetModules()
  const browser = await import('./hash.ts').finally(() => vi.unstubAllGlobals())
  expect(browser.sha256).not.toBe(sha256)
  for (const length of [0, 1, 63, 64, 65, 200]) {
    const part = new Uint8Array(length).fill(length)
    expect(toHex(browser.sha256(part))).toBe(toHex(sha256(part)))
    expect(toHex(browser.hmacSha256(part, part))).toBe(toHex(hmacSha256(part, part)))
    expect(toHex(browser.taggedHash('leaf', part))).toBe(toHex(taggedHash('leaf', part)))
  }
})
