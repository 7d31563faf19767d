import { createHmac, randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { createKeyedHash } from './keyed-hash.ts'

it('is HMAC-SHA-256, for any key of up to a block and any text', () => {
  for (const bytes of [0, 1, 32, 64]) {
    const key = randomBytes(bytes)
    const keyedHash = createKeyedHash(key)
    for (const text of ['', 'labs', 'ü'.repeat(100)]) expect(keyedHash(text)).toEqual(createHmac('sha256', key).update(text).digest())
  }
})
