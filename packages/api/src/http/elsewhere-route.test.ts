import { createServer } from 'node:http'
import type { IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { toBase64url, utf8 } from '@careledger/proof'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startInstance } from '../__fixtures__/instance.ts'
import type { TestInstance } from '../__fixtures__/instance.ts'
import type { ElsewherePlace } from '../contracts/federation.ts'
import { createOperations } from '../operations/index.ts'

/** Another instance, as far as one can be seen from here: it says what came in, or does what the address asks for. */
const seen: { readonly method: string | undefined; readonly url: string | undefined; readonly headers: IncomingHttpHeaders; readonly body: string }[] = []
const other = createServer((request, response) => {
  let body = ''
  request.setEncoding('utf8').on('data', (text: string) => { body += text }).on('end', () => {
    seen.push({ method: request.method, url: request.url, headers: request.headers, body })
    if (request.url === '/trpc/moved') response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()
    else if (request.url === '/trpc/hangs') request.socket.destroy()
    else response.writeHead(401, { 'content-type': 'application/json', 'dpop-nonce': 'n-1', 'set-cookie': 'a=1', 'x-secret': '1' }).end('{"refused":true}')
  })
})
let instance: TestInstance
beforeAll(async () => {
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  const places: readonly ElsewherePlace[] = [{ name: 'there', title: 'There', url: `http://127.0.0.1:${(other.address() as AddressInfo).port}`, trust: { origin: 'there.example', logKey: { kty: 'OKP', crv: 'Ed25519', x: 'AA' }, root: { kty: 'OKP', crv: 'Ed25519', x: 'AA' }, witnesses: [], witnessThreshold: 0 } }]
  const elsewhere = () => places
  instance = await startInstance({ elsewhere, operations: createOperations({ elsewhere }) })
})
afterAll(async () => {
  other.close()
  await instance.stop()
})

const away = (method: string, headers: object = {}) => ({ 'careledger-away': toBase64url(utf8(JSON.stringify({ method, headers }))) })
const post = async (path: string, headers: Record<string, string>, body = '{}') => (await instance.as('doctor-a')).fetch(path, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body })

describe('the way to another instance', () => {
  it('hands on what was signed for the other one and nothing of the session here, and gives back its answer as an answer of there', async () => {
    const answer = await post('/at/there/trpc/a.b,c?batch=1', away('POST', { 'authorization': 'DPoP theirs', 'dpop': 'proof', 'content-type': 'application/json', 'cookie': 'x', 'host': 'evil', 'x-forwarded-for': '1' }), '{"0":{}}')
    expect([answer.status, answer.headers.get('careledger-away-status'), answer.headers.get('dpop-nonce'), answer.headers.get('set-cookie'), answer.headers.get('x-secret'), await answer.json()]).toEqual([200, '401', 'n-1', null, null, { refused: true }])
    expect(seen.at(-1)).toMatchObject({ method: 'POST', url: '/trpc/a.b,c?batch=1', body: '{"0":{}}', headers: { authorization: 'DPoP theirs', dpop: 'proof' } })
    expect(Object.keys(seen.at(-1)?.headers ?? {}).filter((name) => /cookie|forwarded|careledger/.test(name))).toEqual([])
    expect(seen.at(-1)?.headers.host).toMatch(/^127\.0\.0\.1:/)
  })

  it('is for people who are signed in here, to places that were named, and to calls and files only', async () => {
    const before = seen.length
    expect((await fetch(`${instance.url}/at/there/trpc/a`, { method: 'POST', headers: away('POST') })).status).toBe(401)
    const patient = await (await instance.as('patient-a')).fetch('/at/there/trpc/a', { method: 'POST', headers: away('POST') })
    expect([patient.status, (await patient.json() as { code: string }).code]).toEqual([403, 'NOT_ALLOWED'])
    expect((await post('/at/nowhere/trpc/a', away('POST'))).status).toBe(403)
    for (const path of ['/at/there/fhir/r4/Patient', '/at/there/trpc/../metrics', '/at/there/oauth/token', '/at/there/', '/at/there/attachments/x', '/at/there/trpc/a%2f..']) expect([path, (await post(path, away('POST'))).status]).toEqual([path, 404])
    for (const headers of [{}, { 'careledger-away': '!' }, away('DELETE'), away('POST', []), { 'careledger-away': toBase64url(utf8('null')) }] as Record<string, string>[]) expect((await post('/at/there/trpc/a', headers)).status, JSON.stringify(headers)).toBeLessThan(500)
    expect(seen.slice(before).filter(({ url }) => url !== '/trpc/a')).toEqual([])
  })

  it('says that the other one is silent, and follows it nowhere else', async () => {
    for (const path of ['/at/there/trpc/hangs', '/at/there/trpc/moved']) {
      const answer = await post(path, away('POST'))
      expect([answer.status, (await answer.json() as { code: string }).code]).toEqual([503, 'UNAVAILABLE'])
    }
  })
})
