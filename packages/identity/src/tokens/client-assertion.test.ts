import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { jwsOf, newSigner, now, origin, seconds } from '../__fixtures__/people.ts'
import { readClientAssertion } from './client-assertion.ts'

const signer = newSigner('EdDSA')
const audiences = [origin, `${origin}/oauth/token`]
const header = { alg: 'EdDSA', kid: signer.key, typ: 'JWT' }
const payload = () => ({ iss: 'system-1', sub: 'system-1', aud: `${origin}/oauth/token`, jti: randomUUID(), iat: seconds, exp: seconds + 300 })
const read = (text: string) => readClientAssertion(text, { audiences, now })
const refusedAt = (check: string) => expect.objectContaining({ name: 'IdentityError', code: 'ASSERTION_INVALID', details: { check } })

describe('a client assertion (RFC 7523)', () => {
  it('names the enrolled key and the party, and holds with that key', () => {
    const assertion = read(jwsOf(signer, header, payload()))
    expect(assertion).toMatchObject({ kid: signer.key, party: 'system-1', claim: { scope: 'client-assertion' } })
    expect(() => assertion.verify(signer.publicJwk)).not.toThrow()
  })

  it('may leave typ, iat and nbf out, and name the instance itself as its audience', () => {
    const { iat: _, ...rest } = payload()
    expect(() => read(jwsOf(signer, { alg: 'EdDSA', kid: signer.key }, { ...rest, aud: [origin] })).verify(signer.publicJwk)).not.toThrow()
  })

  it('is refused by another key, or with the algorithm of another', () => {
    expect(() => read(jwsOf(newSigner('EdDSA'), header, payload())).verify(signer.publicJwk)).toThrow(refusedAt('signature'))
    expect(() => read(jwsOf(signer, { ...header, alg: 'ES256' }, payload())).verify(signer.publicJwk)).toThrow(refusedAt('alg'))
  })

  it.each([
    ['alg none', 'alg', { alg: 'none' }],
    ['alg HS256', 'alg', { alg: 'HS256' }],
    ['no kid', 'kid', { kid: undefined }],
    ['another typ', 'typ', { typ: 'at+jwt' }],
    ['jwk', 'header', { jwk: signer.publicJwk }],
    ['jku', 'header', { jku: 'https://attacker.example' }],
    ['crit', 'header', { crit: ['exp'] }],
  ])('is refused with a header with %s', (_name, check, change) => {
    expect(() => read(jwsOf(signer, { ...header, ...change }, payload()))).toThrow(refusedAt(check))
  })

  it.each([
    ['no issuer', 'iss', { iss: undefined }],
    ['an issuer that is no party', 'iss', { iss: 'Not A Party', sub: 'Not A Party' }],
    ['another subject', 'sub', { sub: 'system-2' }],
    ['another audience', 'aud', { aud: 'https://other.example/oauth/token' }],
    ['two audiences', 'aud', { aud: [origin, 'https://other.example'] }],
    ['no audience', 'aud', { aud: undefined }],
    ['no jti', 'jti', { jti: undefined }],
    ['a short jti', 'jti', { jti: 'short' }],
    ['no expiry', 'exp', { exp: undefined }],
    ['an expiry that has come', 'exp', { exp: seconds }],
    ['a life longer than five minutes', 'exp', { exp: seconds + 361 }],
  ])('is refused with %s', (_name, check, change) => {
    expect(() => read(jwsOf(signer, header, { ...payload(), ...change }))).toThrow(refusedAt(check))
  })

  it.each([['issued in the future', { iat: seconds + 61 }], ['issued long ago', { iat: seconds - 361 }], ['not valid yet', { nbf: seconds + 61 }]])('%s is told apart as clock skew', (_name, change) => {
    expect(() => read(jwsOf(signer, header, { ...payload(), ...change }))).toThrow(expect.objectContaining({ code: 'CLOCK_SKEW', details: { serverTime: now.toISOString() } }))
  })
})
