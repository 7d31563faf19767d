import { createHash, randomUUID } from 'node:crypto'
import { createCareLedgerClient } from '@careledger/client'
import { toBase64url, utf8, type Signer } from '@careledger/proof'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newKey, startInstance } from '../__fixtures__/instance.ts'
import type { TestInstance } from '../__fixtures__/instance.ts'

let instance: TestInstance
beforeAll(async () => {
  instance = await startInstance()
})
afterAll(() => instance.stop())

const refusedWith = (code: string) => expect.objectContaining({ name: 'Problem', code })

async function jwsOf(signer: Signer, header: object, payload: object): Promise<string> {
  const input = `${toBase64url(utf8(JSON.stringify(header)))}.${toBase64url(utf8(JSON.stringify(payload)))}`
  return `${input}.${toBase64url(await signer.sign(utf8(input)))}`
}

/** A request made by hand, so that its parts can be wrong. */
async function post(name: string, input: object, headers: Readonly<Record<string, string>>): Promise<{ readonly status: number; readonly text: string }> {
  const response = await fetch(`${instance.url}/trpc/${name}`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(input) })
  return { status: response.status, text: await response.text() }
}

async function get(token: string, proof: string): Promise<{ readonly status: number; readonly text: string }> {
  const response = await fetch(`${instance.url}/trpc/session.me?input=%7B%7D`, { headers: { authorization: `DPoP ${token}`, dpop: proof } })
  return { status: response.status, text: await response.text() }
}

const proofFor = (signer: Signer, htm: string, name: string, token?: string, change: object = {}): Promise<string> =>
  jwsOf(signer, { typ: 'dpop+jwt', alg: signer.algorithm, jwk: signer.publicJwk }, {
    jti: randomUUID(), htm, htu: `${instance.url}/trpc/${name}`, iat: Math.floor(Date.now() / 1000), ...(token === undefined ? {} : { ath: createHash('sha256').update(token).digest('base64url') }), ...change,
  })

/** What a proof must name where a token is given out: any refusal for want of it brings it. */
async function nonceOf(signer: Signer): Promise<string> {
  const refused = await fetch(`${instance.url}/trpc/session.start`, { method: 'POST', headers: { 'content-type': 'application/json', dpop: await proofFor(signer, 'POST', 'session.start') }, body: '{}' })
  return refused.headers.get('dpop-nonce') as string
}

async function tokenOf(signer: Signer): Promise<string> {
  const { challenge } = JSON.parse((await post('session.challenge', { key: signer.key }, {})).text).result.data as { readonly challenge: string }
  const header = toBase64url(utf8(`{"alg":"${signer.algorithm}","kid":"${signer.key}","typ":"careledger-challenge+jws"}`))
  const jws = `${header}..${toBase64url(await signer.sign(utf8(`${header}.${toBase64url(utf8(challenge))}`)))}`
  const answer = await post('session.start', { challenge, jws }, { dpop: await proofFor(signer, 'POST', 'session.start', undefined, { nonce: await nonceOf(signer) }) })
  return (JSON.parse(answer.text) as { readonly result: { readonly data: { readonly token: string } } }).result.data.token
}

