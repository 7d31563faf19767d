import { beforeAll, describe, expect, test } from 'vitest'
import { mayEnrol } from './__fixtures__/second-verifier.ts'
import { ed25519Signer, es256Signer } from './__fixtures__/test-keys.ts'
import { canonicalize, credentialBytes, enrolmentProblem, parseCredential, parseRevocation, revocationBytes, revocationProblem, utf8, type Credential, type PublicJwk } from './index.ts'

let key: PublicJwk
beforeAll(async () => {
  key = (await ed25519Signer(1)).publicJwk
})
const credential = (change: Partial<Credential> = {}): Credential => ({ v: 1, party: 'doctor-1', kind: 'person', organisation: 'hospital-a', roles: ['doctor'], key, ...change })
const platform = () => credential({ party: 'platform', kind: 'platform', organisation: undefined, roles: ['platform'] })
const hospital = (party = 'hospital-a') => credential({ party, kind: 'organisation', organisation: undefined, roles: ['admin'] })
const operator = () => credential({ party: 'operator-1', organisation: undefined, roles: ['operator'] })

describe('who may enrol whom', () => {
  const cases: readonly (readonly [string, string, () => Credential, () => Credential | undefined, boolean])[] = [
    ['a root enrols itself', 'platform-root', platform, () => undefined, true],
    ['a root is not a person', 'platform-root', () => credential(), () => undefined, false],
    ['the platform enrols an organisation', 'organisation-enrolled', () => hospital(), platform, true],
    ['an organisation enrols no organisation', 'organisation-enrolled', () => hospital('hospital-b'), () => hospital(), false],
    ['a person enrols no organisation', 'organisation-enrolled', () => hospital(), operator, false],
    ['an organisation gets no role of the platform', 'organisation-enrolled', () => credential({ party: 'x', kind: 'organisation', organisation: undefined, roles: ['operator'] }), platform, false],
    ['an organisation enrols its person', 'key-enrolled', () => credential(), () => hospital(), true],
    ['an organisation enrols its system', 'key-enrolled', () => credential({ kind: 'system', roles: ['system'] }), () => hospital(), true],
    ["an organisation enrols no other's person", 'key-enrolled', () => credential(), () => hospital('hospital-b'), false],
    ['an organisation enrols nobody without organisation', 'key-enrolled', () => credential({ organisation: undefined }), () => hospital(), false],
    ['an organisation grants no role of the platform', 'key-enrolled', () => credential({ roles: ['doctor', 'operator'] }), () => hospital(), false],
    ['an organisation enrols no platform', 'key-enrolled', () => credential({ kind: 'platform', organisation: undefined }), () => hospital(), false],
    ['the platform enrols its own people', 'key-enrolled', operator, platform, true],
    ["the platform enrols no organisation's people", 'key-enrolled', () => credential(), platform, false],
    ['the platform enrols an organisation by its own type of entry only', 'key-enrolled', () => hospital(), platform, false],
    ['a person enrols nobody else', 'key-enrolled', () => credential({ party: 'doctor-2' }), () => credential(), false],
    ['a person enrols a further key', 'key-enrolled', () => credential(), () => credential(), true],
    ['a further key with fewer roles', 'key-enrolled', () => credential({ roles: [] }), () => credential(), true],
    ['a further key has no more roles', 'key-enrolled', () => credential({ roles: ['admin', 'doctor'] }), () => credential(), false],
    ['a further key is of the same kind', 'key-enrolled', () => credential({ kind: 'system' }), () => credential(), false],
    ['a further key is of the same organisation', 'key-enrolled', () => credential({ organisation: 'hospital-b' }), () => credential(), false],
    ['an organisation enrols its own further key', 'key-enrolled', () => hospital(), () => hospital(), true],
    ['the platform enrols its own further key', 'key-enrolled', platform, platform, true],
    ['nobody enrols by another type of entry', 'record-created', () => credential(), () => hospital(), false],
    ['nobody is enrolled without an issuer', 'key-enrolled', () => credential(), () => undefined, false],
  ]
  test.each(cases)('%s', (_, type, made, issuer, allowed) => {
    expect(enrolmentProblem(type, made(), issuer()) === undefined).toBe(allowed)
    expect(mayEnrol(type, JSON.parse(canonicalize(made())) as never, issuer() === undefined ? undefined : (JSON.parse(canonicalize(issuer()!)) as never))).toBe(allowed)
  })

  test('the party, its organisation and the platform revoke a key, nobody else', () => {
    expect([credential(), hospital(), platform()].map((revoker) => revocationProblem(credential(), revoker))).toEqual([undefined, undefined, undefined])
    expect([credential({ party: 'doctor-2' }), hospital('hospital-b'), operator()].map((revoker) => revocationProblem(credential(), revoker) === undefined)).toEqual([false, false, false])
  })
})

describe('a credential', () => {
  test('is read as it was written', () => {
    expect(parseCredential(credentialBytes(credential()))).toEqual(credential())
    const other = credential({ key: es256Signer(3).publicJwk, organisation: undefined })
    expect(parseCredential(credentialBytes(other))).toEqual(JSON.parse(canonicalize(other)))
  })

  test.each([
    [{ v: 2 }, 'MALFORMED'],
    [{ name: 'Jane Doe' }, 'UNKNOWN_MEMBER'],
    [{ kind: 'admin' }, 'MALFORMED'],
    [{ party: 'Jane Doe' }, 'MALFORMED'],
    [{ roles: ['doctor', 'admin'] }, 'MALFORMED'],
    [{ roles: ['doctor', 'doctor'] }, 'MALFORMED'],
    [{ roles: ['Doctor'] }, 'MALFORMED'],
    [{ roles: Array.from({ length: 17 }, (_, index) => `role-${String(index).padStart(2, '0')}`) }, 'TOO_LARGE'],
    [{ key: { kty: 'oct', k: 'AA' } }, 'MALFORMED'],
    [{ key: { kty: 'OKP', crv: 'Ed25519', x: 'A'.repeat(43) } }, 'KEY_INVALID'],
  ])('with %j is refused', (change, code) => {
    expect(() => parseCredential(utf8(canonicalize({ ...credential(), ...change } as never)))).toThrow(expect.objectContaining({ code }))
  })
})

test('a revocation names a key and nothing else', () => {
  const { key: thumbprint } = es256Signer(3)
  expect(parseRevocation(revocationBytes(thumbprint))).toBe(thumbprint)
  for (const other of ['{"v":1}', '{"key":"x","v":1}', `{"key":"${thumbprint}","v":2}`, `{"key":"${thumbprint}","reason":"x","v":1}`]) expect(() => parseRevocation(utf8(other))).toThrow(expect.objectContaining({ name: 'ProofError' }))
})
