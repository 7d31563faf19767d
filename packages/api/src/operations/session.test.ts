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

async function tokenOf(signer: Signer): Promise<string> {
  const { challenge } = JSON.parse((await post('session.challenge', { key: signer.key }, {})).text).result.data as { readonly challenge: string }
  const header = toBase64url(utf8(`{"alg":"${signer.algorithm}","kid":"${signer.key}","typ":"careledger-challenge+jws"}`))
  const jws = `${header}..${toBase64url(await signer.sign(utf8(`${header}.${toBase64url(utf8(challenge))}`)))}`
  const answer = await post('session.start', { challenge, jws }, { dpop: await proofFor(signer, 'POST', 'session.start') })
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
    const start = async () => (await post('session.start', { challenge, jws }, { dpop: await proofFor(signer, 'POST', 'session.start') })).status
    expect([await start(), await start()]).toEqual([200, 401])
  })
})
