import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { canonicalBytes, toBase64url, utf8 } from '@careledger/proof'
import { describe, expect, it } from 'vitest'
import { enrol, jwsOf, newSigner, now, origin, seconds, smallWorld } from '../__fixtures__/people.ts'
import { createInMemoryReplayStore, type ReplayStore } from '../replay-store.ts'
import type { LocalSigner } from '../signatures/signing-keys.ts'
import { createAuthentication } from './authentication.ts'
import { CHALLENGE_TYPE } from './challenge.ts'
import { createProofNonces, NONCE_PERIOD_MS } from './dpop-nonce.ts'

const url = `${origin}/trpc/session.me`

function newInstance(options: { readonly replay?: ReplayStore } = {}) {
  const world = smallWorld()
  const replay = options.replay ?? createInMemoryReplayStore(() => now)
  const shared = { origin, directory: world.directory, replay, tokenSigner: newSigner(), challengeSecret: new Uint8Array(randomBytes(32)) }
  const nonce = (at = now) => createProofNonces(shared.challengeSecret).current(at)
  return { ...world, shared, nonce, auth: createAuthentication(shared) }
}

const answer = (challenge: string, by: LocalSigner) => {
  const header = toBase64url(canonicalBytes({ alg: by.algorithm, kid: by.key, typ: CHALLENGE_TYPE }))
  return `${header}..${toBase64url(by.signSync(utf8(`${header}.${toBase64url(utf8(challenge))}`)))}`
}
const proofOf = (by: LocalSigner, token?: string, change: object = {}) =>
  jwsOf(by, { typ: 'dpop+jwt', alg: by.algorithm, jwk: by.publicJwk }, { jti: randomUUID(), htm: 'POST', htu: url, iat: seconds, ...(token === undefined ? {} : { ath: createHash('sha256').update(token).digest('base64url') }), ...change })

async function signIn(auth: ReturnType<typeof createAuthentication>, by: LocalSigner) {
  const { challenge } = await auth.challenge(by.key, now)
  return await auth.start({ challenge, jws: answer(challenge, by), possession: by.key, now })
}
const call = (auth: ReturnType<typeof createAuthentication>, by: LocalSigner, token: string, at = now) => auth.authenticate({ proof: proofOf(by, token, { iat: Math.floor(at.getTime() / 1000) }), method: 'POST', url, token, now: at })
const failsWith = (code: string, check?: string) => expect.objectContaining({ name: 'IdentityError', code, ...(check === undefined ? {} : { details: expect.objectContaining({ check }) }) })

