import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { now, origin } from '../__fixtures__/people.ts'
import { createInMemoryReplayStore } from '../replay-store.ts'
import { createPasskeys } from './passkeys.ts'

const page = origin
const replay = createInMemoryReplayStore(() => now)
const passkeys = createPasskeys({ origin, secret: new Uint8Array(randomBytes(32)), replay })
const refusedWith = (code: string) => expect.objectContaining({ name: 'IdentityError', code })

/** The least CBOR that an attestation needs: byte strings, texts, small integers, maps. */
function cbor(value: Uint8Array | string | number | ReadonlyMap<string | number, unknown>): Buffer {
  const head = (major: number, size: number) => (size < 24 ? Buffer.from([(major << 5) | size]) : size < 256 ? Buffer.from([(major << 5) | 24, size]) : Buffer.from([(major << 5) | 25, size >> 8, size & 255]))
  if (typeof value === 'number') return value < 0 ? head(1, -1 - value) : head(0, value)
  if (typeof value === 'string') return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)])
  if (value instanceof Uint8Array) return Buffer.concat([head(2, value.length), value])
  return Buffer.concat([head(5, value.size), ...[...value].flatMap(([name, one]) => [cbor(name), cbor(one as number)])])
}

/** An authenticator of one passkey, which does as it is told, also what no real one would. */
function newAuthenticator() {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { x, y } = publicKey.export({ format: 'jwk' })
  const id = randomBytes(16)
  let counter = 0
  const clientData = (type: string, challenge: string, where: string) => Buffer.from(JSON.stringify({ type, challenge, origin: where, crossOrigin: false }))
  const data = (flags: number, more: Uint8Array = Buffer.alloc(0), host = new URL(page).hostname) => Buffer.concat([createHash('sha256').update(host).digest(), Buffer.from([flags]), Buffer.from(Uint32Array.of(++counter).buffer).reverse(), more])
  const b64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url')
  return {
    id: b64(id),
    rewind: () => (counter = 0),
    make(challenge: string, { verified = true, where = page } = {}) {
      const key = cbor(new Map<number, unknown>([[1, 2], [3, -7], [-1, 1], [-2, Buffer.from(x as string, 'base64url')], [-3, Buffer.from(y as string, 'base64url')]]))
      const attested = Buffer.concat([Buffer.alloc(16), Buffer.from([0, id.length]), id, key])
      const attestationObject = cbor(new Map<string, unknown>([['fmt', 'none'], ['attStmt', new Map()], ['authData', data(verified ? 0x45 : 0x41, attested)]]))
      return { id: b64(id), rawId: b64(id), type: 'public-key' as const, response: { clientDataJSON: b64(clientData('webauthn.create', challenge, where)), attestationObject: b64(attestationObject) }, clientExtensionResults: {} }
    },
    answer(challenge: string, { verified = true, where = page, host = new URL(page).hostname, type = 'webauthn.get', by = privateKey } = {}) {
      const clientDataJSON = clientData(type, challenge, where)
      const authenticatorData = data(verified ? 0x05 : 0x01, undefined, host)
      const signature = sign('sha256', Buffer.concat([authenticatorData, createHash('sha256').update(clientDataJSON).digest()]), by)
      return { id: b64(id), rawId: b64(id), type: 'public-key' as const, response: { clientDataJSON: b64(clientDataJSON), authenticatorData: b64(authenticatorData), signature: b64(signature) }, clientExtensionResults: {} }
    },
  }
}

const at = <R>(response: R) => ({ response, origin: page, now })
async function keptPasskey() {
  const authenticator = newAuthenticator()
  const { challenge } = passkeys.challengeToAdd('patient-1', now)
  return { authenticator, passkey: await passkeys.added('patient-1', at(authenticator.make(challenge))) }
}

describe('a passkey', () => {
  it('is kept after its registration, and its answer counts once, with a counter that goes on', async () => {
    const { authenticator, passkey } = await keptPasskey()
    expect(passkey).toMatchObject({ id: authenticator.id, synced: false })
    const answer = authenticator.answer(passkeys.challengeToUnlock(now).challenge)
    const used = await passkeys.asserted(passkey, at(answer))
    expect(used.counter).toBeGreaterThan(passkey.counter)
    await expect(passkeys.asserted(passkey, at(answer))).rejects.toThrow(refusedWith('PASSKEY_INVALID'))
    authenticator.rewind()
    await expect(passkeys.asserted(used, at(authenticator.answer(passkeys.challengeToUnlock(now).challenge)))).rejects.toThrow(refusedWith('PASSKEY_INVALID'))
  })

  it.each([
    ['without user verification', { verified: false }],
    ['made on another page', { where: 'https://evil.example' }],
    ['for another relying party', { host: 'evil.example' }],
    ['of a registration', { type: 'webauthn.create' }],
    ['signed by another key', { by: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey }],
  ] as const)('is refused with an answer %s', async (_title, change) => {
    const { authenticator, passkey } = await keptPasskey()
    await expect(passkeys.asserted(passkey, at(authenticator.answer(passkeys.challengeToUnlock(now).challenge, change)))).rejects.toThrow(refusedWith('PASSKEY_INVALID'))
  })

  it('is refused with a challenge that is not ours, is over, or was given for something else', async () => {
    const { authenticator, passkey } = await keptPasskey()
    const answerTo = (challenge: string, time = now) => passkeys.asserted(passkey, { ...at(authenticator.answer(challenge)), now: time })
    await expect(answerTo('x'.repeat(40))).rejects.toThrow(refusedWith('CHALLENGE_INVALID'))
    await expect(answerTo(passkeys.challengeToUnlock(now).challenge, new Date(now.getTime() + 120_000))).rejects.toThrow(refusedWith('CHALLENGE_EXPIRED'))
    await expect(answerTo(passkeys.challengeToAdd('patient-1', now).challenge)).rejects.toThrow(refusedWith('CHALLENGE_INVALID'))
    const { challenge } = passkeys.challengeToAdd('patient-2', now)
    await expect(passkeys.added('patient-1', at(newAuthenticator().make(challenge)))).rejects.toThrow(refusedWith('CHALLENGE_INVALID'))
  })

  it('is not kept without user verification, or from another page', async () => {
    for (const change of [{ verified: false }, { where: 'https://evil.example' }]) {
      await expect(passkeys.added('patient-1', at(newAuthenticator().make(passkeys.challengeToAdd('patient-1', now).challenge, change)))).rejects.toThrow(refusedWith('PASSKEY_INVALID'))
    }
  })
})
