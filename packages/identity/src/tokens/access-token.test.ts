import { createHmac } from 'node:crypto'
import { toBase64url, utf8 } from '@careledger/proof'
import { describe, expect, it } from 'vitest'
import { jwsOf, newPrivateJwk, newSigner, now, origin, seconds } from '../__fixtures__/people.ts'
import { createAccessTokens } from './access-token.ts'

const signer = newSigner('ES256')
const tokens = createAccessTokens({ signer, origin })
const person = newSigner()
const claims = { party: 'doctor-1', key: person.key, possession: person.key, session: 'session-1' }
const header = { alg: 'ES256', kid: signer.key, typ: 'at+jwt' }
const payload = { iss: origin, aud: origin, sub: 'doctor-1', careledger_key: person.key, sid: 'session-1', jti: 'token-1', iat: seconds, exp: seconds + 600, cnf: { jkt: person.key } }
const refusedAt = (check: string) => expect.objectContaining({ name: 'IdentityError', code: 'TOKEN_INVALID', details: { check } })

describe('an access token (RFC 9068)', () => {
  it('says party, key, bound key, session and expiry, ten minutes on', () => {
    const { token, expires } = tokens.issue(claims, now)
    expect(expires).toEqual(new Date(now.getTime() + 600_000))
    expect(tokens.verify(token, now)).toMatchObject({ ...claims, expires })
  })

  it('is another one each time, of the same session', () => {
    const [one, other] = [tokens.issue(claims, now), tokens.issue(claims, now)]
    expect(one.token).not.toBe(other.token)
    expect(tokens.verify(one.token, now).session).toBe(tokens.verify(other.token, now).session)
  })

  it('works with an Ed25519 signer', () => {
    const ed = createAccessTokens({ signer: newSigner('EdDSA'), origin })
    expect(ed.verify(ed.issue(claims, now).token, now).party).toBe('doctor-1')
  })

  it('is refused from the moment it expires, also once it was verified', () => {
    const { token, expires } = tokens.issue(claims, now)
    tokens.verify(token, new Date(expires.getTime() - 1))
    expect(() => tokens.verify(token, expires)).toThrow(expect.objectContaining({ code: 'TOKEN_EXPIRED' }))
    expect(() => tokens.verify(token, new Date(expires.getTime() + 1))).toThrow(expect.objectContaining({ code: 'TOKEN_EXPIRED' }))
  })

  it.each([
    ['no typ', 'typ', { alg: 'ES256', kid: signer.key }],
    ['typ JWT', 'typ', { ...header, typ: 'JWT' }],
    ['typ dpop+jwt', 'typ', { ...header, typ: 'dpop+jwt' }],
    ['alg none', 'alg', { ...header, alg: 'none' }],
    ['alg HS256', 'alg', { ...header, alg: 'HS256' }],
    ['alg of another kind of key', 'alg', { ...header, alg: 'EdDSA' }],
    ['another kid', 'kid', { ...header, kid: person.key }],
    ['jwk', 'header', { ...header, jwk: person.publicJwk }],
    ['a private jwk', 'header', { ...header, jwk: newPrivateJwk() }],
    ['jku', 'header', { ...header, jku: 'https://attacker.example' }],
    ['x5u', 'header', { ...header, x5u: 'https://attacker.example' }],
    ['crit', 'header', { ...header, crit: ['exp'] }],
  ])('is refused with a header with %s', (_name, check, bad) => {
    expect(() => tokens.verify(jwsOf(signer, bad, payload), now)).toThrow(refusedAt(check))
  })

  it.each([
    ['another issuer', 'aud', { iss: 'https://other.example' }],
    ['another audience', 'aud', { aud: 'https://other.example' }],
    ['several audiences', 'aud', { aud: [origin, 'https://other.example'] }],
    ['no subject', 'sub', { sub: undefined }],
    ['no key', 'careledger_key', { careledger_key: undefined }],
    ['no confirmation', 'jkt', { cnf: undefined }],
    ['a confirmation that is no object', 'jkt', { cnf: 'x' }],
    ['no session', 'sid', { sid: undefined }],
    ['no expiry', 'exp', { exp: undefined }],
    ['an expiry as text', 'exp', { exp: '9999999999' }],
    ['a longer life than ten minutes', 'exp', { exp: seconds + 601 }],
    ['no time of issue', 'iat', { iat: undefined }],
  ])('is refused with %s', (_name, check, change) => {
    expect(() => tokens.verify(jwsOf(signer, header, { ...payload, ...change }), now)).toThrow(refusedAt(check))
  })

  it('is refused when another key signed it, also with the public key as a MAC secret', () => {
    expect(() => tokens.verify(jwsOf(newSigner(), header, payload), now)).toThrow(refusedAt('signature'))
    const input = `${toBase64url(utf8(JSON.stringify(header)))}.${toBase64url(utf8(JSON.stringify(payload)))}`
    expect(() => tokens.verify(`${input}.${createHmac('sha256', JSON.stringify(signer.publicJwk)).update(input).digest('base64url')}`, now)).toThrow(refusedAt('signature'))
    expect(() => tokens.verify(`${input}.${Buffer.alloc(64).toString('base64url')}`, now)).toThrow(refusedAt('signature'))
  })

  it('is refused with any character of it changed', () => {
    const { token } = tokens.issue(claims, now)
    for (let place = 0; place < token.length; place += 7) {
      const other = token[place] === 'A' ? 'B' : 'A'
      expect(() => tokens.verify(`${token.slice(0, place)}${other}${token.slice(place + 1)}`, now)).toThrow(expect.objectContaining({ code: 'TOKEN_INVALID' }))
    }
  })

  it('lives ten minutes at most', () => {
    expect(() => createAccessTokens({ signer, origin, lifetimeMs: 600_001 })).toThrow(TypeError)
    expect(() => createAccessTokens({ signer, origin, lifetimeMs: 0 })).toThrow(TypeError)
    expect(() => createAccessTokens({ signer, origin, lifetimeMs: Number.NaN })).toThrow(TypeError)
  })
})