describe('signing in by challenge', () => {
  it('gives a token bound to the key, and says who acts', async () => {
    const { auth, signers, records } = newInstance()
    const { token, actor, expires } = await signIn(auth, signers.doctor)
    expect(actor).toEqual({ party: 'doctor-1', kind: 'person', displayName: 'doctor-1', organisation: 'hospital-a', organisationName: 'hospital-a', roles: ['doctor'], key: signers.doctor.key, credential: records.doctor.credential })
    expect(expires.getTime() - now.getTime()).toBe(600_000)
    expect((await call(auth, signers.doctor, token)).actor).toEqual(actor)
  })

  it('works over several processes of one instance', async () => {
    const { auth, shared, signers } = newInstance()
    const other = createAuthentication(shared)
    const { challenge } = await auth.challenge(signers.doctor.key, now)
    const { token } = await other.start({ challenge, jws: answer(challenge, signers.doctor), possession: signers.doctor.key, now })
    await call(auth, signers.doctor, token)
  })

  it('answers a challenge for an unknown key alike, and refuses at the start', async () => {
    const { auth } = newInstance()
    const stranger = newSigner()
    await expect(signIn(auth, stranger)).rejects.toThrow(failsWith('KEY_UNKNOWN'))
  })

  it('takes a challenge once', async () => {
    const { auth, shared, signers } = newInstance()
    const { challenge } = await auth.challenge(signers.doctor.key, now)
    const request = { challenge, jws: answer(challenge, signers.doctor), possession: signers.doctor.key, now }
    await auth.start(request)
    await expect(auth.start(request)).rejects.toThrow(failsWith('CHALLENGE_INVALID'))
    await expect(createAuthentication(shared).start(request)).rejects.toThrow(failsWith('CHALLENGE_INVALID'))
  })

  it('does not use up a challenge that was answered wrongly', async () => {
    const { auth, signers } = newInstance()
    const { challenge } = await auth.challenge(signers.doctor.key, now)
    await expect(auth.start({ challenge, jws: answer(challenge, newSigner()), possession: signers.doctor.key, now })).rejects.toThrow(failsWith('SIGNATURE_INVALID'))
    await auth.start({ challenge, jws: answer(challenge, signers.doctor), possession: signers.doctor.key, now })
  })

  it('refuses without a proof of possession, or with one by another key', async () => {
    const { auth, signers } = newInstance()
    const { challenge } = await auth.challenge(signers.doctor.key, now)
    const jws = answer(challenge, signers.doctor)
    await expect(auth.start({ challenge, jws, possession: undefined, now })).rejects.toThrow(failsWith('PROOF_INVALID', 'key'))
    await expect(auth.start({ challenge, jws, possession: newSigner().key, now })).rejects.toThrow(failsWith('PROOF_INVALID', 'key'))
  })

  it('refuses another person\'s answer to a challenge', async () => {
    const { auth, signers } = newInstance()
    const { challenge } = await auth.challenge(signers.doctor.key, now)
    await expect(auth.start({ challenge, jws: answer(challenge, signers.patient), possession: signers.doctor.key, now })).rejects.toThrow(failsWith('SIGNATURE_INVALID'))
  })

  it('refuses a revoked key, and one whose organisation\'s key was revoked', async () => {
    const { auth, directory, records, signers } = newInstance()
    directory.putKey({ ...records.patient, revokedBy: 'e' })
    await expect(signIn(auth, signers.patient)).rejects.toThrow(failsWith('KEY_REVOKED'))
    directory.putKey({ ...records.hospital, revokedBy: 'e' })
    await expect(signIn(auth, signers.doctor)).rejects.toThrow(failsWith('KEY_REVOKED'))
  })

  it('decides nothing when the replay store cannot answer', async () => {
    const { auth, signers } = newInstance({ replay: { claim: () => Promise.reject(new Error('down')) } })
    await expect(signIn(auth, signers.doctor)).rejects.toThrow('down')
  })
})

