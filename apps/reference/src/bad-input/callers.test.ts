import { createHmac } from 'node:crypto'
import { createCareLedgerClient, giveConsent, revocationDraft, signAs, signerFromJwk, type SubjectAt } from '@careledger/client'
import { toBase64url, utf8, type Signer } from '@careledger/proof'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { expectRefusal, startDemoWorld, type DemoWorld } from '../testing/demo-world.ts'
import { rawCall, type Forgery, type RawCaller } from '../testing/raw-caller.ts'

const minute = 60_000
let world: DemoWorld
let raw: RawCaller
let other: Signer
let records: Awaited<ReturnType<DemoWorld['records']>>
beforeAll(async () => {
  world = await startDemoWorld()
  raw = await world.raw('staff-5d81c6')
  other = (await world.raw('staff-e04b7f')).signer
  await world.importCanary({ identifier: 'MRN-CANARY-0' })
  records = await world.records()
}, 180_000)
afterEach(() => { vi.useRealTimers() })
afterAll(async () => world?.stop(), 60_000)

const me = async (forgery: Forgery) => raw.call('session.me', '{}', { dpop: await raw.proof('session.me', forgery) })
const seconds = (offset: number) => Math.floor(Date.now() / 1000) + offset
const refused = (answer: Awaited<ReturnType<typeof me>>) => expectRefusal(answer, 401, 'PROOF_OF_POSSESSION_INVALID', /Make a fresh one/)

describe('a proof of possession', () => {
  it('that was used before is refused: at once, twenty times at once, and after the process was killed and started again', async () => {
    const dpop = await raw.proof('session.me')
    expect((await raw.call('session.me', '{}', { dpop })).status).toBe(200)
    refused(await raw.call('session.me', '{}', { dpop }))
    const together = await raw.proof('session.me')
    const answers = await Promise.all(Array.from({ length: 20 }, () => raw.call('session.me', '{}', { dpop: together })))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    const last = await raw.proof('session.me')
    expect((await raw.call('session.me', '{}', { dpop: last })).status).toBe(200)
    await world.restart('SIGKILL')
    expect((await me({})).status, 'a fresh proof with the token from before').toBe(200)
    refused(await raw.call('session.me', '{}', { dpop: last, 'x-made-at': dpop.slice(0, 0) }))
    expect(await world.records()).toEqual(records)
  }, 120_000)

  it.each([-61, -600, 600, 62])('made %i seconds from now is refused with the server time', async (offset) => {
    const answer = await me({ payload: { iat: seconds(offset) } })
    expectRefusal(answer, 401, 'CLOCK_SKEW', /Set it by the server time/)
    expect(Math.abs(Date.parse(String(answer.details['serverTime'])) - Date.now())).toBeLessThan(10_000)
  })

  it.each([
    ['by another enrolled key', () => ({ by: other })],
    ['for another method', () => ({ payload: { htm: 'GET' } })],
    ['for another operation', () => ({ payload: { htu: `${world.url}/trpc/session.end` } })],
    ['for another token', () => ({ payload: { ath: 'A'.repeat(43) } })],
    ['with alg none', () => ({ header: { alg: 'none' }, signature: () => '' })],
    ['with HS256 and the public key as secret', () => ({ header: { alg: 'HS256' }, signature: (input: string) => createHmac('sha256', JSON.stringify(raw.signer.publicJwk)).update(input).digest('base64url') })],
    ['with the algorithm swapped', () => ({ header: { alg: 'EdDSA' } })],
    ['with zeros for a signature', () => ({ signature: () => toBase64url(new Uint8Array(64)) })],
    ['with a key from elsewhere', () => ({ header: { jku: 'https://evil.example/keys' } })],
  ] satisfies readonly (readonly [string, () => Forgery])[])('%s is refused', async (_title, forge) => {
    refused(await me(forge()))
  })

  it('that is missing, or stands twice, is refused', async () => {
    refused(await rawCall(`${world.url}/trpc/session.me`, '{}', { authorization: `DPoP ${raw.token}` }))
    refused(await raw.call('session.me', '{}', { dpop: `${await raw.proof('session.me')}, ${await raw.proof('session.me')}` }))
  })
})

