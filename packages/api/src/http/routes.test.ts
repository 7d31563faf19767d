import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { rawExchange, startSmallServer, statusOf } from '../__fixtures__/small-server.ts'

const directory = mkdtempSync(join(tmpdir(), 'careledger-web-'))
mkdirSync(join(directory, 'assets'))
writeFileSync(join(directory, 'index.html'), '<meta name="csp-nonce" content="__CSP_NONCE__"><p>App</p>')
writeFileSync(join(directory, 'assets', 'app-3f2a.js'), `export const x = ${JSON.stringify('y'.repeat(5000))}`)
writeFileSync(join(directory, 'icon.svg'), '<svg/>')
afterAll(() => rmSync(directory, { recursive: true }))

describe('the web app', () => {
  it('comes with a policy that lets only its own scripts run, and a fresh nonce for styles', async () => {
    await using small = await startSmallServer({ staticDirectory: directory })
    const pages = await Promise.all([1, 2].map(() => fetch(small.url)))
    const policies = pages.map((page) => page.headers.get('content-security-policy') ?? '')
    expect(policies[0]).toContain("script-src 'self';")
    expect(policies[0]).not.toMatch(/unsafe/)
    expect(policies[0]).not.toBe(policies[1])
    const nonce = /'nonce-([^']+)'/.exec(policies[0] ?? '')?.[1]
    expect(await pages[0]?.text()).toContain(`content="${nonce}"`)
    expect(Object.fromEntries(pages[0]?.headers ?? [])).toMatchObject({ 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY', 'referrer-policy': 'no-referrer', 'cache-control': 'no-store' })
  })

  it('keeps hashed files for ever, asks for others by ETag, and packs text', async () => {
    await using small = await startSmallServer({ staticDirectory: directory })
    const asset = await fetch(`${small.url}/assets/app-3f2a.js`)
    expect(asset.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
    expect(asset.headers.get('content-encoding')).toBe('gzip')
    expect(await asset.text()).toContain('yyyy')
    const icon = await fetch(`${small.url}/icon.svg`)
    expect(icon.headers.get('content-type')).toBe('image/svg+xml')
    expect((await fetch(`${small.url}/icon.svg`, { headers: { 'if-none-match': icon.headers.get('etag') ?? '' } })).status).toBe(304)
  })

  it('gives the page for an address inside the app, and 404 for a missing file', async () => {
    await using small = await startSmallServer({ staticDirectory: directory })
    expect((await fetch(`${small.url}/patients/1`, { headers: { accept: 'text/html' } })).status).toBe(200)
    expect((await fetch(`${small.url}/patients/1`, { headers: { accept: 'application/json' } })).status).toBe(404)
    expect((await fetch(`${small.url}/assets/old.js`, { headers: { accept: 'text/html' } })).status).toBe(404)
  })

  it('never leaves its directory', async () => {
    await using small = await startSmallServer({ staticDirectory: directory })
    for (const path of ['/../package.json', '/..%2f..%2fetc/passwd', '/assets/../../etc/passwd', '//etc/passwd', '/assets/%2e%2e/index.html', '/index.html%00.js']) {
      const answer = await rawExchange(small.port, `GET ${path} HTTP/1.1\r\nHost: localhost:${small.port}\r\nConnection: close\r\n\r\n`)
      expect([path, statusOf(answer)]).toEqual([path, 404])
    }
  })
})

describe('the routes beside tRPC', () => {
  it('tell life and readiness', async () => {
    let usable = false
    await using small = await startSmallServer({ ready: async () => usable })
    expect(await (await fetch(`${small.url}/health/live`)).json()).toEqual({ status: 'live' })
    expect((await fetch(`${small.url}/health/ready`)).status).toBe(503)
    usable = true
    expect(await (await fetch(`${small.url}/health/ready`)).json()).toEqual({ status: 'ready' })
  })

  it('count operations by name and outcome, for callers on this machine only', async () => {
    await using small = await startSmallServer()
    await fetch(`${small.url}/trpc/echo.query?input=${encodeURIComponent('{"text":"canary-4714"}')}`)
    await fetch(`${small.url}/trpc/canary.4715?input=1`)
    const text = await (await fetch(`${small.url}/metrics`)).text()
    expect(text).toContain('careledger_operations_total{operation="echo.query",outcome="OK"} 1')
    expect(text).not.toContain('canary')
    expect((await fetch(`${small.url}/metrics`, { headers: { 'x-forwarded-for': '203.0.113.9' } })).status).toBe(404)
  })

  it('describe every operation in OpenAPI', async () => {
    await using small = await startSmallServer()
    const document = (await (await fetch(`${small.url}/openapi.json`)).json()) as { openapi: string; paths: Record<string, { post: { security: unknown[]; requestBody: unknown } }> }
    expect(document.openapi).toBe('3.1.0')
    expect(Object.keys(document.paths)).toContain('/trpc/inside.me')
    expect(document.paths['/trpc/inside.me']?.post.security).toEqual([{ dpop: [] }])
    expect(document.paths['/trpc/echo.query']?.post.requestBody).toMatchObject({ content: { 'application/json': { schema: { type: 'object', required: ['text'], additionalProperties: false } } } })
  })

  it('refuse a Host that is not ours', async () => {
    await using small = await startSmallServer({ staticDirectory: directory, origins: ['https://care.example'] })
    const as = async (host: string, path = '/') => statusOf(await rawExchange(small.port, `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`))
    expect(await as('evil.example')).toBe(421)
    expect(await as('evil.example', '/trpc/echo.query')).toBe(421)
    expect(await as('evil.example', '/health/live')).toBe(200)
    expect(await as('care.example')).toBe(200)
    expect(await as('LOCALHOST:' + small.port)).toBe(200)
  })

  it('send HSTS where the origin is https', async () => {
    await using small = await startSmallServer({ staticDirectory: directory, origins: ['https://care.example'] })
    expect(await rawExchange(small.port, 'GET / HTTP/1.1\r\nHost: care.example\r\nConnection: close\r\n\r\n')).toMatch(/strict-transport-security: max-age=31536000/i)
  })

  it('give systems a token by client assertion, in the words of RFC 6749', async () => {
    await using small = await startSmallServer()
    const ask = async (form: Record<string, string>, headers: Record<string, string> = { dpop: 'good' }) => {
      const answer = await fetch(`${small.url}/oauth/token`, { method: 'POST', body: new URLSearchParams(form), headers })
      return { status: answer.status, cache: answer.headers.get('cache-control'), body: (await answer.json()) as Record<string, unknown> }
    }
    const good = { grant_type: 'client_credentials', client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer', client_assertion: 'good' }
    expect(await ask(good)).toEqual({ status: 200, cache: 'no-store', body: { access_token: 'system:party-9', token_type: 'DPoP', expires_in: 300 } })
    expect(await ask({ ...good, client_assertion: 'bad' })).toMatchObject({ status: 401, body: { error: 'invalid_client' } })
    expect(await ask({ ...good, grant_type: 'password' })).toMatchObject({ status: 400, body: { error: 'unsupported_grant_type' } })
    expect(await ask(good, { dpop: 'bad' })).toMatchObject({ status: 401, body: { error: 'invalid_dpop_proof' } })
    expect((await fetch(`${small.url}/oauth/token`)).status).toBe(400)
  })

  it('serve no log that does not stand yet', async () => {
    await using small = await startSmallServer()
    expect((await fetch(`${small.url}/log/checkpoint`)).status).toBe(404)
    expect((await fetch(`${small.url}/log/tile/0/000`)).status).toBe(404)
    expect((await fetch(`${small.url}/log/tile/0/000.p/1`)).status).toBe(404)
    expect((await fetch(`${small.url}/log/tile/../x`)).status).toBe(404)
    expect((await fetch(`${small.url}/log/tile/entries/000.p/3`)).status).toBe(404)
  })
})
