import { describe, expect, it } from 'vitest'
import { rawExchange, startSmallServer, statusOf } from '../__fixtures__/small-server.ts'

/** How many requests; a soak sets more. */
const COUNT = Number(process.env['CARELEDGER_FUZZ_REQUESTS'] ?? 1500)
const AT_ONCE = 64

/** A small generator with a seed, so that a failure can be repeated. */
function seeded(seed: number): (below: number) => number {
  let state = seed >>> 0
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

type Make = (port: number, random: (below: number) => number) => readonly (string | Uint8Array)[]

const body = '{"text":"a"}'
const post = (port: number, path: string, headers: string, content: string) => `POST ${path} HTTP/1.1\r\nHost: localhost:${port}\r\nContent-Type: application/json\r\n${headers}\r\n${content}`
const bytes = (random: (below: number) => number, length: number) => Uint8Array.from({ length }, () => random(256))

/** Each makes one broken request; none may be answered with 2xx or 5xx, but for those that say so. */
const KINDS: Readonly<Record<string, Make>> = {
  'a method that is none': (port, random) => [`${'GARBAGE'.slice(random(6))} /health/live HTTP/1.1\r\nHost: localhost:${port}\r\n\r\n`],
  'random bytes': (_port, random) => [bytes(random, 1 + random(400)), '\r\n\r\n'],
  'another protocol': () => ['\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003', '\r\n\r\n'],
  'no Host': () => ['GET /openapi.json HTTP/1.1\r\n\r\n'],
  'two Hosts': (port) => [`GET /openapi.json HTTP/1.1\r\nHost: localhost:${port}\r\nHost: evil.example\r\nConnection: close\r\n\r\n`.replace(`localhost:${port}`, 'evil.example')],
  'both Content-Length and Transfer-Encoding': (port) => [post(port, '/trpc/echo.command', 'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\nGET / HTTP/1.1\r\n\r\n')],
  'two Content-Lengths': (port) => [post(port, '/trpc/echo.command', `Content-Length: ${body.length}\r\nContent-Length: 3\r\n`, body)],
  'a negative Content-Length': (port) => [post(port, '/trpc/echo.command', 'Content-Length: -5\r\n', body)],
  'a huge Content-Length': (port) => [post(port, '/trpc/echo.command', 'Content-Length: 99999999999\r\nConnection: close\r\n', body)],
  'a chunk size that is none': (port) => [post(port, '/trpc/echo.command', 'Transfer-Encoding: chunked\r\n', 'zz\r\nabc\r\n0\r\n\r\n')],
  'an unknown transfer encoding': (port) => [post(port, '/trpc/echo.command', 'Transfer-Encoding: gzip\r\n', body)],
  'a header folded over lines': (port) => [`GET /health/live HTTP/1.1\r\nHost: localhost:${port}\r\nX-A: b\r\n c\r\n\r\n`],
  'NUL in a header': (port) => [`GET /health/live HTTP/1.1\r\nHost: localhost:${port}\r\nX-A: b\u0000c\r\n\r\n`],
  'a space before the colon': (port) => [`GET /health/live HTTP/1.1\r\nHost : localhost:${port}\r\n\r\n`],
  'a megabyte of header': (port) => [`GET /health/live HTTP/1.1\r\nHost: localhost:${port}\r\nX-A: `, 'x'.repeat(1_000_000), '\r\n\r\n'],
  'ten thousand headers': (port) => [`GET /health/live HTTP/1.1\r\nHost: localhost:${port}\r\n${'a: b\r\n'.repeat(10_000)}\r\n`],
  'a body that is not UTF-8': (port) => [post(port, '/trpc/echo.command', 'Content-Length: 5\r\nConnection: close\r\n', ''), Uint8Array.of(0x7b, 0x22, 0xc3, 0x28, 0x7d)],
  'random bytes as a body': (port, random) => [post(port, '/trpc/echo.command', 'Content-Length: 64\r\nConnection: close\r\n', ''), bytes(random, 64)],
  'JSON nested ten thousand deep': (port) => [post(port, '/trpc/echo.command', 'Content-Length: 10000\r\nConnection: close\r\n', '['.repeat(10_000))],
  '__proto__': (port) => [post(port, '/trpc/echo.command', 'Content-Length: 32\r\nConnection: close\r\n', '{"__proto__":{"text":"polluted"}}'.slice(0, 32))],
  'a huge number': (port, random) => {
    const text = `{"text":1e${random(9999)}}`
    return [post(port, '/trpc/echo.command', `Content-Length: ${text.length}\r\nConnection: close\r\n`, text)]
  },
  'a broken percent escape': (port, random) => [`GET /trpc/echo.query?input=%${'GZ%'.slice(random(3))} HTTP/1.1\r\nHost: localhost:${port}\r\nConnection: close\r\n\r\n`],
  'an escape that is not UTF-8': (port) => [`GET /trpc/%ff%fe HTTP/1.1\r\nHost: localhost:${port}\r\nConnection: close\r\n\r\n`],
  'a path outside': (port) => [`GET /../../../../etc/passwd HTTP/1.1\r\nHost: localhost:${port}\r\nConnection: close\r\n\r\n`],
  'an absolute address': (port) => [`GET http://evil.example/trpc/echo.query HTTP/1.1\r\nHost: localhost:${port}\r\nConnection: close\r\n\r\n`],
  'a thousand calls in a batch': (port) => [post(port, `/trpc/${Array(1000).fill('echo.query').join(',')}?batch=1`, 'Content-Length: 2\r\nConnection: close\r\n', '{}')],
  'a thousand empty calls': (port) => [post(port, `/trpc/${','.repeat(1000)}?batch=1`, 'Content-Length: 2\r\nConnection: close\r\n', '{}')],
  'an upgrade': (port) => [`GET /trpc/echo.query HTTP/1.1\r\nHost: localhost:${port}\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\n\r\n`],
  'CONNECT': (port) => [`CONNECT evil.example:443 HTTP/1.1\r\nHost: localhost:${port}\r\n\r\n`],
  'an expectation nobody knows': (port) => [post(port, '/trpc/echo.command', `Expect: miracles\r\nContent-Length: ${body.length}\r\nConnection: close\r\n`, body)],
}

describe('malformed HTTP', () => {
  it(`of ${Object.keys(KINDS).length} kinds, ${COUNT} requests with 64 at a time, ends in 4xx or a closed connection, and the server stays as it was`, async () => {
    await using small = await startSmallServer({ limits: { slowMs: 1000, perAddress: { capacity: 1e9, perSecond: 1e9 } } })
    const seed = Number(process.env['CARELEDGER_FUZZ_SEED'] ?? Date.now() % 2 ** 31)
    const random = seeded(seed)
    const kinds = Object.entries(KINDS)
    const wrong = new Map<string, number>()
    await good(small.url)
    const before = process.memoryUsage().rss
    for (let sent = 0; sent < COUNT; sent += AT_ONCE) {
      await Promise.all(Array.from({ length: AT_ONCE }, async (_, offset) => {
        const [title, make] = kinds[(sent + offset) % kinds.length] as (typeof kinds)[number]
        const answer = await rawExchange(small.port, make(small.port, random), 4000)
        const status = statusOf(answer)
        if (answer !== '' && !(status >= 400 && status < 500)) wrong.set(title, status)
        if (/\bat .*\.ts:\d+|node_modules/.test(answer)) wrong.set(`${title} shows a stack`, status)
      }))
    }
    expect([seed, Object.fromEntries(wrong)]).toEqual([seed, {}])
    await good(small.url)
    expect((process.memoryUsage().rss - before) / 1024 / 1024).toBeLessThan(150)
    expect(({} as Record<string, unknown>)['text']).toBeUndefined()
  }, 120_000 + COUNT * 50)

  it('cut off in the middle of a body leaves nothing behind', async () => {
    await using small = await startSmallServer({ limits: { bodyBytesTotalMax: 2_000_000 } })
    for (let round = 0; round < 40; round++) await rawExchange(small.port, post(small.port, '/trpc/echo.command', 'Content-Length: 1000000\r\n', '{"text":"'), 20)
    await good(small.url)
    const answer = await fetch(`${small.url}/trpc/echo.large`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ text: 'x'.repeat(1_900_000) }) })
    expect(answer.status).toBe(200)
  })

  it('of 300 slow sockets does not keep a good caller waiting', async () => {
    await using small = await startSmallServer({ limits: { slowMs: 1500 } })
    const slow = Promise.all(Array.from({ length: 300 }, () => rawExchange(small.port, 'GET /health/live HTTP/1.1\r\nHost: l', 8000)))
    const began = performance.now()
    for (let round = 0; round < 50; round++) await good(small.url)
    expect(performance.now() - began).toBeLessThan(2000)
    const answers = await slow
    expect(performance.now() - began).toBeLessThan(6000)
    expect(answers.every((answer) => answer === '' || statusOf(answer) === 408)).toBe(true)
  }, 30_000)
})

async function good(url: string): Promise<void> {
  const answer = await fetch(`${url}/trpc/echo.query?input=${encodeURIComponent(body)}`)
  expect(await answer.json()).toEqual({ result: { data: { text: 'a' } } })
}