describe('a token', () => {
  const claims = () => JSON.parse(Buffer.from(raw.token.split('.')[1] ?? '', 'base64url').toString()) as object
  const joined = (header: object, payload: object, signature: string) => `${toBase64url(utf8(JSON.stringify(header)))}.${toBase64url(utf8(JSON.stringify(payload)))}.${signature}`

  it.each([
    ['none', () => joined({ alg: 'none', typ: 'at+jwt' }, claims(), '')],
    ['HS256 with a public key as secret', () => {
      const input = joined({ alg: 'HS256', typ: 'at+jwt' }, claims(), '').slice(0, -1)
      return `${input}.${createHmac('sha256', JSON.stringify(raw.signer.publicJwk)).update(input).digest('base64url')}`
    }],
    ['its own signature under other claims', () => `${raw.token.split('.')[0] ?? ''}.${toBase64url(utf8(JSON.stringify({ ...claims(), sub: 'staff-b1f852' })))}.${raw.token.split('.')[2] ?? ''}`],
    ['a signature by the caller', () => joined({ alg: 'ES256', kid: raw.signer.key, typ: 'at+jwt' }, claims(), 'A'.repeat(86))],
  ])('under %s is refused', async (_title, forge) => {
    expectRefusal(await raw.call('session.me', '{}', { authorization: `DPoP ${forge()}` }), 401, 'NOT_SIGNED_IN', /Sign in/)
  })

  it('sent as a bearer token is refused', async () => {
    expectRefusal(await raw.call('session.me', '{}', { authorization: `Bearer ${raw.token}` }), 401, 'NOT_SIGNED_IN')
  })
})

describe('a clock that is ten minutes off', () => {
  it.each([10, -10])('(%i): the real client corrects itself, reads and signs', async (minutes) => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + minutes * minute })
    const client = createCareLedgerClient({ url: world.url })
    await client.signIn(await signerFromJwk(world.key('patient-4f7a20')))
    expect(Math.abs(client.now().getTime() - (Date.now() - minutes * minute))).toBeLessThan(10_000)
    const at = (await client.hospital.consents.subjects.query({})).items[0] as SubjectAt
    const expires = new Date(client.now().getTime() + 60 * minute).toISOString()
    const receipt = await giveConsent(client, at, { grantee: 'busan-medical', purpose: 'research', expires, direct: false })
    expect(receipt.duplicate).toBe(false)
    const given = (await client.hospital.consents.list.query({})).items.find(({ id }) => id === receipt.id)
    expect(Math.abs(Date.parse(given?.given ?? '') - (Date.now() - minutes * minute))).toBeLessThan(30_000)
    await client.signOut()
  })
})

describe('a consent', () => {
  it('lets nobody read from the second on at which it ends', async () => {
    const patient = await world.as('patient-4f7a20')
    const reader = await world.as('staff-e04b7f')
    const at = (await patient.hospital.consents.subjects.query({})).items[0] as SubjectAt & { readonly patient: string }
    const read = () => reader.hospital.records.list.query({ patient: at.patient, limit: 1 })
    await expect(read()).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
    const expires = new Date(Date.now() + 3000)
    const { id } = await giveConsent(patient, at, { grantee: 'staff-e04b7f', purpose: 'treatment', expires: expires.toISOString(), direct: false })
    expect((await read()).decision).toMatchObject({ rule: 'consent', consent: id })
    let lastPermitted = 0
    await vi.waitFor(async () => {
      const asked = Date.now()
      await read().then(() => { lastPermitted = asked }, () => undefined)
      expect(lastPermitted).not.toBe(asked)
    }, { timeout: 20_000, interval: 50 })
    expect(Date.now()).toBeGreaterThanOrEqual(expires.getTime())
    expect(lastPermitted).toBeLessThan(expires.getTime())
    await vi.waitFor(() => expect(Date.now()).toBeGreaterThan(expires.getTime() + 1000), { timeout: 10_000, interval: 50 })
    const stranger = await world.raw('staff-e04b7f')
    const answer = await stranger.call('hospital.records.list', JSON.stringify({ patient: at.patient }))
    expectRefusal(answer, 403, 'NOT_ALLOWED')
    expect(answer.text).not.toContain(id)
    const list = (await patient.hospital.consents.list.query({})).items
    expect(list.find((item) => item.id === id)?.state).toBe('expired')
  })
})

describe('a revoked key', () => {
  it('is refused from the next call on: token, entry and sign-in; what it wrote before stays', async () => {
    const clerk = await world.raw('staff-2a96d3')
    const client = await world.as('staff-2a96d3')
    const organisation = await world.as('seoul-general')
    expect((await clerk.call('session.me', '{}')).status).toBe(200)
    await organisation.identity.revoke.mutate({ entry: await signAs(organisation, revocationDraft(clerk.signer.key, 'seoul-general')) })
    expectRefusal(await clerk.call('session.me', '{}'), 401, 'KEY_REVOKED', /revoked/)
    expectRefusal(await clerk.call('hospital.patients.list', '{}'), 401, 'KEY_REVOKED')
    await expect(client.hospital.imports.prepare.mutate({ identifiers: [] })).rejects.toMatchObject({ code: 'KEY_REVOKED' })
    await expect(world.as('staff-2a96d3')).rejects.toMatchObject({ name: 'Problem', code: 'KEY_REVOKED' })
    expect(await world.records()).toEqual(records)
    expect(await world.ready()).toBe(200)
  })
})
