import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { randomUUID } from 'node:crypto'
import { createCareLedgerClient, signAs, revocationDraft, systemKeysDraft, type CareLedgerClient } from '@careledger/client'
import { createFetchDocument, createPublishedKeys } from '@careledger/identity'
import { createPublishedBySystems } from '@careledger/logic'
import { canonicalBytes, toBase64url, utf8, type Signer } from '@careledger/proof'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { newKey, startInstance, type TestInstance } from './__fixtures__/instance.ts'

/** What stands at the system's own address, and how often somebody asked. */
const published = { keys: [] as object[], status: 200, fetches: 0 }
let host: Server
let instance: TestInstance
let hospital: CareLedgerClient
let url: string

beforeAll(async () => {
  host = createServer((_request, response) => {
    published.fetches += 1
    response.writeHead(published.status, { 'content-type': 'application/json' }).end(JSON.stringify({ keys: published.keys }))
  })
  await new Promise<void>((done) => host.listen(0, '127.0.0.1', done))
  const address = `127.0.0.1:${(host.address() as AddressInfo).port}`
  url = `http://${address}/jwks.json`
  instance = await startInstance({ identity: (parts) => ({ published: createPublishedBySystems(parts, createPublishedKeys({ fetchDocument: createFetchDocument({ privateHosts: [address] }) })) }) })
  hospital = await instance.as('hospital-a')
  await publish()
})
afterAll(async () => {
  await instance.stop()
  await new Promise((done) => host.close(done))
})
beforeEach(() => {
  published.status = 200
  // The set may be asked for again.
  instance.clock.offsetMs += 11_000
})

const publish = async (change: Partial<Parameters<typeof systemKeysDraft>[0]> = {}, by = hospital) => by.identity.enrol.mutate({ entry: await signAs(by, systemKeysDraft({ party: 'lab-feed', roles: ['system'], url, ...change }, 'hospital-a')) })
const setOf = (...keys: readonly { readonly kid: string; readonly signer: Signer }[]) => void (published.keys = keys.map(({ kid, signer }) => ({ ...signer.publicJwk, kid, use: 'sig' })))

/** Asks for a token as SMART Backend Services have it; the proof of possession is by a key of the process. */
async function tokenAs({ kid, signer }: { readonly kid: string; readonly signer: Signer }, header: object = {}): Promise<{ readonly status: number; readonly error?: string; readonly token?: string; readonly proofKey: Signer }> {
  const { signer: proofKey } = await newKey()
  const now = Math.floor(instance.parts.now().getTime() / 1000)
  const assertion = await jws(signer, { alg: 'ES256', kid, typ: 'JWT', ...header }, { iss: 'lab-feed', sub: 'lab-feed', aud: 'http://careledger.test/oauth/token', exp: now + 200, jti: randomUUID() })
  const ask = async (nonce?: string) => {
    const proof = await jws(proofKey, { typ: 'dpop+jwt', alg: 'ES256', jwk: proofKey.publicJwk }, { jti: randomUUID(), htm: 'POST', htu: `${instance.url}/oauth/token`, iat: now, ...(nonce === undefined ? {} : { nonce }) })
    const body = new URLSearchParams({ grant_type: 'client_credentials', client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer', client_assertion: assertion })
    return fetch(`${instance.url}/oauth/token`, { method: 'POST', body, headers: { dpop: proof } })
  }
  const first = await ask()
  const response = await ask(first.headers.get('dpop-nonce') ?? '')
  const body = (await response.json()) as { readonly error?: string; readonly access_token?: string }
  return { status: response.status, proofKey, ...(body.error === undefined ? {} : { error: body.error }), ...(body.access_token === undefined ? {} : { token: body.access_token }) }
}

async function meAs({ token = '', proofKey }: Awaited<ReturnType<typeof tokenAs>>, name = 'session.me', body?: object): Promise<{ readonly status: number; readonly body: string }> {
  const target = `${instance.url}/trpc/${name}`
  const ath = toBase64url(new Uint8Array(await crypto.subtle.digest('SHA-256', utf8(token) as Uint8Array<ArrayBuffer>)))
  const proof = await jws(proofKey, { typ: 'dpop+jwt', alg: 'ES256', jwk: proofKey.publicJwk }, { jti: randomUUID(), htm: body === undefined ? 'GET' : 'POST', htu: target, iat: Math.floor(instance.parts.now().getTime() / 1000), ath })
  const response = await fetch(body === undefined ? `${target}?input=%7B%7D` : target, { headers: { authorization: `DPoP ${token}`, dpop: proof, ...(body === undefined ? {} : { 'content-type': 'application/json' }) }, ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }) })
  return { status: response.status, body: await response.text() }
}

async function jws(signer: Signer, header: object, payload: object): Promise<string> {
  const input = `${toBase64url(canonicalBytes(header as never))}.${toBase64url(canonicalBytes(payload as never))}`
  return `${input}.${toBase64url(await signer.sign(utf8(input)))}`
}

const key = async (kid: string) => ({ kid, signer: (await newKey()).signer })

