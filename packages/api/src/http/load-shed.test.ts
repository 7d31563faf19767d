import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { startSmallServer } from '../__fixtures__/small-server.ts'
import { createLoadShed } from './load-shed.ts'

describe('the look at the event loop', () => {
  beforeEach(() => { vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] }) })
  afterEach(() => { vi.useRealTimers() })
  const looked = (lags: readonly number[]) => {
    let clock = 0
    const load = createLoadShed(1000, () => clock)
    for (const lag of lags) {
      clock += 100 + lag
      vi.advanceTimersByTime(100)
    }
    load.stop()
    return load
  }

  it('forgives one long computation and not a loop that is late at every turn', () => {
    expect(looked([0, 0, 4000, 0]).overloaded()).toBe(false)
    expect(looked([1500, 1500, 1500]).overloaded()).toBe(false)
    expect(looked(Array.from({ length: 8 }, () => 1500)).overloaded()).toBe(true)
    expect(looked([...Array.from({ length: 8 }, () => 1500), 0, 0, 0]).overloaded()).toBe(false)
  })
})

describe('a server whose event loop is late', () => {
  it('refuses new requests with 503 and Retry-After, serves what it accepted, and still tells of itself', async () => {
    let late = false
    await using small = await startSmallServer({ load: { lagMs: () => 0, overloaded: () => late, stop: () => undefined } })
    const ask = () => fetch(`${small.url}/trpc/echo.query?input=${encodeURIComponent('{"text":"a"}')}`)
    const body = JSON.stringify({ text: 'x'.repeat(300_000) })
    let feed: ReadableStreamDefaultController<Uint8Array> | undefined
    const accepted = fetch(`${small.url}/trpc/echo.large`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: new ReadableStream({ start: (controller) => { feed = controller } }), duplex: 'half' } as RequestInit)
    feed?.enqueue(new TextEncoder().encode(body.slice(0, 1000)))
    await vi.waitFor(async () => expect(await (await fetch(`${small.url}/metrics`)).text()).toMatch(/careledger_http_requests_open 2/), { timeout: 5000 })
    late = true
    const refused = await ask()
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1'])
    expect((await fetch(`${small.url}/health/live`)).status).toBe(200)
    expect(await (await fetch(`${small.url}/metrics`)).text()).toContain('careledger_http_requests_shed_total{reason="lag"} 1')
    feed?.enqueue(new TextEncoder().encode(body.slice(1000)))
    feed?.close()
    expect((await accepted).status).toBe(200)
    late = false
    expect((await ask()).status).toBe(200)
  })
})
