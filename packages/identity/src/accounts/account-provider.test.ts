import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { accountId } from '@careledger/proof'
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAccountProvider } from './account-provider.ts'

/** A provider that says what the test wants it to say. */
let issuer: string
let server: Server
let own: CryptoKey
let stranger: CryptoKey
let answer: (verifier: string | undefined) => Promise<{ readonly status: number; readonly body: object }>

beforeAll(async () => {
  const pair = await generateKeyPair('ES256')
  own = pair.privateKey
  stranger = (await generateKeyPair('ES256')).privateKey
  const jwks = { keys: [{ ...(await exportJWK(pair.publicKey)), kid: 'own', alg: 'ES256', use: 'sig' }] }
  server = createServer((request, response) => {
    const send = (status: number, body: object) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    if (request.url === '/.well-known/openid-configuration') {
      return void send(200, { issuer, authorization_endpoint: `${issuer}/auth`, token_endpoint: `${issuer}/token`, jwks_uri: `${issuer}/jwks`, response_types_supported: ['code'], subject_types_supported: ['public'], id_token_signing_alg_values_supported: ['ES256'] })
    }
    if (request.url === '/jwks') return void send(200, jwks)
    let form = ''
    request.on('data', (chunk: Buffer) => (form += chunk.toString()))
    request.on('end', () => void answer(new URLSearchParams(form).get('code_verifier') ?? undefined).then(({ status, body }) => send(status, body)))
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

const attempt = { state: 'state-of-the-test', nonce: 'nonce-of-the-test', verifier: 'v'.repeat(43) }
const seconds = () => Math.floor(Date.now() / 1000)

/** What the provider answers with: an ID token of these claims, under a key. */
const idToken = async (change: object = {}, { key = own, alg = 'ES256' }: { readonly key?: CryptoKey; readonly alg?: string } = {}) => {
  const claims = { iss: issuer, aud: 'careledger', sub: 'sub-1', nonce: attempt.nonce, iat: seconds(), exp: seconds() + 300, ...change }
  return new SignJWT(claims).setProtectedHeader({ alg, kid: 'own' }).sign(key)
}
const answering = (id_token: () => Promise<string>) => void (answer = async () => ({ status: 200, body: { access_token: 'a', token_type: 'Bearer', id_token: await id_token() } }))
const finish = () => createAccountProvider({ issuer, clientId: 'careledger', name: 'Test' }).finish(attempt, new URL(`https://care.example/sign-in/account?code=c&state=${attempt.state}`))
const refused = expect.objectContaining({ name: 'IdentityError', code: 'ACCOUNT_REFUSED' })

describe('an account at an OpenID provider', () => {
  it('is who the ID token says, by issuer and subject', async () => {
    answering(() => idToken())
    expect(await finish()).toBe(accountId(issuer, 'sub-1'))
    expect(accountId(issuer, 'sub-1')).not.toBe(accountId(`${issuer}/other`, 'sub-1'))
  })

  it.each([
    ['another nonce', () => idToken({ nonce: 'other' })], ['no nonce', () => idToken({ nonce: undefined })],
    ['another issuer', () => idToken({ iss: 'https://attacker.example' })], ['another audience', () => idToken({ aud: 'another-client' })], ['a second audience that it is not for', () => idToken({ aud: ['careledger', 'other'], azp: 'other' })],
    ['an end more than half a minute ago', () => idToken({ iat: seconds() - 400, exp: seconds() - 60 })], ['a beginning more than half a minute ahead', () => idToken({ nbf: seconds() + 90 })],
    ['no subject', () => idToken({ sub: undefined })], ['a key that is not the provider\'s', () => idToken({}, { key: stranger })],
    ['no signature', async () => `${Buffer.from('{"alg":"none"}').toString('base64url')}.${(await idToken()).split('.')[1] ?? ''}.`],
  ])('is refused by an ID token with %s', async (_name, made) => {
    answering(made)
    await expect(finish()).rejects.toThrow(refused)
  })

  it('takes clocks that differ by less than half a minute', async () => {
    answering(() => idToken({ iat: seconds() - 300, exp: seconds() - 15, nbf: seconds() + 15 }))
    expect(await finish()).toBe(accountId(issuer, 'sub-1'))
  })

  it('is refused without an ID token, by another state, or where the provider refuses the code', async () => {
    answer = async () => ({ status: 200, body: { access_token: 'a', token_type: 'Bearer' } })
    await expect(finish()).rejects.toThrow(refused)
    answer = async () => ({ status: 400, body: { error: 'invalid_grant' } })
    await expect(finish()).rejects.toThrow(refused)
    answering(() => idToken())
    const provider = createAccountProvider({ issuer, clientId: 'careledger', name: 'Test' })
    await expect(provider.finish(attempt, new URL('https://care.example/sign-in/account?code=c&state=other'))).rejects.toThrow(refused)
  })

  it('sends the verifier of its own attempt', async () => {
    let seen: string | undefined
    answer = async (verifier) => {
      seen = verifier
      return { status: 200, body: { access_token: 'a', token_type: 'Bearer', id_token: await idToken() } }
    }
    await finish()
    expect(seen).toBe(attempt.verifier)
  })

  it('waits for its provider: what cannot be reached is told apart, and asked again', async () => {
    const away = createAccountProvider({ issuer: 'http://127.0.0.1:1', clientId: 'careledger', name: 'Test', timeoutMs: 2_000 })
    await expect(away.begin(attempt, 'https://care.example/x')).rejects.toThrow(expect.objectContaining({ code: 'ACCOUNT_UNAVAILABLE' }))
    await expect(away.begin(attempt, 'https://care.example/x')).rejects.toThrow(expect.objectContaining({ code: 'ACCOUNT_UNAVAILABLE' }))
  })

  it('is asked of by https, or on this machine', () => {
    expect(() => createAccountProvider({ issuer: 'http://idp.example', clientId: 'careledger', name: 'Test' })).toThrow(TypeError)
  })
})