describe('each call', () => {
  it('finds a revocation at once, though the token was verified before', async () => {
    const { auth, directory, records, signers } = newInstance()
    const { token } = await signIn(auth, signers.doctor)
    await call(auth, signers.doctor, token)
    directory.putKey({ ...records.doctor, revokedBy: 'e' })
    await expect(call(auth, signers.doctor, token)).rejects.toThrow(failsWith('KEY_REVOKED'))
  })

  it('finds the revocation of the organisation\'s and of the platform\'s key at once', async () => {
    const { auth, directory, records, signers } = newInstance()
    const { token } = await signIn(auth, signers.doctor)
    directory.putKey({ ...records.hospital, revokedBy: 'e' })
    await expect(call(auth, signers.doctor, token)).rejects.toThrow(failsWith('KEY_REVOKED'))
    directory.putKey(records.hospital)
    await call(auth, signers.doctor, token)
    directory.putKey({ ...records.platform, revokedBy: 'e' })
    await expect(call(auth, signers.doctor, token)).rejects.toThrow(failsWith('KEY_REVOKED'))
  })

  it('keeps a further key in force when the first one is revoked', async () => {
    const { auth, directory, records, signers } = newInstance()
    const laptop = newSigner()
    enrol(directory, { type: 'key-enrolled', party: 'patient-1', kind: 'person', roles: ['patient'], signer: laptop, author: records.patient })
    const { token } = await signIn(auth, laptop)
    directory.putKey({ ...records.patient, revokedBy: 'e' })
    await call(auth, laptop, token)
    await expect(signIn(auth, signers.patient)).rejects.toThrow(failsWith('KEY_REVOKED'))
  })

  it('refuses a token after its session was ended, in every process, and leaves other sessions', async () => {
    const { auth, shared, signers } = newInstance()
    const [one, other] = [await signIn(auth, signers.doctor), await signIn(auth, signers.doctor)]
    await auth.end((await call(auth, signers.doctor, one.token)).session)
    await expect(call(auth, signers.doctor, one.token)).rejects.toThrow(failsWith('TOKEN_INVALID', 'session'))
    await expect(call(createAuthentication(shared), signers.doctor, one.token)).rejects.toThrow(failsWith('TOKEN_INVALID', 'session'))
    await call(auth, signers.doctor, other.token)
  })

  it('goes on with the session when it is refreshed, bound to the same key, until it was ended or has lasted its time', async () => {
    const { auth, shared, signers } = newInstance()
    const at = (ms: number) => new Date(now.getTime() + ms)
    const first = await call(auth, signers.doctor, (await signIn(auth, signers.doctor)).token)
    const second = await auth.refresh(first.session, first.actor, at(500_000))
    const later = await call(createAuthentication(shared), signers.doctor, second.token, at(900_000))
    expect([later.session.id, later.session.expires]).toEqual([first.session.id, at(1_100_000)])
    expect(await auth.sessionsOf('doctor-1', at(900_000))).toEqual([{ id: first.session.id, party: 'doctor-1', key: signers.doctor.key, began: now, refreshed: at(500_000), ends: at(1_100_000) }])
    await expect(call(auth, signers.patient, second.token, at(900_000))).rejects.toThrow(failsWith('PROOF_INVALID', 'key'))
    await expect(auth.refresh(later.session, later.actor, at(12 * 3_600_000))).rejects.toThrow(failsWith('TOKEN_EXPIRED', 'lasted'))
    await auth.end(later.session)
    await expect(auth.refresh(later.session, later.actor, at(900_000))).rejects.toThrow(failsWith('TOKEN_EXPIRED', 'session'))
    expect(await auth.sessionsOf('doctor-1', now)).toEqual([])
  })

  it('refuses a stolen token without its key', async () => {
    const { auth, signers } = newInstance()
    const { token } = await signIn(auth, signers.doctor)
    await expect(call(auth, signers.patient, token)).rejects.toThrow(failsWith('PROOF_INVALID', 'key'))
    await expect(auth.authenticate({ proof: '', method: 'POST', url, token, now })).rejects.toThrow(failsWith('PROOF_INVALID', 'form'))
  })

  it('refuses a proof a second time, also in another process', async () => {
    const { auth, shared, signers } = newInstance()
    const { token } = await signIn(auth, signers.doctor)
    const request = { proof: proofOf(signers.doctor, token), method: 'POST', url, token, now }
    await auth.authenticate(request)
    await expect(auth.authenticate(request)).rejects.toThrow(failsWith('PROOF_REPLAYED'))
    await expect(createAuthentication(shared).authenticate(request)).rejects.toThrow(failsWith('PROOF_REPLAYED'))
  })

  it('leaves a pending proof to its caller: once it is used up, by whatever write, it is refused to everybody else', async () => {
    const { auth, shared, signers } = newInstance()
    const { token } = await signIn(auth, signers.doctor)
    const request = { proof: proofOf(signers.doctor, token), method: 'POST', url, token, now, pending: true }
    const [one, other] = [await auth.authenticate(request), await auth.authenticate(request)]
    if (one.proof === undefined || other.proof === undefined) throw new Error('There is no pending proof.')
    const { scope, value, owner, expiresAt } = one.proof.claim
    expect(await shared.replay.claim(scope, value, expiresAt, owner)).toBe(true)
    await auth.useUp(one.proof)
    await auth.useUp(one.proof)
    expect([one.proof.used, other.proof.used]).toEqual([true, false])
    await expect(auth.useUp(other.proof)).rejects.toThrow(failsWith('PROOF_REPLAYED'))
    await expect(auth.authenticate({ ...request, pending: false })).rejects.toThrow(failsWith('PROOF_REPLAYED'))
  })

  it('lets one of many calls with the same proof through', async () => {
    const { auth, signers } = newInstance()
    const { token } = await signIn(auth, signers.doctor)
    const request = { proof: proofOf(signers.doctor, token), method: 'POST', url, token, now }
    const results = await Promise.allSettled(Array.from({ length: 20 }, () => auth.authenticate(request)))
    expect(results.filter((one) => one.status === 'fulfilled')).toHaveLength(1)
  })

  it('refuses a proof made for another token of the same key', async () => {
    const { auth, signers } = newInstance()
    const [one, other] = [await signIn(auth, signers.doctor), await signIn(auth, signers.doctor)]
    await expect(auth.authenticate({ proof: proofOf(signers.doctor, one.token), method: 'POST', url, token: other.token, now })).rejects.toThrow(failsWith('PROOF_INVALID', 'ath'))
  })

  it('refuses a caller whose clock is ten minutes off with the server\'s time, and an expired token apart from it', async () => {
    const { auth, signers } = newInstance()
    const { token } = await signIn(auth, signers.doctor)
    const late = { proof: proofOf(signers.doctor, token, { iat: seconds - 600 }), method: 'POST', url, token, now }
    await expect(auth.authenticate(late)).rejects.toThrow(expect.objectContaining({ code: 'CLOCK_SKEW', details: expect.objectContaining({ serverTime: now.toISOString() }) }))
    await expect(call(auth, signers.doctor, token, new Date(now.getTime() + 601_000))).rejects.toThrow(failsWith('TOKEN_EXPIRED'))
  })

  it('refuses a token of another instance', async () => {
    const { auth, shared, signers } = newInstance()
    const other = createAuthentication({ ...shared, tokenSigner: newSigner() })
    const { token } = await signIn(other, signers.doctor)
    await expect(call(auth, signers.doctor, token)).rejects.toThrow(failsWith('TOKEN_INVALID', 'kid'))
  })
})

