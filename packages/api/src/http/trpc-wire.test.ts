import { createTRPCClient, httpBatchLink, httpLink, TRPCClientError } from '@trpc/client'
import { describe, expect, it } from 'vitest'
import { startSmallServer } from '../__fixtures__/small-server.ts'
import type { smallContracts } from '../__fixtures__/small-tree.ts'
import type { createRouterOf } from '../trpc-router.ts'

type SmallRouter = ReturnType<typeof createRouterOf<typeof smallContracts>>

function clientOf(url: string, options: { readonly batch?: boolean; readonly post?: boolean; readonly headers?: Record<string, string> } = {}) {
  const link = options.batch === true ? httpBatchLink : httpLink
  const requests: { readonly method: string; readonly url: string; readonly status: number }[] = []
  const fetched: typeof fetch = async (input, init) => {
    const response = await fetch(input, init)
    requests.push({ method: init?.method ?? 'GET', url: String(input), status: response.status })
    return response
  }
  const client = createTRPCClient<SmallRouter>({ links: [link({ url: `${url}/trpc`, fetch: fetched as never, headers: options.headers ?? {}, ...(options.post === true ? { methodOverride: 'POST' as const } : {}) })] })
  return { client, requests }
}

describe('the tRPC wire format', () => {
  it('serves an unchanged @trpc/client: queries by GET, commands by POST', async () => {
    await using small = await startSmallServer()
    const { client, requests } = clientOf(small.url)
    expect(await client.echo.query.query({ text: 'Grüße & 100 %' })).toEqual({ text: 'Grüße & 100 %' })
    expect(await client.echo.command.mutate({ text: 'b' })).toEqual({ text: 'b' })
    expect(requests.map(({ method, status }) => `${method} ${status}`)).toEqual(['GET 200', 'POST 200'])
  })

  it('serves batches in their order, by GET and by POST', async () => {
    await using small = await startSmallServer()
    for (const post of [false, true]) {
      const { client, requests } = clientOf(small.url, { batch: true, post })
      const texts = Array.from({ length: 20 }, (_, index) => `t${index}`)
      const answers = await Promise.all(texts.map((text) => client.echo.query.query({ text })))
      expect(answers.map((answer) => answer.text)).toEqual(texts)
      expect(requests).toHaveLength(1)
    }
  })

  it('takes a long query by POST where a URL would be too long', async () => {
    await using small = await startSmallServer()
    const text = 'x'.repeat(60_000)
    await expect(clientOf(small.url).client.echo.query.query({ text })).rejects.toThrow()
    expect(await clientOf(small.url, { post: true }).client.echo.query.query({ text })).toEqual({ text })
  })

  it('answers 207 when calls of a batch fare differently, and each keeps its own problem', async () => {
    await using small = await startSmallServer()
    const { client, requests } = clientOf(small.url, { batch: true })
    const [good, bad, secret] = await Promise.allSettled([client.echo.query.query({ text: 'a' }), client.echo.query.query({ text: 1 } as never), client.inside.me.query({})])
    expect(good.status).toBe('fulfilled')
    expect(problemOf(bad)).toMatchObject({ code: 'INPUT_MALFORMED', details: { problems: [{ path: 'text', code: 'invalid_type' }] } })
    expect(problemOf(secret)).toMatchObject({ code: 'NOT_SIGNED_IN' })
    expect(requests[0]?.status).toBe(207)
  })

  it('gives tRPC codes and HTTP status of a problem', async () => {
    await using small = await startSmallServer()
    const failed = await clientOf(small.url).client.inside.me.query({}).catch((error: unknown) => error)
    expect(failed).toBeInstanceOf(TRPCClientError)
    expect((failed as TRPCClientError<SmallRouter>).data).toMatchObject({ code: 'UNAUTHORIZED', httpStatus: 401, path: 'inside.me' })
    expect((failed as TRPCClientError<SmallRouter>).shape?.code).toBe(-32001)
  })

  it('refuses a command by GET, other methods, other media types, unknown names and a batch of 21', async () => {
    await using small = await startSmallServer()
    const input = encodeURIComponent(JSON.stringify({ text: 'a' }))
    const json = { 'content-type': 'application/json' }
    const status = async (path: string, init?: RequestInit) => (await fetch(`${small.url}/trpc/${path}`, init)).status
    expect(await status(`echo.command?input=${input}`)).toBe(405)
    expect(await status('echo.query', { method: 'PUT', body: '{}', headers: json })).toBe(405)
    expect(await status('echo.command', { method: 'POST', body: '{"text":"a"}', headers: { 'content-type': 'text/plain' } })).toBe(415)
    expect(await status('echo.nothing')).toBe(404)
    expect(await status('__proto__')).toBe(404)
    expect(await status(`${Array(21).fill('echo.query').join(',')}?batch=1&input=%7B%7D`)).toBe(413)
    expect(await status(`${Array(1000).fill('echo.query').join(',')}?batch=1&input=%7B%7D`)).toBe(413)
    expect(await status('echo.query?input=%E0%A4%A')).toBe(400)
    expect(await status('echo.%E0%A4%A')).toBe(400)
  })

  it('refuses JSON with a member name given twice, `__proto__`, and what is nested too deep', async () => {
    await using small = await startSmallServer()
    const post = async (body: string) => {
      const answer = (await (await fetch(`${small.url}/trpc/echo.query`, { method: 'POST', body, headers: { 'content-type': 'application/json; charset=utf-8' } })).json()) as { error?: { data: { problem: { code: string } } } }
      return answer.error?.data.problem.code
    }
    expect(await post('{"text":"a"}')).toBeUndefined()
    expect(await post('{"text":"a","text":"b"}')).toBe('INPUT_MALFORMED')
    expect(await post('{"text":"a","te\\u0078t":"b"}')).toBe('INPUT_MALFORMED')
    expect(await post('{"__proto__":{"text":"a"}}')).toBe('INPUT_MALFORMED')
    expect(await post('{"text":')).toBe('INPUT_MALFORMED')
    expect(await post(`${'['.repeat(65)}${']'.repeat(65)}`)).toBe('INPUT_TOO_LARGE')
    expect(await post('['.repeat(100_000))).toBe('INPUT_TOO_LARGE')
  })

  it('hides what an operation threw and what its output should not have held', async () => {
    await using small = await startSmallServer()
    for (const name of ['fails', 'wrong']) {
      const answer = await fetch(`${small.url}/trpc/echo.${name}?input=${encodeURIComponent('{"text":"canary-4713"}')}`)
      expect(answer.status).toBe(500)
      expect(await answer.text()).not.toMatch(/canary|stack|node_modules/)
    }
    expect(small.lines.join('\n')).toMatch(/"outcome":"INTERNAL"/)
    expect(small.lines.join('\n')).not.toMatch(/canary/)
  })

  it('knows a caller by its token, checks the rule before the body, and says what is missing', async () => {
    await using small = await startSmallServer()
    const as = (token: string, proof = 'good') => clientOf(small.url, { headers: { authorization: `DPoP ${token}`, dpop: proof } }).client
    expect(await as('doctor:party-7').inside.me.query({})).toEqual({ party: 'party-7' })
    await expect(as('doctor:party-7').inside.operator.query({ text: 'a' })).rejects.toMatchObject({ data: { httpStatus: 403 } })
    expect(await as('operator:party-8').inside.operator.query({ text: 'a' })).toEqual({ text: 'a' })
    await expect(as('nothing').inside.me.query({})).rejects.toMatchObject({ data: { problem: { code: 'NOT_SIGNED_IN' } } })
    await expect(as('doctor:party-7', '').inside.me.query({})).rejects.toMatchObject({ data: { problem: { code: 'PROOF_OF_POSSESSION_INVALID' } } })
    await expect(as('doctor:party-7', 'late').inside.me.query({})).rejects.toMatchObject({ data: { problem: { code: 'CLOCK_SKEW', details: { serverTime: '2026-11-22T12:00:00.000Z' } } } })
    const bearer = await fetch(`${small.url}/trpc/inside.me?input=%7B%7D`, { headers: { authorization: 'Bearer doctor:party-7', dpop: 'good' } })
    expect([bearer.status, bearer.headers.get('www-authenticate')]).toEqual([401, 'DPoP error="invalid_token", algs="ES256 EdDSA"'])
  })
})

function problemOf(result: PromiseSettledResult<unknown>): unknown {
  return result.status === 'rejected' ? (result.reason as { data: { problem: unknown } }).data.problem : undefined
}
