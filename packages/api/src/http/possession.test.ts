import { createHmac, generateKeyPairSync, sign as signSync } from 'node:crypto'
import { createCareLedgerClient } from '@careledger/client'
import { createKeyDirectory, createReplayStore } from '@careledger/logic'
import { toBase64url, utf8 } from '@careledger/proof'
import type { Signer } from '@careledger/proof'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newKey, startInstance } from '../__fixtures__/instance.ts'
import type { TestInstance } from '../__fixtures__/instance.ts'

let instance: TestInstance
let token: string
let signer: Signer
beforeAll(async () => {
  instance = await startInstance()
  signer = instance.keyOf('doctor-a').signer
  token = await tokenOf()
})
afterAll(() => instance.stop())

/** Signs in with a client and takes the token from its next request, as a thief of the header would. */
async function tokenOf(): Promise<string> {
  let seen = ''
  const client = createCareLedgerClient({
    url: instance.url,
    fetch: (input, init) => {
      seen = new Headers(init?.headers).get('authorization') ?? seen
      return fetch(input, init)
    },
  })
  await client.signIn(signer)
  await client.session.me.query({})
  return seen.replace('DPoP ', '')
}

interface Forgery {
  readonly header?: Readonly<Record<string, unknown>>
  readonly payload?: Readonly<Record<string, unknown>>
  readonly by?: Signer
  readonly signature?: (input: string) => string | Promise<string>
  readonly headerText?: string
}

const target = () => `${instance.url}/trpc/session.me`

async function makeProof(forgery: Forgery = {}): Promise<string> {
  const by = forgery.by ?? signer
  const header = { typ: 'dpop+jwt', alg: by.algorithm, jwk: by.publicJwk, ...forgery.header }
  const ath = toBase64url(new Uint8Array(await crypto.subtle.digest('SHA-256', utf8(token) as Uint8Array<ArrayBuffer>)))
  const payload = { jti: crypto.randomUUID(), htm: 'POST', htu: target(), iat: Math.floor(Date.now() / 1000), ath, ...forgery.payload }
  const input = `${toBase64url(utf8(forgery.headerText ?? JSON.stringify(header)))}.${toBase64url(utf8(JSON.stringify(payload)))}`
  return `${input}.${forgery.signature === undefined ? toBase64url(await by.sign(utf8(input))) : await forgery.signature(input)}`
}

async function send(headers: Record<string, string>): Promise<{ readonly status: number; readonly code: string; readonly serverTime?: unknown }> {
  const answer = await fetch(target(), { method: 'POST', body: '{}', headers: { 'content-type': 'application/json', ...headers } })
  const body = (await answer.json()) as { readonly error?: { readonly data: { readonly problem: { readonly code: string; readonly details?: { readonly serverTime?: unknown } } } } }
  const problem = body.error?.data.problem
  return { status: answer.status, code: problem?.code ?? 'OK', ...(problem?.details?.serverTime === undefined ? {} : { serverTime: problem.details.serverTime }) }
}

async function sendProof(forgery: Forgery): Promise<readonly [number, string]> {
  const { status, code } = await send({ authorization: `DPoP ${token}`, dpop: await makeProof(forgery) })
  return [status, code]
}

const REFUSED = [401, 'PROOF_OF_POSSESSION_INVALID'] as const

