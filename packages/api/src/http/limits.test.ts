import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, expect, it } from 'vitest'
import { rawExchange, startSmallServer, statusOf } from '../__fixtures__/small-server.ts'

const json = { 'content-type': 'application/json' }

function post(url: string, path: string, body: string, headers: Record<string, string> = {}) {
  return fetch(`${url}/trpc/${path}`, { method: 'POST', body, headers: { ...json, ...headers } })
}

describe('the limits of the server', () => {
  it('refuses a body one byte over its limit by its declared length, before reading, with 413 that the caller can read', async () => {
    await using small = await startSmallServer()
    const frame = JSON.stringify({ text: '' }).length
    expect((await post(small.url, 'echo.large', JSON.stringify({ text: 'x'.repeat(48 * 1024 * 1024 - frame) }))).status).toBe(200)
    expect((await post(small.url, 'echo.large', JSON.stringify({ text: 'x'.repeat(48 * 1024 * 1024 - frame + 1) }))).status).toBe(413)
    expect((await post(small.url, 'echo.query', JSON.stringify({ text: 'x'.repeat(1024 * 1024) }))).status).toBe(413)
  })

  it('refuses a large body in a batch and a large chunked body', async () => {
    await using small = await startSmallServer()
    const text = 'x'.repeat(2 * 1024 * 1024)
    expect((await post(small.url, 'echo.large,echo.large?batch=1', JSON.stringify({ 0: { text }, 1: { text } }))).status).toBe(413)
    const chunk = `${(512 * 1024).toString(16)}\r\n${'x'.repeat(512 * 1024)}\r\n`
    const head = `POST /trpc/echo.query HTTP/1.1\r\nHost: localhost:${small.port}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`
    expect(statusOf(await rawExchange(small.port, [head, chunk, chunk, chunk, '0\r\n\r\n']))).toBe(413)
  })

  it('answers an unknown caller of a large operation without reading its body', async () => {
    await using small = await startSmallServer()
    const head = `POST /trpc/inside.large HTTP/1.1\r\nHost: localhost:${small.port}\r\nContent-Type: application/json\r\nContent-Length: 40000000\r\n\r\n`
    expect(statusOf(await rawExchange(small.port, [head, '{"text":"'], 500))).toBe(401)
  })

  it('bounds the bytes of all bodies together with 503 and Retry-After', async () => {
    await using small = await startSmallServer({ limits: { bodyBytesTotalMax: 100_000 } })
    const answer = await post(small.url, 'echo.large', JSON.stringify({ text: 'x'.repeat(200_000) }))
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1'])
    expect((await post(small.url, 'echo.large', JSON.stringify({ text: 'x'.repeat(50_000) }))).status).toBe(200)
  })

  it('refuses compressed bodies, and bytes that are not UTF-8', async () => {
    await using small = await startSmallServer()
    expect((await post(small.url, 'echo.query', '{"text":"a"}', { 'content-encoding': 'gzip' })).status).toBe(400)
    const answer = await fetch(`${small.url}/trpc/echo.query`, { method: 'POST', headers: json, body: Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]) })
    expect(answer.status).toBe(400)
  })

  it('limits headers in size', async () => {
    await using small = await startSmallServer()
    expect(statusOf(await rawExchange(small.port, `GET /health/live HTTP/1.1\r\nHost: localhost\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`))).toBe(431)
  })

  it('cuts sockets that are slow with headers or body, while others are served', async () => {
    await using small = await startSmallServer({ limits: { slowMs: 400 } })
    const began = performance.now()
    const slowHead = rawExchange(small.port, 'GET /health/live HTTP/1.1\r\nHost: loc', 5000)
    const slowBody = trickle(small.port, `POST /trpc/echo.query HTTP/1.1\r\nHost: localhost:${small.port}\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n`, 100)
    expect((await fetch(`${small.url}/health/live`)).status).toBe(200)
    await Promise.all([slowHead, slowBody])
    expect(performance.now() - began).toBeLessThan(3000)
  })

  it('limits callers by points with Retry-After, and leaves other callers alone', async () => {
    await using small = await startSmallServer({ limits: { perAddress: { capacity: 1000, perSecond: 1 }, perKey: { capacity: 2, perSecond: 1 } } })
    const as = (party: string) => fetch(`${small.url}/trpc/inside.me?input=%7B%7D`, { headers: { authorization: `DPoP doctor:${party}`, dpop: 'good' } })
    expect([(await as('a')).status, (await as('a')).status]).toEqual([200, 200])
    const limited = await as('a')
    expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '1'])
    expect((await as('b')).status).toBe(200)
    const dear = () => fetch(`${small.url}/trpc/echo.dear?input=${encodeURIComponent('{"text":"a"}')}`)
    expect([(await dear()).status, (await dear()).status, (await dear()).status]).toEqual([200, 200, 429])
  })

  it('counts the calls of a batch and not the requests', async () => {
    await using small = await startSmallServer({ limits: { perAddress: { capacity: 5, perSecond: 0.01 } } })
    const answer = await post(small.url, `${Array(10).fill('echo.query').join(',')}?batch=1`, JSON.stringify(Object.fromEntries(Array.from({ length: 10 }, (_, index) => [index, { text: 'a' }]))))
    const answers = (await answer.json()) as readonly { readonly error?: unknown }[]
    expect(answer.status).toBe(207)
    expect(answers.filter((one) => one.error === undefined)).toHaveLength(5)
  })

  it('makes failed sign-ins cost their address', async () => {
    await using small = await startSmallServer({ limits: { perAddress: { capacity: 10, perSecond: 0.01 } } })
    const guess = async () => (await fetch(`${small.url}/trpc/inside.me?input=%7B%7D`, { headers: { authorization: 'DPoP nothing', dpop: 'good' } })).status
    expect([await guess(), await guess(), await guess()]).toEqual([401, 401, 429])
  })

  it('answers 503 beyond its open requests and still tells that it is alive', async () => {
    await using small = await startSmallServer({ limits: { requestsMax: 2, stopMs: 50 } })
    const waiting = Array.from({ length: 2 }, () => fetch(`${small.url}/trpc/echo.waits?input=${encodeURIComponent('{"text":"a"}')}`))
    await new Promise((resolve) => setTimeout(resolve, 100))
    const refused = await fetch(`${small.url}/trpc/echo.query?input=${encodeURIComponent('{"text":"a"}')}`)
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1'])
    expect((await fetch(`${small.url}/health/live`)).status).toBe(200)
    await small.server.stop()
    expect((await Promise.all(waiting)).map((answer) => answer.status)).toEqual([503, 503])
  })

  it('bounds its connections', async () => {
    await using small = await startSmallServer({ limits: { connectionsMax: 3 } })
    const sockets = Array.from({ length: 8 }, () => connect(small.port, '127.0.0.1'))
    const closed = await Promise.all(sockets.map((socket) => new Promise<boolean>((resolve) => {
      socket.on('error', () => resolve(true)).on('close', () => resolve(true)).resume()
      setTimeout(() => resolve(false), 500)
    })))
    expect(closed.filter(Boolean).length).toBe(5)
    for (const socket of sockets) socket.destroy()
  })
})

describe('stopping', () => {
  it('lets open requests finish, refuses new ones, and may be asked twice', async () => {
    const small = await startSmallServer()
    const content = JSON.stringify({ text: 'a' })
    const socket = connect(small.port, '127.0.0.1')
    let answer = ''
    socket.on('data', (chunk) => (answer += chunk.toString('latin1')))
    const closed = once(socket, 'close')
    socket.write(`POST /trpc/echo.query HTTP/1.1\r\nHost: localhost:${small.port}\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: ${content.length}\r\n\r\n`)
    await once(socket, 'data')
    const stopped = Promise.all([small.server.stop(), small.server.stop()])
    socket.write(content)
    await Promise.all([stopped, closed])
    expect(answer).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK/)
    await expect(fetch(`${small.url}/health/live`)).rejects.toThrow()
  })
})

function trickle(port: number, head: string, everyMs: number): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.write(head)
    const timer = setInterval(() => socket.write('x'), everyMs)
    socket.on('error', () => undefined).on('close', () => {
      clearInterval(timer)
      resolve()
    }).resume()
  })
}