describe('systems', () => {
  const assertionOf = (by: LocalSigner, change: object = {}) =>
    jwsOf(by, { alg: by.algorithm, kid: by.key, typ: 'JWT' }, { iss: 'system-1', sub: 'system-1', aud: `${origin}/oauth/token`, jti: randomUUID(), exp: seconds + 60, ...change })

  it('sign in by client assertion, with a key of the process for the proofs', async () => {
    const { auth, signers, nonce } = newInstance()
    const processKey = newSigner()
    const possession = await auth.possession({ proof: proofOf(processKey, undefined, { nonce: nonce() }), method: 'POST', url, now })
    expect(possession).toBe(processKey.key)
    const { token, actor } = await auth.clientCredentials({ assertion: assertionOf(signers.system), possession, now })
    expect(actor).toMatchObject({ party: 'system-1', kind: 'system', key: signers.system.key })
    expect((await call(auth, processKey, token)).actor).toEqual(actor)
    await expect(call(auth, signers.system, token)).rejects.toThrow(failsWith('PROOF_INVALID', 'key'))
  })

  it('use an assertion once', async () => {
    const { auth, signers } = newInstance()
    const request = { assertion: assertionOf(signers.system), possession: signers.system.key, now }
    await auth.clientCredentials(request)
    await expect(auth.clientCredentials(request)).rejects.toThrow(failsWith('PROOF_REPLAYED'))
  })

  it('use a proof without a token once', async () => {
    const { auth, signers, nonce } = newInstance()
    const request = { proof: proofOf(signers.system, undefined, { nonce: nonce() }), method: 'POST', url, now }
    await auth.possession(request)
    await expect(auth.possession(request)).rejects.toThrow(failsWith('PROOF_REPLAYED'))
  })

  it('are asked for a nonce of this instance before a token is given out, which any of its processes takes for minutes and nobody\'s after that', async () => {
    const { auth, shared, signers, nonce } = newInstance()
    const ask = (change: object, at = now) => createAuthentication(shared).possession({ proof: proofOf(signers.system, undefined, { iat: Math.floor(at.getTime() / 1000), ...change }), method: 'POST', url, now: at })
    const asked = await auth.possession({ proof: proofOf(signers.system), method: 'POST', url, now }).catch((error: unknown) => error as { readonly details: { readonly nonce: string } })
    expect(asked).toMatchObject({ code: 'PROOF_INVALID', details: { check: 'nonce', nonce: nonce() } })
    expect(await ask({ nonce: (asked as { readonly details: { readonly nonce: string } }).details.nonce })).toBe(signers.system.key)
    expect(await ask({ nonce: nonce() }, new Date(now.getTime() + NONCE_PERIOD_MS))).toBe(signers.system.key)
    for (const wrong of [{ nonce: nonce(new Date(now.getTime() - 4 * NONCE_PERIOD_MS)) }, { nonce: 'x' }, { nonce: 7 }, { nonce: createProofNonces(new Uint8Array(32)).current(now) }]) await expect(ask(wrong)).rejects.toThrow(failsWith('PROOF_INVALID', 'nonce'))
  })

  it('are refused without a proof of possession', async () => {
    const { auth, signers } = newInstance()
    await expect(auth.clientCredentials({ assertion: assertionOf(signers.system), possession: undefined, now })).rejects.toThrow(failsWith('PROOF_INVALID'))
  })

  it('are refused with another party\'s key, an unknown key, or a revoked one', async () => {
    const { auth, directory, records, signers } = newInstance()
    const signIn = (assertion: string) => auth.clientCredentials({ assertion, possession: signers.system.key, now })
    await expect(signIn(assertionOf(signers.system, { iss: 'system-2', sub: 'system-2' }))).rejects.toThrow(failsWith('ASSERTION_INVALID', 'iss'))
    await expect(signIn(assertionOf(newSigner()))).rejects.toThrow(failsWith('KEY_UNKNOWN'))
    directory.putKey({ ...records.system, revokedBy: 'e' })
    await expect(signIn(assertionOf(signers.system))).rejects.toThrow(failsWith('KEY_REVOKED'))
  })

  it('are systems: a person\'s key does not sign in this way', async () => {
    const { auth, signers } = newInstance()
    await expect(auth.clientCredentials({ assertion: assertionOf(signers.doctor, { iss: 'doctor-1', sub: 'doctor-1' }), possession: signers.doctor.key, now })).rejects.toThrow(failsWith('ASSERTION_INVALID', 'kind'))
  })
})

