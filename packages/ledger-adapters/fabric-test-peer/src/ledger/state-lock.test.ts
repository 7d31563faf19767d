import { describe, expect, it } from 'vitest'
import { StateLock } from './state-lock.ts'

describe('StateLock', () => {
  it('lets simulations run together, and a commit alone', async () => {
    const lock = new StateLock()
    const first = await lock.acquire('read')
    const second = await lock.acquire('read')
    let committing = false
    const commit = lock.acquire('write').then((release) => {
      committing = true
      return release
    })
    first()
    await Promise.resolve()
    expect(committing).toBe(false)
    second()
    const release = await commit
    expect(committing).toBe(true)
    release()
  })

  it('lets a waiting commit go before later simulations', async () => {
    const lock = new StateLock()
    const order: string[] = []
    const running = await lock.acquire('read')
    const waiting = (['write', 'read', 'read'] as const).map(async (kind) => {
      const release = await lock.acquire(kind)
      order.push(kind)
      release()
    })
    running()
    await Promise.all(waiting)
    expect(order).toEqual(['write', 'read', 'read'])
  })
})
