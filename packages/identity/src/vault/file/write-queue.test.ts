import { describe, expect, it } from 'vitest'
import { createWriteQueue } from './write-queue.ts'

const record = async () => Buffer.from('r')

describe('the write queue', () => {
  it('lets callers that wait at the same time share one write, in order, at most 1,024 in one', async () => {
    const groups: number[] = []
    const offsets: number[] = []
    const queue = createWriteQueue(async (records) => {
      groups.push(records.length)
      return records.map((_, index) => index)
    })
    await Promise.all(Array.from({ length: 2500 }, () => queue.append({ build: record, written: (offset) => offsets.push(offset) })))
    expect(groups).toEqual([1024, 1024, 452])
    expect(offsets).toHaveLength(2500)
  })

  it('runs an exclusive job alone, after those before it and before those behind it', async () => {
    const events: string[] = []
    const queue = createWriteQueue(async (records) => {
      events.push(`write ${records.length}`)
      await new Promise((resolve) => setTimeout(resolve, 5))
      events.push('written')
      return records.map(() => 0)
    })
    const append = () => queue.append({ build: record, written: () => {} })
    await Promise.all([append(), append(), queue.exclusive(async () => void events.push('alone')), append()])
    await queue.idle()
    expect(events).toEqual(['write 2', 'written', 'alone', 'write 1', 'written'])
  })

  it('fails only the caller whose record could not be made, and all of a write that failed', async () => {
    let fail = false
    const queue = createWriteQueue(async (records) => {
      if (fail) throw new Error('disk')
      return records.map(() => 0)
    })
    const bad = queue.append({ build: () => Promise.reject(new Error('mine')), written: () => {} })
    const good = queue.append({ build: record, written: () => {} })
    await expect(bad).rejects.toThrow('mine')
    await good
    fail = true
    const results = await Promise.allSettled([queue.append({ build: record, written: () => {} }), queue.append({ build: async () => undefined, written: () => {} }), queue.append({ build: record, written: () => {} })])
    expect(results.map((one) => one.status)).toEqual(['rejected', 'fulfilled', 'rejected'])
  })

  it('refuses more than 65,536 that wait', async () => {
    let release = () => {}
    const gate = new Promise<void>((resolve) => (release = resolve))
    const queue = createWriteQueue(async (records) => {
      await gate
      return records.map(() => 0)
    })
    const waiting = Array.from({ length: 65_536 }, () => queue.append({ build: record, written: () => {} }))
    await expect(queue.append({ build: record, written: () => {} })).rejects.toThrow(expect.objectContaining({ code: 'VAULT_WRITE_FAILED' }))
    release()
    await Promise.all(waiting)
  })
})