describe('a system that publishes its keys', () => {
  it('signs in with one of them, as what its organisation said of it; signs no entry; gets no second token without an assertion', async () => {
    const one = await key('2026-a')
    setOf(one)
    const signedIn = await tokenAs(one)
    expect(signedIn.status).toBe(200)
    expect(JSON.parse((await meAs(signedIn)).body)).toMatchObject({ result: { data: { party: 'lab-feed', kind: 'system', organisation: 'hospital-a', roles: ['system'], key: one.signer.key } } })
    expect((await meAs(signedIn, 'session.refresh', {})).status).toBe(401)
    const { chains } = await (await instance.as('doctor-a')).identity.chain.query({ party: 'lab-feed' })
    expect(chains.map(({ links, inForce }) => [inForce, links.map(({ party }) => party)])).toEqual([[true, ['lab-feed', 'hospital-a', 'platform']]])
  })

  it('changes them under load: each new one is fetched once for all who come with it, and an old one holds while the set has it', async () => {
    let former = await key('0')
    setOf(former)
    for (let round = 1; round <= 4; round += 1) {
      const next = await key(String(round))
      setOf(former, next)
      instance.clock.offsetMs += 11_000
      const before = published.fetches
      const answers = await Promise.all(Array.from({ length: 16 }, (_, place) => tokenAs(place % 2 === 0 ? next : former)))
      expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 16 }, () => 200))
      expect(published.fetches - before).toBe(1)
      former = next
    }
  })

  it('with keys that are not in its set is refused, and has it fetched once in ten seconds whoever asks', async () => {
    const known = await key('known')
    setOf(known)
    expect((await tokenAs(known)).status).toBe(200)
    instance.clock.offsetMs += 11_000
    const before = published.fetches
    const strangers = await Promise.all(Array.from({ length: 12 }, async (_, place) => tokenAs(await key(`stranger-${place}`))))
    expect(new Set(strangers.map(({ status, error }) => `${status} ${error ?? ''}`))).toEqual(new Set(['401 invalid_client']))
    expect(published.fetches - before).toBe(1)
    expect((await tokenAs({ kid: 'known', signer: (await newKey()).signer })).status).toBe(401)
    expect((await tokenAs(known)).status).toBe(200)
  })

  it('with a key that was taken out of the set is refused once the set is fetched again', async () => {
    const [gone, stays] = [await key('gone'), await key('stays')]
    setOf(gone, stays)
    expect((await tokenAs(gone)).status).toBe(200)
    setOf(stays)
    instance.clock.offsetMs += 301_000
    expect([(await tokenAs(stays)).status, (await tokenAs(gone)).status]).toEqual([200, 401])
  })

  it('is told to come again while its set cannot be had', async () => {
    const one = await key('late')
    setOf(one)
    published.status = 500
    instance.clock.offsetMs += 301_000
    expect(await tokenAs(one)).toMatchObject({ status: 503, error: 'temporarily_unavailable' })
  })

  it.each([['jku', { jku: 'https://attacker.example/jwks.json' }], ['x5u', { x5u: 'https://attacker.example/x' }], ['jwk', { jwk: { kty: 'EC' } }], ['alg none', { alg: 'none' }]])('is refused with an assertion with %s, and nobody is asked', async (_name, header) => {
    const one = await key('plain')
    setOf(one)
    const before = published.fetches
    expect(await tokenAs(one, header)).toMatchObject({ status: 401, error: 'invalid_client' })
    expect(published.fetches).toBe(before)
  })

  it('is out at the next call when a key is revoked, its organisation\'s word ends, or another organisation speaks for it', async () => {
    const [one, other] = [await key('one'), await key('other')]
    setOf(one, other)
    const [first, second] = [await tokenAs(one), await tokenAs(other)]
    await hospital.identity.revoke.mutate({ entry: await signAs(hospital, revocationDraft(one.signer.key, 'hospital-a')) })
    expect([(await meAs(first)).status, (await tokenAs(one)).status, (await meAs(second)).status]).toEqual([401, 401, 200])
    const hospitalB = await instance.as('hospital-b')
    await expect(publish({}, hospitalB)).rejects.toThrow(expect.objectContaining({ code: 'NOT_ALLOWED' }))
    await expect(publish({ roles: ['operator'] })).rejects.toThrow(expect.objectContaining({ code: 'NOT_ALLOWED' }))
    await expect(publish({ party: 'doctor-a' })).rejects.toThrow(expect.objectContaining({ code: 'NOT_ALLOWED' }))
    await expect(publish({ url: 'https://user:password@host.example/' })).rejects.toThrow(expect.objectContaining({ code: 'INPUT_MALFORMED' }))
    await expect(publish({}, await instance.as('doctor-a'))).rejects.toThrow(expect.objectContaining({ code: 'NOT_ALLOWED' }))
    await publish({ url: undefined })
    expect([(await meAs(second)).status, (await tokenAs(other)).status, (await tokenAs(await key('third'))).status]).toEqual([401, 401, 401])
    await publish()
    expect((await tokenAs(other)).status).toBe(401)
  })

  it('does not sign in as a person does, by a challenge', async () => {
    const one = await key('x')
    setOf(one)
    expect((await tokenAs(one)).status).toBe(200)
    await expect(createCareLedgerClient({ url: instance.url }).signIn(one.signer)).rejects.toThrow(expect.objectContaining({ code: 'KEY_UNKNOWN' }))
  })
})
