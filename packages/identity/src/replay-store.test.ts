import { describe, expect, it } from 'vitest'
import { now } from './__fixtures__/people.ts'
import { createInMemoryReplayStore } from './replay-store.ts'

const later = (ms: number) => new Date(now.getTime() + ms)

describe('the in-memory replay store', () => {
  it('[replay-1] gives true to the first use only, for each scope and value', async () => {
    const replay = createInMemoryReplayStore(() => now)
    expect(await replay.claim('dpop', 'a', later(1000))).toBe(true)
    expect(await replay.claim('dpop', 'a', later(1000))).toBe(false)
    expect(await replay.claim('dpop', 'b', later(1000))).toBe(true)
    expect(await replay.claim('challenge', 'a', later(1000))).toBe(true)
  })

  it('[replay-4] gives true to the owner of a claim again, and to nobody else', async () => {
    const replay = createInMemoryReplayStore(() => now)
    expect(await replay.claim('dpop', 'a', later(1000), 'me')).toBe(true)
    expect(await replay.claim('dpop', 'a', later(1000), 'me')).toBe(true)
    expect(await replay.claim('dpop', 'a', later(1000), 'you')).toBe(false)
    expect(await replay.claim('dpop', 'a', later(1000))).toBe(false)
  })

  it('drops values that have expired, so that its memory is bounded, and keeps the others', async () => {
    let time = now
    const replay = createInMemoryReplayStore(() => time)
    await replay.claim('dpop', 'kept', later(3_600_000))
    for (let index = 0; index < 5000; index += 1) {
      time = later(index)
      await replay.claim('dpop', String(index), later(index + 10))
    }
    expect(await replay.claim('dpop', 'kept', later(3_600_000))).toBe(false)
    expect(await replay.claim('dpop', '0', later(9999))).toBe(true)
  })
})