describe('a caller who is remembered', () => {
  /** A directory that remembers one standing, and counts how often it is asked. */
  function remembering() {
    const { directory, signers, records, shared } = newInstance()
    const asked = { standings: 0 }
    const evidence = {}
    let standing: Awaited<ReturnType<typeof directory.standing>> | undefined
    const auth = createAuthentication({ ...shared, directory: {
      ...directory, key: directory.key.bind(directory), party: directory.party.bind(directory),
      beginSession: (session) => directory.beginSession(session),
      async standing(query) {
        asked.standings++
        return (standing = await directory.standing(query))
      },
      remembered: () => (standing === undefined ? undefined : { standing, evidence }),
    } })
    const ask = (token: string, how: { readonly pending?: boolean; readonly remembered?: boolean }) => auth.authenticate({ proof: proofOf(signers.doctor, token), method: 'POST', url, token, now, ...how })
    return { auth, asked, evidence, directory, signers, records, ask }
  }

  it('is not asked about before the proof is used up, and then first', async () => {
    const { auth, asked, evidence, signers, ask } = remembering()
    const { token, actor } = await signIn(auth, signers.doctor)
    await ask(token, {})
    const before = asked.standings
    const known = await ask(token, { pending: true, remembered: true })
    expect([known.actor, known.proof?.remembered?.evidence, asked.standings - before]).toEqual([actor, evidence, 0])
    await auth.useUp(known.proof!)
    expect([known.proof?.used, known.proof?.remembered, asked.standings - before]).toEqual([true, undefined, 1])
  })

  it('is refused when the key was revoked or the roles changed meanwhile, and the proof is not used up by it', async () => {
    for (const change of ['revoked', 'changed'] as const) {
      const { auth, directory, signers, records, ask } = remembering()
      const { token } = await signIn(auth, signers.doctor)
      await ask(token, {})
      const { proof } = await ask(token, { pending: true, remembered: true })
      directory.putKey(change === 'revoked' ? { ...records.doctor, revokedBy: records.doctor.credential } : { ...records.doctor, roles: ['records-clerk'] })
      await expect(auth.useUp(proof!)).rejects.toThrow(change === 'revoked' ? failsWith('KEY_REVOKED') : failsWith('TOKEN_INVALID', 'standing'))
      expect(proof?.used).toBe(false)
    }
  })

  it('is asked about at once where the proof is used up at once, or the call may change something', async () => {
    const { auth, asked, signers, ask } = remembering()
    const { token } = await signIn(auth, signers.doctor)
    for (const how of [{}, { remembered: true }, { pending: true }]) {
      const before = asked.standings
      const { proof } = await ask(token, how)
      expect([asked.standings - before, proof?.remembered]).toEqual([1, undefined])
    }
  })
})
