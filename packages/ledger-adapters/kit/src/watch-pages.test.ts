import { describe, expect, it } from 'vitest'
import { listBackend, newRecords } from './__fixtures__/list-backend.ts'
import { composeLedger } from './index.ts'

const STREAM = 's'
const signal = (): AbortSignal => new AbortController().signal

async function filled(count: number) {
  const backend = listBackend()
  const ledger = composeLedger(backend)
  for (const record of newRecords(count)) await ledger.append(STREAM, [record])
  return backend
}

describe('watch', () => {
  it('asks for a page only when the one before is consumed', async () => {
    const backend = await filled(10)
    const asked: (string | undefined)[] = []
    const ledger = composeLedger({ ...backend, list: (stream, query, ending) => { asked.push(query.after); return backend.list(stream, query, ending) } })
    const iterator = ledger.watch(STREAM, { signal: signal() })[Symbol.asyncIterator]()
    for (let count = 0; count < 3; count += 1) await iterator.next()
    expect(asked).toEqual([undefined])
    await iterator.next()
    expect(asked).toEqual([undefined, '000003'])
    await iterator.return?.()
  })

  it('bridges an outage that is shorter than reconnectForMs, and ends with LEDGER_UNAVAILABLE after a longer one', async () => {
    const backend = await filled(2)
    let cutUntil = Date.now() + 80
    const cut = composeLedger({
      ...backend,
      async list(...call) {
        if (Date.now() < cutUntil) throw new Error('ECONNREFUSED')
        return await backend.list(...call)
      },
    }, { reconnectForMs: 400, pollMs: 2 })
    const iterator = cut.watch(STREAM, { signal: signal() })[Symbol.asyncIterator]()
    expect((await iterator.next()).value).toMatchObject({ position: '000001' })
    await iterator.next()
    cutUntil = Infinity
    await expect(iterator.next()).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' })
    expect(await iterator.next()).toEqual({ done: true, value: undefined })
  })

  it('ends with LEDGER_CORRUPTION when the ledger gives a record again', async () => {
    const backend = await filled(3)
    const again = composeLedger({ ...backend, list: (stream, query, ending) => backend.list(stream, { ...query, after: undefined, limit: 2 }, ending) })
    const iterator = again.watch(STREAM, { signal: signal() })[Symbol.asyncIterator]()
    await iterator.next()
    await iterator.next()
    await expect(iterator.next()).rejects.toMatchObject({ code: 'LEDGER_CORRUPTION', details: { stream: STREAM, position: '000002' } })
  })

  it('waits for the adapter to say that something changed, where it can', async () => {
    const backend = await filled(1)
    let change: () => void = () => undefined
    let waits = 0
    const ledger = composeLedger({ ...backend, changed: () => new Promise((resolve) => { waits += 1; change = resolve }) }, { pollMs: 1 })
    const iterator = ledger.watch(STREAM, { signal: signal() })[Symbol.asyncIterator]()
    await iterator.next()
    const next = iterator.next()
    await expect.poll(() => waits).toBe(1)
    await ledger.append(STREAM, newRecords(1))
    change()
    expect((await next).value).toMatchObject({ position: '000002' })
    await ledger.close()
  })

  it('goes on when the adapter cannot be asked whether something changed', async () => {
    const backend = await filled(1)
    const ledger = composeLedger({ ...backend, changed: () => Promise.reject(new Error('ECONNREFUSED')) }, { pollMs: 1 })
    const iterator = ledger.watch(STREAM, { signal: signal() })[Symbol.asyncIterator]()
    await iterator.next()
    const next = iterator.next()
    await ledger.append(STREAM, newRecords(1))
    expect((await next).value).toMatchObject({ position: '000002' })
    await ledger.close()
  })
})
