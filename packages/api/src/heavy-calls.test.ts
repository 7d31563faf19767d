import { describe, expect, it } from 'vitest'
import { createHeavyCalls } from './heavy-calls.ts'
import type { HeavySettings } from './heavy-calls.ts'

/** Time that moves when somebody sleeps; `readers`: whether light calls go on meanwhile. */
function world(settings: HeavySettings & { readonly readers: () => boolean }) {
  const clock = { now: 0 }
  const heavy = createHeavyCalls({
    ...settings, nowMs: () => clock.now,
    sleep: async (ms) => {
      clock.now += ms
      if (settings.readers()) heavy.light()
    },
  })
  const work = (ms: number, order: string[] = [], name = '') => heavy.run(async () => {
    order.push(`${name} from ${clock.now}`)
    clock.now += ms
    if (settings.readers()) heavy.light()
  })
  return { heavy, clock, work }
}

describe('heavy calls', () => {
  it('go one at a time, and take no more than their share while others read', async () => {
    const order: string[] = []
    const { work } = world({ share: 0.2, readers: () => true })
    await Promise.all([work(100, order, 'a'), work(100, order, 'b'), work(100, order, 'c')])
    expect(order).toEqual(['a from 0', 'b from 500', 'c from 1000'])
  })

  it('lose no time when nobody reads, and go on soon after the last reader left', async () => {
    const order: string[] = []
    let reads = 3
    const { work } = world({ share: 0.01, readers: () => reads-- > 0 })
    await Promise.all([work(1000, order, 'a'), work(1000, order, 'b')])
    expect(order).toEqual(['a from 0', 'b from 1100'])
    const alone: string[] = []
    const quiet = world({ readers: () => false })
    await Promise.all([quiet.work(1000, alone, 'a'), quiet.work(1000, alone, 'b')])
    expect(alone).toEqual(['a from 0', 'b from 1000'])
  })

  it('are refused with the time to come back when too many wait, and those that were taken are served', async () => {
    const { work } = world({ waitingMax: 2, readers: () => false })
    const results = await Promise.allSettled(Array.from({ length: 5 }, () => work(10)))
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'rejected', 'rejected'])
    expect(results[4]).toMatchObject({ reason: { code: 'BUSY', details: { retryAfterSeconds: 2 } } })
  })

  it('pass on what a body throws, and go on', async () => {
    const { heavy } = world({ readers: () => true })
    await expect(heavy.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(await heavy.run(async () => 'next')).toBe('next')
  })
})
