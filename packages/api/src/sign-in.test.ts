import { describe, expect, it } from 'vitest'
import { startInstance } from './__fixtures__/instance.ts'

describe('signing in', () => {
  it('asks for a nonce first (RFC 9449 §8), which no log takes for a refusal', async () => {
    await using instance = await startInstance()
    const before = instance.lines.length
    await instance.as('doctor-a')
    expect(instance.lines.slice(before).filter((line) => line.includes('caller refused'))).toEqual([])
    await expect(fetch(`${instance.url}/trpc/session.me`, { headers: { authorization: 'DPoP x' } }).then(({ status }) => status)).resolves.toBe(401)
    expect(instance.lines.slice(before).filter((line) => line.includes('caller refused'))).toHaveLength(1)
  })
})