describe('a session over the wire', () => {
  it('says who the caller is, by name and organisation', async () => {
    const doctor = await instance.as('doctor-a')
    expect(await doctor.session.me.query({})).toMatchObject({ party: 'doctor-a', kind: 'person', roles: ['doctor'], organisation: 'hospital-a', organisationName: 'Hospital A', key: instance.keyOf('doctor-a').signer.key })
  })

  it('ends: its token is refused from then on, and the client\'s other sessions stay', async () => {
    const { signer } = instance.keyOf('doctor-a')
    const [ended, other] = [await tokenOf(signer), await tokenOf(signer)]
    expect((await post('session.end', {}, { authorization: `DPoP ${ended}`, dpop: await proofFor(signer, 'POST', 'session.end', ended) })).status).toBe(200)
    const refused = await get(ended, await proofFor(signer, 'GET', 'session.me', ended))
    expect([refused.status, refused.text]).toEqual([401, expect.stringContaining('NOT_SIGNED_IN')])
    expect((await get(other, await proofFor(signer, 'GET', 'session.me', other))).status).toBe(200)
  })

  it('is not begun by a proof that was made before the server was asked: it must name a nonce of the server', async () => {
    const { signer } = instance.keyOf('doctor-a')
    const refused = await fetch(`${instance.url}/trpc/session.start`, { method: 'POST', headers: { 'content-type': 'application/json', dpop: await proofFor(signer, 'POST', 'session.start') }, body: '{"challenge":"c","jws":"j"}' })
    expect([refused.status, refused.headers.get('www-authenticate'), await refused.text()]).toEqual([401, 'DPoP error="use_dpop_nonce", algs="ES256 EdDSA"', expect.stringContaining('PROOF_OF_POSSESSION_INVALID')])
  })

  it('goes on by being refreshed, is listed with its device, and ends on every device at once when its person says so', async () => {
    const [here, there] = [await instance.as('clerk-a'), await instance.as('clerk-a')]
    await here.identity.devices.rename.mutate({ key: instance.keyOf('clerk-a').signer.key, name: 'Ward laptop' })
    const { items } = await here.session.list.query({})
    expect(items.map(({ device, current }) => [device, current]).sort()).toEqual([['Ward laptop', false], ['Ward laptop', true]])
    await here.session.refresh.mutate({})
    expect((await here.session.list.query({})).items.map(({ id }) => id).sort()).toEqual(items.map(({ id }) => id).sort())
    let told = 0
    there.onSessionEnd(() => told++)
    expect(await here.session.endAll.mutate({ keepThis: true })).toEqual({ ended: 1 })
    await expect(there.session.me.query({})).rejects.toThrow(refusedWith('NOT_SIGNED_IN'))
    expect([told, there.actor, there.signer]).toEqual([1, undefined, undefined])
    const again = await instance.as('clerk-a')
    const other = (await here.session.list.query({})).items.find(({ current }) => !current)
    await expect((await instance.as('doctor-a')).session.endOther.mutate({ session: other?.id ?? '' })).rejects.toThrow(refusedWith('NOT_ALLOWED'))
    await here.session.endOther.mutate({ session: other?.id ?? '' })
    await expect(again.session.me.query({})).rejects.toThrow(refusedWith('NOT_SIGNED_IN'))
    expect((await here.session.me.query({})).party).toBe('clerk-a')
  })

  it('is refused to a key that is not enrolled, after a challenge like any other', async () => {
    const stranger = createCareLedgerClient({ url: instance.url })
    await expect(stranger.signIn((await newKey()).signer)).rejects.toThrow(refusedWith('KEY_UNKNOWN'))
  })

  it('is refused without a token, and with a token alone', async () => {
    const { signer } = instance.keyOf('doctor-a')
    const token = await tokenOf(signer)
    expect((await fetch(`${instance.url}/trpc/session.me?input=%7B%7D`)).status).toBe(401)
    const alone = await fetch(`${instance.url}/trpc/session.me?input=%7B%7D`, { headers: { authorization: `Bearer ${token}` } })
    expect(alone.status).toBe(401)
  })

  it('refuses a proof used before, for another method or address, by another key, or of ten minutes ago', async () => {
    const { signer } = instance.keyOf('doctor-a')
    const token = await tokenOf(signer)
    const good = await proofFor(signer, 'GET', 'session.me', token)
    expect((await get(token, good)).status).toBe(200)
    const attempts = [
      [good, 'PROOF_OF_POSSESSION_INVALID'],
      [await proofFor(signer, 'POST', 'session.me', token), 'PROOF_OF_POSSESSION_INVALID'],
      [await proofFor(signer, 'GET', 'session.end', token), 'PROOF_OF_POSSESSION_INVALID'],
      [await proofFor(instance.keyOf('doctor-b').signer, 'GET', 'session.me', token), 'PROOF_OF_POSSESSION_INVALID'],
      [await proofFor(signer, 'GET', 'session.me', 'another token'), 'PROOF_OF_POSSESSION_INVALID'],
      [await proofFor(signer, 'GET', 'session.me', token, { iat: Math.floor(Date.now() / 1000) - 600 }), 'CLOCK_SKEW'],
    ] as const
    for (const [proof, code] of attempts) expect(await get(token, proof)).toEqual({ status: 401, text: expect.stringContaining(code) })
  })

  it('refuses a challenge\'s answer sent a second time', async () => {
    const { signer } = instance.keyOf('doctor-a')
    const { challenge } = JSON.parse((await post('session.challenge', { key: signer.key }, {})).text).result.data as { readonly challenge: string }
    const header = toBase64url(utf8(`{"alg":"${signer.algorithm}","kid":"${signer.key}","typ":"careledger-challenge+jws"}`))
    const jws = `${header}..${toBase64url(await signer.sign(utf8(`${header}.${toBase64url(utf8(challenge))}`)))}`
    const nonce = await nonceOf(signer)
    const start = async () => (await post('session.start', { challenge, jws }, { dpop: await proofFor(signer, 'POST', 'session.start', undefined, { nonce }) })).status
    expect([await start(), await start()]).toEqual([200, 401])
  })
})
