import { randomBytes } from 'node:crypto'
import { canonicalBytes, toBase64url, utf8 } from '@careledger/proof'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { newSigner, now, origin } from '../__fixtures__/people.ts'
import { assertAnswer, CHALLENGE_LIFETIME_MS, CHALLENGE_TYPE, makeChallenge, readChallenge } from './challenge.ts'

const secret = new Uint8Array(randomBytes(32))
const signer = newSigner()
const { challenge } = makeChallenge(secret, { origin, key: signer.key, now })

function answerTo(text: string, by = signer, header: object = { alg: by.algorithm, kid: by.key, typ: CHALLENGE_TYPE }): string {
  const headerText = toBase64url(canonicalBytes(header as never))
  return `${headerText}..${toBase64url(by.signSync(utf8(`${headerText}.${toBase64url(utf8(text))}`)))}`
}

describe('a challenge', () => {
  it('names origin and key, lives two minutes, and is another one each time', () => {
    const made = makeChallenge(secret, { origin, key: signer.key, now })
    expect(made.expires).toEqual(new Date(now.getTime() + CHALLENGE_LIFETIME_MS))
    expect(readChallenge(secret, made.challenge, { origin, now })).toMatchObject({ origin, key: signer.key, expires: made.expires })
    expect(made.challenge).not.toBe(challenge)
  })

  it('is read by another process with the same secret', () => {
    expect(readChallenge(new Uint8Array(secret), challenge, { origin, now }).key).toBe(signer.key)
  })

  it('is refused by an instance with another secret or origin', () => {
    const invalid = expect.objectContaining({ code: 'CHALLENGE_INVALID' })
    expect(() => readChallenge(new Uint8Array(randomBytes(32)), challenge, { origin, now })).toThrow(invalid)
    expect(() => readChallenge(secret, challenge, { origin: 'https://other.example', now })).toThrow(invalid)
  })

  it('is refused once it has expired', () => {
    readChallenge(secret, challenge, { origin, now: new Date(now.getTime() + CHALLENGE_LIFETIME_MS - 1) })
    expect(() => readChallenge(secret, challenge, { origin, now: new Date(now.getTime() + CHALLENGE_LIFETIME_MS) })).toThrow(expect.objectContaining({ code: 'CHALLENGE_EXPIRED' }))
  })

  it('is refused with any character changed, and never throws anything else, whatever the text', () => {
    for (let place = 0; place < challenge.length; place += 1) {
      const other = challenge[place] === 'A' ? 'B' : 'A'
      expect(() => readChallenge(secret, `${challenge.slice(0, place)}${other}${challenge.slice(place + 1)}`, { origin, now })).toThrow(expect.objectContaining({ code: 'CHALLENGE_INVALID' }))
    }
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 2000 }), (text) => {
      expect(() => readChallenge(secret, text, { origin, now })).toThrow(expect.objectContaining({ code: 'CHALLENGE_INVALID' }))
    }))
  })
})

describe('the answer to a challenge', () => {
  it.each(['ES256', 'EdDSA'] as const)('holds with the key that was asked, %s', (algorithm) => {
    const by = newSigner(algorithm)
    expect(() => assertAnswer({ challenge, jws: answerTo(challenge, by), key: by.key, jwk: by.publicJwk })).not.toThrow()
  })

  const header = { alg: 'ES256', kid: signer.key, typ: CHALLENGE_TYPE }
  it.each([
    ['of an entry\'s type', { ...header, typ: 'careledger-entry+jws' }],
    ['without a type', { alg: 'ES256', kid: signer.key }],
    ['with alg none', { ...header, alg: 'none' }],
    ['with another algorithm', { ...header, alg: 'EdDSA' }],
    ['with another kid', { ...header, kid: newSigner().key }],
    ['with crit', { ...header, crit: ['b64'] }],
    ['with jwk', { ...header, jwk: { kty: 'EC' } }],
    ['with jku', { ...header, jku: 'https://attacker.example' }],
    ['with b64', { ...header, b64: false }],
  ])('is refused %s', (_name, bad) => {
    expect(() => assertAnswer({ challenge, jws: answerTo(challenge, signer, bad), key: signer.key, jwk: signer.publicJwk })).toThrow(expect.objectContaining({ code: 'SIGNATURE_INVALID' }))
  })

  it('is refused by another key, for another challenge, attached, or cut', () => {
    const invalid = expect.objectContaining({ code: 'SIGNATURE_INVALID' })
    const good = answerTo(challenge)
    const thief = newSigner()
    const other = makeChallenge(secret, { origin, key: signer.key, now }).challenge
    const attempts = [answerTo(challenge, thief, header), answerTo(other), good.replace('..', `.${toBase64url(utf8(challenge))}.`), good.slice(0, -1), '', '..']
    for (const jws of attempts) expect(() => assertAnswer({ challenge, jws, key: signer.key, jwk: signer.publicJwk })).toThrow(invalid)
  })
})