describe('proof of possession (RFC 9449) over HTTP', () => {
  it('lets the holder of the key in', async () => {
    expect(await sendProof({})).toEqual([200, 'OK'])
  })

  it('refuses a stolen token without proof, and as a bearer token', async () => {
    expect(await send({ authorization: `DPoP ${token}` })).toMatchObject({ status: 401, code: 'PROOF_OF_POSSESSION_INVALID' })
    expect(await send({ authorization: `Bearer ${token}`, dpop: await makeProof() })).toMatchObject({ status: 401, code: 'NOT_SIGNED_IN' })
    expect(await send({ dpop: await makeProof() })).toMatchObject({ status: 401, code: 'NOT_SIGNED_IN' })
  })

  it('refuses a stolen token with a proof by another key', async () => {
    expect(await sendProof({ by: (await newKey()).signer })).toEqual(REFUSED)
    expect(await sendProof({ by: instance.keyOf('doctor-b').signer })).toEqual(REFUSED)
  })

  it('refuses a proof used before, at once, in parallel, and in another process on the same store', async () => {
    const proof = await makeProof()
    const headers = { authorization: `DPoP ${token}`, dpop: proof }
    expect((await send(headers)).status).toBe(200)
    expect((await send(headers)).code).toBe('PROOF_OF_POSSESSION_INVALID')
    const parallel = { authorization: `DPoP ${token}`, dpop: await makeProof() }
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => send(parallel)))
    expect(outcomes.filter(({ status }) => status === 200)).toHaveLength(1)
    const elsewhere = createReplayStore(instance.parts.store)
    expect(await elsewhere.claim('dpop', `${signer.key}/${claimsOf(proof).jti}`, new Date(Date.now() + 60_000))).toBe(false)
    expect(await createKeyDirectory(instance.parts.store).key(signer.key)).toBeDefined()
  })

  it.each([
    ['another method', { payload: { htm: 'GET' } }],
    ['another path', { payload: { htu: 'http://localhost/trpc/session.end' } }],
    ['another token', { payload: { ath: 'A'.repeat(43) } }],
    ['no token', { payload: { ath: undefined } }],
    ['no jti', { payload: { jti: undefined } }],
    ['no time', { payload: { iat: undefined } }],
    ['a time that is text', { payload: { iat: '1' } }],
  ] satisfies readonly (readonly [string, Forgery])[])('refuses a proof made for %s', async (_title, forgery) => {
    expect(await sendProof(forgery)).toEqual(REFUSED)
  })

  it.each([-600, 600, -61, 62])('answers a proof %i seconds off with the server time', async (seconds) => {
    const answer = await send({ authorization: `DPoP ${token}`, dpop: await makeProof({ payload: { iat: Math.floor(Date.now() / 1000) + seconds } }) })
    expect(answer).toMatchObject({ status: 401, code: 'CLOCK_SKEW' })
    expect(Math.abs(Date.parse(String(answer.serverTime)) - Date.now())).toBeLessThan(5000)
  })

  it.each([
    ['alg none', { header: { alg: 'none' }, signature: () => '' }],
    ['HS256 with the public key as secret', { header: { alg: 'HS256' }, signature: (input: string) => createHmac('sha256', JSON.stringify(signer.publicJwk)).update(input).digest('base64url') }],
    ['an ES256 signature of zeros', { signature: () => toBase64url(new Uint8Array(64)) }],
    ['a signature in DER', { signature: (input: string) => signSync('sha256', Buffer.from(input), generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey).toString('base64url') }],
    ['the algorithm of another key type', { header: { alg: 'EdDSA' } }],
    ['jku', { header: { jku: 'https://evil.example/keys' } }],
    ['x5u', { header: { x5u: 'https://evil.example/cert' } }],
    ['crit', { header: { crit: ['b64'] } }],
    ['b64 false', { header: { b64: false } }],
    ['another typ', { header: { typ: 'JWT' } }],
    ['no jwk', { header: { jwk: undefined } }],
    ['a kid in place of jwk', { header: { jwk: undefined, kid: 'k' } }],
  ] satisfies readonly (readonly [string, Forgery])[])('refuses a proof with %s', async (_title, forgery) => {
    expect(await sendProof(forgery)).toEqual(REFUSED)
  })

  it('refuses a private key in the header, an Ed25519 key of small order, and members given twice', async () => {
    const jwk = signer.publicJwk
    expect(await sendProof({ header: { jwk: { ...jwk, d: 'AAAA' } } })).toEqual(REFUSED)
    expect(await sendProof({ header: { alg: 'EdDSA', jwk: { kty: 'OKP', crv: 'Ed25519', x: toBase64url(Uint8Array.of(1, ...new Uint8Array(31))) } }, signature: () => toBase64url(new Uint8Array(64)) })).toEqual(REFUSED)
    expect(await sendProof({ headerText: `{"typ":"dpop+jwt","typ":"dpop+jwt","alg":"ES256","jwk":${JSON.stringify(jwk)}}` })).toEqual(REFUSED)
  })

  it('refuses two proofs in one request, and headers that are no proof', async () => {
    const [first, second] = [await makeProof(), await makeProof()]
    for (const dpop of [`${first}, ${second}`, 'x', '..', `${first}.`, `${first} `.repeat(3), 'a'.repeat(5000)]) {
      expect(await send({ authorization: `DPoP ${token}`, dpop })).toMatchObject({ status: 401, code: 'PROOF_OF_POSSESSION_INVALID' })
    }
  })

  it('refuses tokens that are not ours: changed, unsigned, of another kind', async () => {
    const [header, payload, signature] = token.split('.') as [string, string, string]
    const changed = toBase64url(utf8(JSON.stringify({ ...claimsOf(token), sub: 'operator' })))
    const none = toBase64url(utf8('{"alg":"none","typ":"at+jwt"}'))
    for (const forged of [`${header}.${changed}.${signature}`, `${none}.${payload}.`, `${header}.${payload}.${'A'.repeat(86)}`, await makeProof(), 'x.y.z', 'x']) {
      expect(await send({ authorization: `DPoP ${forged}`, dpop: await makeProof() })).toMatchObject({ status: 401, code: 'NOT_SIGNED_IN' })
    }
  })
})

