import { createHash, createHmac, randomUUID } from 'node:crypto'
import { toBase64url, utf8 } from '@careledger/proof'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { jwsOf, newPrivateJwk, newSigner, now, seconds } from '../__fixtures__/people.ts'
import { createInMemoryReplayStore } from '../replay-store.ts'
import { claimProof, verifyDpopProof, type ProofExpectation } from './dpop.ts'

const signer = newSigner('ES256')
const url = 'https://careledger.example/trpc/session.me'
const token = 'a.token.text'
const ath = createHash('sha256').update(token).digest('base64url')
const header = { typ: 'dpop+jwt', alg: 'ES256', jwk: signer.publicJwk }
const payload = () => ({ jti: randomUUID(), htm: 'POST', htu: url, iat: seconds, ath })
const expecting = (proof: string, more: Partial<ProofExpectation> = {}): ProofExpectation => ({ proof, method: 'POST', url, token, possession: signer.key, now, ...more })
const refusedAt = (check: string) => expect.objectContaining({ name: 'IdentityError', code: 'PROOF_INVALID', details: { check } })

describe('a proof of possession (RFC 9449 §4.3)', () => {
  it('holds for its own request, token, key and time', () => {
    expect(verifyDpopProof(expecting(jwsOf(signer, header, payload())))).toMatchObject({ thumbprint: signer.key, claim: { scope: 'dpop' } })
  })

  it('holds with an Ed25519 key', () => {
    const ed = newSigner('EdDSA')
    expect(verifyDpopProof(expecting(jwsOf(ed, { typ: 'dpop+jwt', alg: 'EdDSA', jwk: ed.publicJwk }, payload()), { possession: ed.key })).thumbprint).toBe(ed.key)
  })

  it('gives the key\'s thumbprint where any key is accepted and there is no token', () => {
    const { ath: _, ...without } = payload()
    expect(verifyDpopProof(expecting(jwsOf(signer, header, without), { token: undefined, possession: undefined })).thumbprint).toBe(signer.key)
  })

  it('may carry further payload members', () => {
    expect(() => verifyDpopProof(expecting(jwsOf(signer, header, { ...payload(), nonce: 'x' })))).not.toThrow()
  })

  const headers: readonly (readonly [string, string, object])[] = [
    ['no typ', 'typ', { alg: 'ES256', jwk: signer.publicJwk }],
    ['typ JWT', 'typ', { ...header, typ: 'JWT' }],
    ['typ at+jwt', 'typ', { ...header, typ: 'at+jwt' }],
    ['typ that is not text', 'typ', { ...header, typ: 1 }],
    ['alg none', 'alg', { ...header, alg: 'none' }],
    ['alg HS256', 'alg', { ...header, alg: 'HS256' }],
    ['alg RS256', 'alg', { ...header, alg: 'RS256' }],
    ['alg of another key', 'alg', { ...header, alg: 'EdDSA' }],
    ['no alg', 'alg', { typ: 'dpop+jwt', jwk: signer.publicJwk }],
    ['no jwk', 'jwk', { typ: 'dpop+jwt', alg: 'ES256' }],
    ['a private jwk', 'jwk', { ...header, jwk: newPrivateJwk() }],
    ['a symmetric jwk', 'jwk', { ...header, jwk: { kty: 'oct', k: 'AAAA' } }],
    ['a jwk of another curve', 'jwk', { ...header, jwk: { ...signer.publicJwk, crv: 'P-384' } }],
    ['a jwk with further members', 'jwk', { ...header, jwk: { ...signer.publicJwk, kid: 'x' } }],
    ['a small-order Ed25519 jwk', 'jwk', { ...header, alg: 'EdDSA', jwk: { kty: 'OKP', crv: 'Ed25519', x: Buffer.alloc(32).toString('base64url') } }],
    ['crit', 'header', { ...header, crit: ['b64'], b64: false }],
    ['b64', 'header', { ...header, b64: true }],
    ['jku', 'header', { ...header, jku: 'https://attacker.example/keys' }],
    ['x5u', 'header', { ...header, x5u: 'https://attacker.example/cert' }],
    ['x5c', 'header', { ...header, x5c: ['AAAA'] }],
    ['kid', 'header', { ...header, kid: 'x' }],
    ['an unknown member', 'header', { ...header, anything: 1 }],
  ]
  it.each(headers)('is refused with a header with %s', (_name, check, bad) => {
    expect(() => verifyDpopProof(expecting(jwsOf(signer, bad, payload())))).toThrow(refusedAt(check))
  })

  it('is refused when HS256 is made with the public key as the secret', () => {
    const input = `${toBase64url(utf8(JSON.stringify({ ...header, alg: 'HS256' })))}.${toBase64url(utf8(JSON.stringify(payload())))}`
    const mac = createHmac('sha256', JSON.stringify(signer.publicJwk)).update(input).digest('base64url')
    expect(() => verifyDpopProof(expecting(`${input}.${mac}`))).toThrow(refusedAt('alg'))
  })

  const payloads: readonly (readonly [string, string, object])[] = [
    ['another method', 'htm', { htm: 'GET' }],
    ['a method in lower case', 'htm', { htm: 'post' }],
    ['no method', 'htm', { htm: undefined }],
    ['another path', 'htu', { htu: 'https://careledger.example/trpc/session.end' }],
    ['another host', 'htu', { htu: 'https://attacker.example/trpc/session.me' }],
    ['another scheme', 'htu', { htu: 'http://careledger.example/trpc/session.me' }],
    ['another port', 'htu', { htu: 'https://careledger.example:8443/trpc/session.me' }],
    ['a user in the address', 'htu', { htu: 'https://user@careledger.example/trpc/session.me' }],
    ['no address', 'htu', { htu: undefined }],
    ['no URL', 'htu', { htu: 'nonsense' }],
    ['the hash of another token', 'ath', { ath: createHash('sha256').update('another').digest('base64url') }],
    ['no token hash', 'ath', { ath: undefined }],
    ['a token hash that is not text', 'ath', { ath: 5 }],
    ['no jti', 'jti', { jti: undefined }],
    ['a short jti', 'jti', { jti: 'x' }],
    ['a long jti', 'jti', { jti: 'x'.repeat(129) }],
    ['a jti with a line break', 'jti', { jti: `${'x'.repeat(20)}\n` }],
    ['no iat', 'iat', { iat: undefined }],
    ['an iat as text', 'iat', { iat: String(seconds) }],
    ['a fractional iat', 'iat', { iat: seconds + 0.5 }],
  ]
  it.each(payloads)('is refused with %s', (_name, check, change) => {
    expect(() => verifyDpopProof(expecting(jwsOf(signer, header, { ...payload(), ...change })))).toThrow(refusedAt(check))
  })

  it('is refused with a token hash where no token is sent', () => {
    expect(() => verifyDpopProof(expecting(jwsOf(signer, header, payload()), { token: undefined }))).toThrow(refusedAt('ath'))
  })

  it('is refused by another key than the token is bound to', () => {
    const thief = newSigner()
    expect(() => verifyDpopProof(expecting(jwsOf(thief, { ...header, jwk: thief.publicJwk }, payload())))).toThrow(refusedAt('key'))
  })

  it('is refused when it names the bound key but is signed by another', () => {
    expect(() => verifyDpopProof(expecting(jwsOf(newSigner(), header, payload())))).toThrow(refusedAt('signature'))
  })

  it('is refused with an ES256 signature of zeros or of another length', () => {
    const good = jwsOf(signer, header, payload()).split('.')
    expect(() => verifyDpopProof(expecting(`${good[0]}.${good[1]}.${Buffer.alloc(64).toString('base64url')}`))).toThrow(refusedAt('signature'))
    expect(() => verifyDpopProof(expecting(`${good[0]}.${good[1]}.${Buffer.alloc(63, 1).toString('base64url')}`))).toThrow(refusedAt('signature'))
  })

  it('is refused with members that stand twice, in header or payload', () => {
    const twice = `{"jti":"${randomUUID()}","htm":"GET","htm":"POST","htu":"${url}","iat":${seconds},"ath":"${ath}"}`
    expect(() => verifyDpopProof(expecting(jwsOf(signer, header, twice)))).toThrow(refusedAt('payload'))
    const input = `${toBase64url(utf8(`{"typ":"dpop+jwt","alg":"none","alg":"ES256","jwk":${JSON.stringify(signer.publicJwk)}}`))}.${toBase64url(utf8(JSON.stringify(payload())))}`
    expect(() => verifyDpopProof(expecting(`${input}.${toBase64url(signer.signSync(utf8(input)))}`))).toThrow(refusedAt('header'))
  })

  it('is refused when it is too long, has another number of parts, or is padded base64url', () => {
    const good = jwsOf(signer, header, payload())
    expect(() => verifyDpopProof(expecting(jwsOf(signer, header, { ...payload(), more: 'x'.repeat(5000) })))).toThrow(refusedAt('form'))
    expect(() => verifyDpopProof(expecting(''))).toThrow(refusedAt('form'))
    expect(() => verifyDpopProof(expecting(`${good}.x`))).toThrow(refusedAt('form'))
    expect(() => verifyDpopProof(expecting(`${good}==`))).toThrow(refusedAt('signature'))
    expect(() => verifyDpopProof(expecting(jwsOf(signer, header, '[]')))).toThrow(refusedAt('payload'))
  })

  it.each([[-60, true], [60, true], [-61, false], [61, false], [-600, false], [600, false]])('issued %d seconds from now holds: %s; beyond the window it is told apart as clock skew', (offset, holds) => {
    const proof = jwsOf(signer, header, { ...payload(), iat: seconds + offset })
    if (holds) expect(() => verifyDpopProof(expecting(proof))).not.toThrow()
    else expect(() => verifyDpopProof(expecting(proof))).toThrow(expect.objectContaining({ code: 'CLOCK_SKEW', details: { check: 'iat', serverTime: now.toISOString() } }))
  })

  it('says clock skew only when everything else holds', () => {
    expect(() => verifyDpopProof(expecting(jwsOf(newSigner(), header, { ...payload(), iat: seconds + 600 })))).toThrow(refusedAt('signature'))
  })

  it.each(['https://CareLedger.Example/trpc/session.me', 'https://careledger.example:443/trpc/session.me', 'https://careledger.example/trpc/session.me?batch=1#x', 'https://careledger.example/trpc/./session.me'])('holds for the same address written as %s', (htu) => {
    expect(() => verifyDpopProof(expecting(jwsOf(signer, header, { ...payload(), htu })))).not.toThrow()
  })

  it('is used once: again is a replay, by another key with the same jti is not', async () => {
    const replay = createInMemoryReplayStore(() => now)
    const one = payload()
    const proof = verifyDpopProof(expecting(jwsOf(signer, header, one)))
    await claimProof(replay, proof)
    await expect(claimProof(replay, verifyDpopProof(expecting(jwsOf(signer, header, one))))).rejects.toThrow(expect.objectContaining({ code: 'PROOF_REPLAYED' }))
    const other = newSigner()
    await claimProof(replay, verifyDpopProof(expecting(jwsOf(other, { ...header, jwk: other.publicJwk }, one), { possession: other.key })))
  })

  it('is remembered for as long as it could be accepted', () => {
    const proof = verifyDpopProof(expecting(jwsOf(signer, header, { ...payload(), iat: seconds + 60 })))
    expect(proof.claim.expiresAt.getTime()).toBeGreaterThan(now.getTime() + 120_000)
  })

  it('never throws anything but its own error, whatever the text', () => {
    const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), fc.array(fc.base64String(), { maxLength: 4 }).map((parts) => parts.join('.')), fc.json().map((json) => jwsOf(signer, header, json)), fc.json().map((json) => `${toBase64url(utf8(json))}.${toBase64url(utf8('{}'))}.AAAA`))
    fc.assert(fc.property(text, (proof) => {
      expect(() => verifyDpopProof(expecting(proof))).toThrow(expect.objectContaining({ name: 'IdentityError' }))
    }), { numRuns: 500 })
  })

  it('puts neither token nor proof into messages or details', () => {
    const canary = 'canary-canary-canary'
    const error = (() => {
      try {
        verifyDpopProof(expecting(jwsOf(signer, { ...header, [canary]: canary }, { ...payload(), htm: canary })))
      } catch (caught) {
        return caught as { readonly message: string; readonly details: unknown }
      }
      return undefined
    })()
    expect(JSON.stringify([error?.message, error?.details])).not.toContain(canary)
  })
})
