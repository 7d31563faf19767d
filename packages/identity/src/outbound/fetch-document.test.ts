import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { didDocument, didKeyOf, jwkThumbprint } from '@careledger/proof'
import { generateKeyPairSync } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createNodeSigner } from '../signatures/node-signer.ts'
import { resolveDid } from '../dids/did-resolver.ts'
import { createFetchDocument } from './fetch-document.ts'
import { isPublicAddress } from './public-address.ts'

let server: Server
let host: string
let answer: RequestListener = () => undefined
beforeAll(async () => {
  server = createServer((request, response) => answer(request, response))
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

const json = (body: string, status = 200, headers = {}): void => void (answer = (_request, response) => response.writeHead(status, headers).end(body))
const refusedAt = (check: string) => expect.objectContaining({ name: 'IdentityError', code: 'DOCUMENT_UNAVAILABLE', details: { check } })
const get = (path = '/x', more = {}) => createFetchDocument({ privateHosts: [host], ...more })(`http://${host}${path}`)

describe('an address', () => {
  it.each(['127.0.0.1', '10.1.2.3', '172.16.0.1', '172.31.255.255', '192.168.1.1', '169.254.169.254', '100.64.0.1', '0.0.0.0', '224.0.0.1', '255.255.255.255', '::1', '::', 'fe80::1', 'fd00::1', 'ff02::1', '::ffff:10.0.0.1', '::ffff:8.8.8.8', '64:ff9b::a00:1', '2002:a00:1::', '2001:db8::1', 'localhost', ''])('%j is not of the public internet', (address) => {
    expect(isPublicAddress(address)).toBe(false)
  })
  it.each(['8.8.8.8', '172.32.0.1', '100.128.0.1', '2606:4700::1111'])('%s is', (address) => {
    expect(isPublicAddress(address)).toBe(true)
  })
})

describe('a document that somebody else publishes', () => {
  it('is had from a host that an operator has named', async () => {
    json('{"keys":[]}')
    expect(await get()).toEqual({ keys: [] })
  })

  it.each([
    ['http', 'scheme', 'http://care.example/jwks'], ['a file', 'scheme', 'file:///etc/passwd'], ['a name and password', 'address', 'https://a:b@care.example/'], ['no address', 'address', 'jwks'],
    ['this machine', 'private', 'https://127.0.0.1/'], ['this machine by IPv6', 'private', 'https://[::1]/'], ['a number', 'private', 'https://2130706433/'], ['a cloud\'s metadata', 'private', 'https://169.254.169.254/latest'], ['a private network', 'private', 'https://10.0.0.1/'],
    ['a name of this machine', 'private', 'https://localhost/'],
  ])('is not asked for at %s', async (_name, check, url) => {
    await expect(createFetchDocument()(url)).rejects.toThrow(refusedAt(check))
  })

  it('is not asked for at another port of a named host', async () => {
    await expect(createFetchDocument({ privateHosts: ['127.0.0.1:1'] })(`https://${host}/`)).rejects.toThrow(refusedAt('private'))
  })

  it('is refused where it is somewhere else, too large, late, broken off or no strict JSON', async () => {
    json('', 302, { location: `http://${host}/other` })
    await expect(get()).rejects.toThrow(refusedAt('status'))
    json(`"${'x'.repeat(70_000)}"`)
    await expect(get()).rejects.toThrow(refusedAt('size'))
    json('{"keys":[],"keys":[]}')
    await expect(get()).rejects.toThrow(refusedAt('json'))
    answer = () => undefined
    await expect(get('/x', { timeoutMs: 50 })).rejects.toThrow(refusedAt('time'))
    answer = (_request, response) => response.writeHead(200, { 'content-length': 100 }).write('{', () => response.destroy())
    await expect(get()).rejects.toThrow(refusedAt('network'))
  })

  it('says nothing of its address when it cannot be had', async () => {
    answer = (request) => request.socket.destroy()
    const error = await get('/canary').catch((caught: unknown) => caught as Error)
    expect(JSON.stringify([String(error), (error as { details?: unknown }).details])).not.toContain('canary')
  })
})

describe('resolving a DID', () => {
  const { publicJwk: jwk } = createNodeSigner(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey)
  const thumbprint = jwkThumbprint(jwk)
  const never = () => Promise.reject(new Error('Nobody is asked.'))

  it('of a key asks nobody', async () => {
    const did = didKeyOf(jwk)
    expect(await resolveDid(did, never)).toEqual({ did, methods: [{ id: `${did}#${thumbprint}`, jwk, thumbprint, uses: ['assertionMethod', 'authentication'] }] })
  })

  it('of the web reads its document, keys that were changed and revoked too', async () => {
    const did = `did:web:${host.replace(':', '%3A')}:orgs:hospital-a`
    let asked = ''
    answer = (request, response) => {
      asked = request.url ?? ''
      response.end(JSON.stringify(didDocument(did, [{ jwk, thumbprint, retired: '2026-01-01T00:00:00.000Z' }])))
    }
    const { methods } = await resolveDid(did, createFetchDocument({ privateHosts: [host] }))
    expect([asked, methods]).toEqual(['/orgs/hospital-a/did.json', [{ id: `${did}#${thumbprint}`, jwk, thumbprint, uses: ['assertionMethod'], expires: '2026-01-01T00:00:00.000Z' }]])
  })

  it.each(['did:web:localhost', 'did:web:10.0.0.1', 'did:web:169.254.169.254'])('of %s goes nowhere', async (did) => {
    await expect(resolveDid(did, createFetchDocument())).rejects.toThrow(expect.objectContaining({ code: 'DOCUMENT_UNAVAILABLE' }))
  })

  it.each(['did:web:care.example/../x', 'did:ion:x', 'did:key:zAAAA'])('of %s is refused', async (did) => {
    await expect(resolveDid(did, never)).rejects.toThrow(expect.objectContaining({ code: 'KEY_MALFORMED' }))
  })

  it('takes no document of another DID, and no method of another controller', async () => {
    const other = didDocument('did:web:other.example', [{ jwk, thumbprint }])
    await expect(resolveDid('did:web:care.example', () => Promise.resolve(other))).rejects.toThrow(expect.objectContaining({ code: 'KEY_MALFORMED' }))
    const { methods } = await resolveDid('did:web:care.example', () => Promise.resolve({ ...(other as object), id: 'did:web:care.example' }))
    expect(methods).toEqual([])
  })
})