describe('the session of a client', () => {
  it('corrects a clock that is ten minutes off, either way', async () => {
    for (const minutes of [10, -10]) {
      const client = createCareLedgerClient({ url: instance.url })
      instance.clock.offsetMs = minutes * 60_000
      try {
        await client.signIn(signer)
        expect((await client.session.me.query({})).party).toBe('doctor-a')
        expect(Math.abs(client.now().getTime() - Date.now() - minutes * 60_000)).toBeLessThan(5000)
      } finally {
        instance.clock.offsetMs = 0
      }
    }
  })

  it('is renewed before and after its token has expired, for many calls at once', async () => {
    const client = createCareLedgerClient({ url: instance.url, batchMax: 1 })
    await client.signIn(signer)
    instance.clock.offsetMs = 30 * 60_000
    try {
      const parties = await Promise.all(Array.from({ length: 8 }, () => client.session.me.query({})))
      expect(parties.map(({ party }) => party)).toEqual(Array(8).fill('doctor-a'))
    } finally {
      instance.clock.offsetMs = 0
    }
  })

  it('ends at the server when the person signs out: the token is refused from then on', async () => {
    const client = createCareLedgerClient({ url: instance.url })
    await client.signIn(signer)
    token = await tokenOf()
    expect(await sendProof({})).toEqual([200, 'OK'])
    const ended = await fetch(`${instance.url}/trpc/session.end`, { method: 'POST', body: '{}', headers: { 'content-type': 'application/json', authorization: `DPoP ${token}`, dpop: await makeProof({ payload: { htu: `${instance.url}/trpc/session.end` } }) } })
    expect(ended.status).toBe(200)
    expect(await sendProof({})).toEqual([401, 'NOT_SIGNED_IN'])
    await client.signOut()
    expect(client.actor).toBeUndefined()
    await expect(client.session.me.query({})).rejects.toMatchObject({ name: 'Problem', code: 'NOT_SIGNED_IN' })
    await client.signOut()
  })

  it('is not begun with an unknown key, or by answering somebody else\'s challenge', async () => {
    const stranger = (await newKey()).signer
    await expect(createCareLedgerClient({ url: instance.url }).signIn(stranger)).rejects.toMatchObject({ code: 'KEY_UNKNOWN' })
    const impostor: Signer = { ...stranger, key: signer.key }
    await expect(createCareLedgerClient({ url: instance.url }).signIn(impostor)).rejects.toMatchObject({ name: 'Problem' })
  })

  it('says UNAVAILABLE for a query and OUTCOME_UNKNOWN for a command when nobody answers, and keeps an abort\'s reason', async () => {
    const client = createCareLedgerClient({ url: 'http://127.0.0.1:9' })
    await expect(client.platform.trust.query({})).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    await expect(client.session.challenge.mutate({ key: 'k'.repeat(43) })).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' })
    const reason = new Error('Enough.')
    await expect(client.platform.trust.query({}, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  })
})

function claimsOf(jws: string): Readonly<Record<string, unknown>> {
  return JSON.parse(Buffer.from(jws.split('.')[1] ?? '', 'base64url').toString()) as Readonly<Record<string, unknown>>
}
