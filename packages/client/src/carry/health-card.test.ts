import { generateKeyPairSync, sign } from 'node:crypto'
import { deflateRawSync } from 'node:zlib'
import { jwkThumbprint, type P256Jwk } from '@careledger/proof'
import { describe, expect, it } from 'vitest'
import { publishedCode, publishedIssuer } from './__fixtures__/published-card.ts'
import { readCardText, toNumericCard, verifyHealthCard, type TrustedIssuer } from './health-card.ts'

const publishedCard = readCardText(publishedCode)
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const { kty, crv, x, y } = publicKey.export({ format: 'jwk' })
const jwk = { kty, crv, x, y } as P256Jwk
const kid = jwkThumbprint(jwk)
const issuer: TrustedIssuer = { iss: 'https://care.example/issuers/a', name: 'Hospital A', keys: [{ ...jwk, kid }], crls: [{ kid, rids: ['gone', 'before.1750000000'] }] }
const now = new Date('2026-11-26T12:00:00Z')
const seconds = now.getTime() / 1000

function card(members: object = {}, header: object = {}): string {
  const { vc, ...claims } = members as { vc?: object }
  const payload = {
    iss: issuer.iss, nbf: seconds - 3600, exp: seconds + 3600, ...claims,
    vc: { type: ['https://smarthealth.cards#health-card'], credentialSubject: { fhirVersion: '4.0.1', fhirBundle: { resourceType: 'Bundle', type: 'collection', entry: [{ fullUrl: 'resource:0', resource: { resourceType: 'Patient' } }] } }, rid: 'kept', ...vc },
  }
  const signed = `${Buffer.from(JSON.stringify({ zip: 'DEF', alg: 'ES256', kid, ...header })).toString('base64url')}.${deflateRawSync(JSON.stringify(payload)).toString('base64url')}`
  return `${signed}.${sign('sha256', Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`
}

async function failed(text: string, trusted: readonly TrustedIssuer[] = [issuer]): Promise<readonly string[]> {
  const { valid, steps } = await verifyHealthCard(text, trusted, now)
  const names = steps.filter(({ outcome }) => outcome === 'fail').map(({ name }) => name)
  expect(valid).toBe(names.length === 0)
  return names
}

describe('a health card', () => {
  it('verifies as the specification publishes it, from text and from its numeric code; revocation reads not checked', async () => {
    for (const text of [publishedCode, publishedCard, JSON.stringify({ verifiableCredential: [publishedCard] })]) {
      const check = await verifyHealthCard(text, [publishedIssuer], now)
      expect([check.valid, check.steps.at(-1)]).toMatchObject([true, { name: 'revocation', outcome: 'unchecked' }])
    }
    expect(toNumericCard(publishedCard)).toBe(publishedCode)
  })

  it('is put together from parts in any order, and refused when one is missing', () => {
    const digits = toNumericCard(publishedCard).slice('shc:/'.length)
    const [first, second] = [`shc:/1/2/${digits.slice(0, 600)}`, `shc:/2/2/${digits.slice(600)}`]
    expect(readCardText(`${second}\n${first}`)).toBe(publishedCard)
    expect(() => readCardText(first)).toThrow('missing')
  })

  it('verifies with dates and a list of revoked cards', async () => {
    expect(await failed(card())).toEqual([])
    expect((await verifyHealthCard(card(), [issuer], now)).steps.every(({ outcome }) => outcome === 'pass')).toBe(true)
  })

  it.each([
    ['expired', card({ exp: seconds - 1 }), ['dates']],
    ['not valid yet', card({ nbf: seconds + 3600 }), ['dates']],
    ['revoked', card({ vc: { rid: 'gone' } }), ['revocation']],
    ['revoked for what was issued before a time', card({ nbf: 1_749_999_999, vc: { rid: 'before' } }), ['revocation']],
    ['of an issuer whom nobody trusts', card({ iss: 'https://evil.example' }), ['issuer']],
    ['under a key that the issuer does not have', card({}, { kid: 'A'.repeat(43) }), ['issuer']],
    ['of another algorithm', card({}, { alg: 'HS256' }), ['form']],
    ['of no algorithm', card({}, { alg: 'none' }), ['form']],
    ['not compressed', card({}, { zip: undefined }), ['form']],
    ['about two people', card({ vc: { credentialSubject: { fhirVersion: '4.0.1', fhirBundle: { resourceType: 'Bundle', type: 'collection', entry: [{ resource: { resourceType: 'Patient' } }, { resource: { resourceType: 'Patient' } }] } } } }), ['content']],
    ['no health card by its type', card({ vc: { type: ['x'] } }), ['content']],
    ['no card at all', 'hello', ['form']],
  ])('is refused when it is %s', async (_why, text, steps) => {
    expect(await failed(text)).toEqual(steps)
  })

  it('is refused under a key that the issuer has revoked, and says since when', async () => {
    const revoked = { ...issuer, keys: issuer.keys.map((key) => ({ ...key, revoked: '2025-06-01T00:00:00.000Z' })) }
    const { valid, steps } = await verifyHealthCard(card(), [revoked], now)
    expect([valid, steps.find(({ name }) => name === 'revocation')]).toEqual([false, { name: 'revocation', outcome: 'fail', detail: 'The issuer revoked the key of this card on 2025-06-01. It held until then.' }])
  })

  it('is refused when its content or signature was altered', async () => {
    const [head, , signature] = card().split('.')
    const other = card({ exp: seconds + 7200 }).split('.')[1]
    expect(await failed(`${head}.${other}.${signature}`)).toEqual(['signature'])
    expect(await failed(card().slice(0, -4) + 'AAAA')).toEqual(['signature'])
  })

  it('holds no more than a card can: a small text that swells is refused', async () => {
    const bomb = `${card().split('.')[0]}.${deflateRawSync(Buffer.alloc(20_000_000)).toString('base64url')}.${card().split('.')[2]}`
    expect(await failed(bomb)).toEqual(['form'])
  })

  it('was issued before the time in a revocation that has one, and stands when issued after', async () => {
    expect(await failed(card({ nbf: 1_750_000_001, vc: { rid: 'before' } }))).toEqual([])
  })
})
