import { LedgerError } from '@careledger/ledger-spec'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { newRecord } from './__fixtures__/list-backend.ts'
import { backoffMs, createLifetime, createPositionCodec, redact, safeCause, sameContent, sleep } from './index.ts'

describe('positions', () => {
  const parts = fc.tuple(fc.nat(9_999), fc.nat(99), fc.nat(999))
  const codec = createPositionCodec([4, 2, 3])

  it('compare as text as their numbers do, and come back', () => {
    fc.assert(fc.property(parts, parts, (a, b) => {
      const difference = a.map((part, index) => part - (b[index] ?? 0)).find((each) => each !== 0) ?? 0
      const [first, second] = [codec.encode(...a), codec.encode(...b)]
      expect(first < second).toBe(difference < 0)
      expect(first === second).toBe(difference === 0)
      expect(codec.decode(first).map(Number)).toEqual(a)
    }))
  })

  it('refuse any other text, and numbers that do not fit', () => {
    fc.assert(fc.property(fc.string({ maxLength: 20 }), (text) => {
      fc.pre(!/^\d{4}-\d{2}-\d{3}$/.test(text))
      expect(() => codec.decode(text)).toThrow(LedgerError)
    }))
    expect(() => codec.encode(10_000, 0, 0)).toThrow(RangeError)
    expect(() => codec.encode(-1, 0, 0)).toThrow(RangeError)
    expect(() => codec.encode(1)).toThrow(RangeError)
    expect(() => createPositionCodec([40, 40])).toThrow(RangeError)
  })
})

describe('texts for people', () => {
  it('lose credentials, queries, and long runs of hex and base64', () => {
    const text = `POST https://rpc:hunter2@node.example:8545/v1?apikey=abcdef failed for ${'ab'.repeat(32)} with ${'QUJD'.repeat(20)}`
    expect(redact(text)).toBe('POST https://node.example:8545/v1 failed for … with …')
    expect(redact('x '.repeat(1_000)).length).toBeLessThanOrEqual(300)
  })

  it('make a cause that has nothing but name, code and message', () => {
    const vendor = Object.assign(new TypeError('boom'), { code: 'ECONNRESET', request: { authorization: 'Basic abc' } })
    const cause = safeCause(vendor)
    expect([cause.name, cause.message, Object.keys(cause)]).toEqual(['TypeError', 'boom (ECONNRESET)', ['name']])
  })
})

describe('contents', () => {
  it('are the same by digest, key and data', () => {
    const record = newRecord({ key: 'a'.repeat(64), data: new Uint8Array([1, 2]) })
    expect(sameContent(record, { ...record, data: new Uint8Array([1, 2]) })).toBe(true)
    for (const other of [{ ...record, key: undefined }, { ...record, data: undefined }, { ...record, data: new Uint8Array([1]) }, { ...record, digest: 'b'.repeat(64) }]) {
      expect(sameContent(record, other)).toBe(false)
      expect(sameContent(other, record)).toBe(false)
    }
  })
})

describe('waiting', () => {
  it('backs off under a ceiling that doubles', () => {
    for (let attempt = 0; attempt < 60; attempt += 1) {
      const ms = backoffMs(attempt, { firstMs: 10, mostMs: 80 })
      expect(ms).toBeGreaterThanOrEqual(0)
      expect(ms).toBeLessThanOrEqual(Math.min(80, 10 * 2 ** attempt))
    }
  })

  it('ends at once on abort and leaves no timer', async () => {
    const controller = new AbortController()
    const started = Date.now()
    const sleeping = sleep(10_000, controller.signal)
    controller.abort()
    await sleeping
    await sleep(10_000, controller.signal)
    expect(Date.now() - started).toBeLessThan(1_000)
    expect(process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length).toBeLessThan(3)
  })
})

describe('a lifetime', () => {
  it('ends running work on close, and starts none after it', async () => {
    const lifetime = createLifetime()
    let heard = false
    const running = lifetime.run(undefined, (signal) => new Promise<void>(() => { signal.addEventListener('abort', () => { heard = true }) }))
    const ended = expect(running).rejects.toMatchObject({ code: 'LEDGER_CLOSED' })
    expect([lifetime.close(), lifetime.close()]).toEqual([true, false])
    await ended
    expect(heard).toBe(true)
    await expect(lifetime.run(undefined, () => Promise.resolve(1))).rejects.toMatchObject({ code: 'LEDGER_CLOSED' })
  })

  it('leaves no listener on a signal that outlives many calls', async () => {
    const lifetime = createLifetime()
    const { signal } = new AbortController()
    let listeners = 0
    const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)]
    signal.addEventListener = (...call: Parameters<typeof add>) => { listeners += 1; add(...call) }
    signal.removeEventListener = (...call: Parameters<typeof remove>) => { listeners -= 1; remove(...call) }
    for (let call = 0; call < 100; call += 1) await lifetime.run(signal, () => Promise.resolve(call))
    expect(listeners).toBe(0)
  })
})
