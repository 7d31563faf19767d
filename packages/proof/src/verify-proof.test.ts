import { createPublicKey, verify as nodeVerify } from 'node:crypto'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { changedByte, changedJson } from './__fixtures__/changes.ts'
import { secondVerify } from './__fixtures__/second-verifier.ts'
import { ed25519Signer } from './__fixtures__/test-keys.ts'
import { createTestStory, ORIGIN, subjectSecret, testEntry, testId } from './__fixtures__/test-log.ts'
import {
  canonicalBytes, canonicalize, checkpointBody, checkpointLedgerData, checkpointRecordId, cosignCheckpoint, credentialBytes, CREDENTIAL_MEDIA_TYPE, epochKey, fromUtf8, ledgerBlind, ledgerRecordId, parseCheckpoint, parseProof, proofBytes, PROOF_STEPS, recordDigest, sha256, signCheckpoint,
  signEntry, toBase64url, toHex, utf8, verifyProof, type Credential, type Entry, type ProofAnchor, type ProofFile, type ProofResult, type Signer, type Trust, type VerifySignature,
} from './index.ts'

/** As a server verifies: synchronously. */
const verify: VerifySignature = (_, jwk, message, signature) => {
  const key = createPublicKey({ key: jwk as never, format: 'jwk' })
  return jwk.kty === 'OKP' ? nodeVerify(null, message, key, signature) : nodeVerify('sha256', message, { key, dsaEncoding: 'ieee-p1363' }, signature)
}

let story: Awaited<ReturnType<typeof createTestStory>>
let note: string
beforeAll(async () => {
  story = await createTestStory()
  note = await story.log.checkpoint(story.logKey)
})

const fileOf = (index: number, credentials: readonly number[] = [0, 1, 2]): Promise<ProofFile> => story.log.proof(index, credentials, note)
const failing = (result: ProofResult): readonly string[] => result.steps.filter(({ outcome }) => outcome === 'fail').map(({ name }) => name)
const outcomeOf = (result: ProofResult, name: string) => result.steps.find((step) => step.name === name)!.outcome
const detailOf = (result: ProofResult, name: string) => result.steps.find((step) => step.name === name)!.detail
/** Both verifiers, which must agree. */
const verifyBoth = async (file: ProofFile | Uint8Array, trust: Trust = story.trust): Promise<ProofResult> => {
  const bytes = file instanceof Uint8Array ? file : canonicalBytes(file)
  const result = await verifyProof(bytes, trust, { verify })
  expect(secondVerify(bytes, trust)).toEqual({ valid: result.valid, outcomes: Object.fromEntries(result.steps.map(({ name, outcome }) => [name, outcome])) })
  return result
}

describe('a proof holds', () => {
  test.each([
    ['the platform root', 0, []],
    ['an organisation', 1, [0]],
    ["a person's key", 2, [0, 1]],
    ['a record signed by itself', 3, [0, 1, 2]],
    ['a record signed in a batch, credentials in another order', 5, [2, 0, 1]],
    ['a revocation', 7, [0, 1]],
  ] as const)('of %s', async (_, index, credentials) => {
    const result = await verifyBoth(await fileOf(index, credentials))
    expect(failing(result)).toEqual([])
    expect(result.valid).toBe(true)
    expect(result.steps.map(({ name }) => name)).toEqual(PROOF_STEPS)
  })

  test('with WebCrypto, from a parsed file, and from its bytes', async () => {
    const file = await fileOf(3)
    expect((await verifyProof(file, story.trust)).valid).toBe(true)
    expect((await verifyProof(proofBytes(file), story.trust)).valid).toBe(true)
    expect(parseProof(proofBytes(file))).toEqual(file)
  })

  test('and says what was not checked', async () => {
    const result = await verifyBoth(await fileOf(3))
    expect(result.steps.filter(({ outcome }) => outcome === 'unchecked').map(({ name }) => name)).toEqual(['witnesses', 'revocation', 'anchor', 'superseded'])
  })

  test('and says nothing from the payload', async () => {
    const result = await verifyBoth(await fileOf(3))
    expect(JSON.stringify(result.steps)).not.toContain('Weight')
  })
})

describe('parse', () => {
  test.each([
    ['no JSON', () => utf8('proof')],
    ['no UTF-8', () => Uint8Array.of(0xff)],
    ['a line feed at the end', (file: ProofFile) => utf8(`${canonicalize(file)}\n`)],
    ['white space', (file: ProofFile) => utf8(JSON.stringify(file, undefined, 1))],
    ['another format', (file: ProofFile) => canonicalBytes({ ...file, format: 'careledger-proof/2' })],
    ['an unknown member', (file: ProofFile) => canonicalBytes({ ...file, comment: 'x' })],
    ['an unknown member of the log', (file: ProofFile) => canonicalBytes({ ...file, log: { ...file.log, time: 1 } })],
    ['a member twice', (file: ProofFile) => utf8(canonicalize(file).replace('"anchors":[],', '"anchors":[],"anchors":[],'))],
    ['a member missing', (file: ProofFile) => canonicalBytes({ ...file, anchors: undefined })],
    ['a credential twice', (file: ProofFile) => canonicalBytes({ ...file, credentials: [file.credentials[0]!, ...file.credentials] })],
    ['a former leaf of the first', (file: ProofFile) => canonicalBytes({ ...file, leaf: { ...file.leaf, chainPrevious: file.entry.author.key } })],
    ['no former leaf of the second', (file: ProofFile) => canonicalBytes({ ...file, leaf: { chainSequence: 1 } })],
    ['too many anchors', (file: ProofFile) => canonicalBytes({ ...file, anchors: Array.from({ length: 65 }, () => ({})) })],
    ['an empty object', () => utf8('{}')],
  ])('fails for %s, and the other steps are unchecked', async (_, change) => {
    const result = await verifyBoth(change(await fileOf(3)))
    expect([result.valid, outcomeOf(result, 'parse'), new Set(result.steps.slice(1).map(({ outcome }) => outcome))]).toEqual([false, 'fail', new Set(['unchecked'])])
  })

  test('names the place', async () => {
    const file = await fileOf(3)
    const result = await verifyProof(canonicalBytes({ ...file, credentials: [{ ...file.credentials[0]!, index: 'x' }] }), story.trust)
    expect(detailOf(result, 'parse')).toContain('credentials[0].index')
  })
})

describe('commitment', () => {
  test('fails for another payload', async () => {
    const file = await fileOf(3)
    const result = await verifyBoth({ ...file, opening: { ...file.opening!, payload: toBase64url(utf8('{}')) } as never })
    expect([result.valid, failing(result)]).toEqual([false, ['commitment']])
  })

  test('passes with the hash of the payload alone', async () => {
    const file = await fileOf(3)
    const { salt, mediaType, payload } = file.opening as { salt: string; mediaType: string; payload: string }
    expect((await verifyBoth({ ...file, opening: { salt, mediaType, sha256: toBase64url(sha256(Buffer.from(payload, 'base64url'))) } })).valid).toBe(true)
  })

  test('is unchecked without an opening, and the file not valid unless the caller says so', async () => {
    const { opening: _, ...file } = await fileOf(3)
    const result = await verifyBoth(file)
    expect([result.valid, outcomeOf(result, 'commitment'), failing(result)]).toEqual([false, 'unchecked', []])
    expect((await verifyProof(file, story.trust, { payloadMayBeAbsent: true })).valid).toBe(true)
  })
})

describe('a changed proof fails', () => {
  const other = 'H35GHDLg01mj2Ew9UFQgsKG87N_g_1EFYZSvXHS3K74'
  test.each([
    ['the entry', (file: ProofFile) => ({ ...file, entry: { ...file.entry, issuedAt: '2026-11-22T12:00:00.001Z' } }), ['signature', 'inclusion']],
    ['the subject', (file: ProofFile) => ({ ...file, entry: { ...file.entry, subject: other.replace('H', 'I') } }), ['signature', 'inclusion']],
    ['the place in the chain', (file: ProofFile) => ({ ...file, leaf: { chainSequence: 7, chainPrevious: other } }), ['inclusion']],
    ['the index', (file: ProofFile) => ({ ...file, log: { ...file.log, index: 4 } }), ['inclusion']],
    ['the size', (file: ProofFile) => ({ ...file, log: { ...file.log, size: 8 } }), ['inclusion', 'checkpoint']],
    ['the origin', (file: ProofFile) => ({ ...file, log: { ...file.log, origin: 'evil.example/log/1' } }), ['inclusion', 'checkpoint']],
    ['the path', (file: ProofFile) => ({ ...file, log: { ...file.log, path: file.log.path.toReversed() } }), ['inclusion']],
    ['no path', (file: ProofFile) => ({ ...file, log: { ...file.log, path: [] } }), ['inclusion']],
    ['no credentials', (file: ProofFile) => ({ ...file, credentials: [] }), ['signature', 'credentials']],
    ['a credential missing from the middle', (file: ProofFile) => ({ ...file, credentials: [file.credentials[0]!, file.credentials[2]!] }), ['credentials']],
    ['no root', (file: ProofFile) => ({ ...file, credentials: file.credentials.slice(1) }), ['credentials']],
    ['another index of a credential', (file: ProofFile) => ({ ...file, credentials: file.credentials.map((one, at) => (at === 1 ? { ...one, index: 2 } : one)) }), ['credentials']],
    ['a credential without its payload', (file: ProofFile) => ({ ...file, credentials: file.credentials.map(({ opening: _, ...one }) => one) }), ['signature', 'credentials']],
    ['a note that is none', (file: ProofFile) => ({ ...file, checkpoint: 'x' }), ['inclusion', 'checkpoint', 'credentials']],
  ] as const)('by %s', async (_, change, expected) => {
    const result = await verifyBoth(change(await fileOf(3)) as ProofFile)
    expect([result.valid, failing(result)]).toEqual([false, expected])
  })

  test('by the signature of another entry', async () => {
    const [file, donor] = [await fileOf(3), await fileOf(6)]
    expect(failing(await verifyBoth({ ...file, signature: donor.signature }))).toEqual(['signature', 'inclusion'])
  })

  test('by a checkpoint of another size, though the log signed it', async () => {
    const file = await fileOf(3)
    const checkpoint = await signCheckpoint(checkpointBody({ origin: ORIGIN, size: 10, root: parseCheckpoint(note).root }), story.logKey)
    expect(failing(await verifyBoth({ ...file, checkpoint }))).toEqual(['inclusion', 'checkpoint'])
  })

  test('by any single byte, or keeps its meaning: two verifiers agree on each', async () => {
    const signed = await cosignCheckpoint(note, 'witness.example/a', story.witness, 1000)
    const file = { ...(await fileOf(5)), checkpoint: signed, anchors: [checkpointAnchor(signed)] }
    const trust: Trust = { ...story.trust, witnesses: [{ name: 'witness.example/a', key: story.witness.publicJwk }], witnessThreshold: 1 }
    const bytes = proofBytes(file)
    const meaning = (read: ProofFile): string => canonicalize({ ...read, anchors: [] })
    await fc.assert(
      fc.asyncProperty(changedByte(bytes), async (changed) => {
        const result = await verifyBoth(changed, trust)
        expect(!result.valid || meaning(result.file!) === meaning(file)).toBe(true)
      }),
      { numRuns: 1500 },
    )
  }, 60_000)

  test('by any piece left out, doubled or moved: two verifiers agree on each', async () => {
    const file = await fileOf(5)
    await fc.assert(
      fc.asyncProperty(changedJson(fromUtf8(proofBytes(file))), async (text) => {
        const result = await verifyBoth(utf8(text))
        expect(!result.valid || text === canonicalize(file)).toBe(true)
      }),
      { numRuns: 1500 },
    )
  }, 60_000)
})

describe('trust', () => {
  test('an unknown log, another log key, or another root fail', async () => {
    const file = await fileOf(3)
    const stranger = (await ed25519Signer(99)).publicJwk
    expect(failing(await verifyBoth(file, { ...story.trust, logs: [] }))).toEqual(['checkpoint'])
    expect(failing(await verifyBoth(file, { ...story.trust, logs: [{ origin: ORIGIN, key: stranger }] }))).toEqual(['checkpoint'])
    expect(failing(await verifyBoth(file, { ...story.trust, root: stranger }))).toEqual(['credentials'])
    expect(failing(await verifyBoth(await fileOf(0, []), { ...story.trust, root: stranger }))).toEqual(['credentials'])
  })

  test('witnesses: as many pinned keys as asked for must have signed', async () => {
    const a = { name: 'witness.example/a', key: story.witness.publicJwk }
    const b = { name: 'witness.example/b', key: story.platformWitness.publicJwk }
    const once = { ...(await fileOf(3)), checkpoint: await cosignCheckpoint(note, a.name, story.witness, 1000) }
    const twice = { ...once, checkpoint: await cosignCheckpoint(once.checkpoint, b.name, story.platformWitness, 1001) }
    expect(outcomeOf(await verifyBoth(once, { ...story.trust, witnesses: [a, b], witnessThreshold: 1 }), 'witnesses')).toBe('pass')
    expect(outcomeOf(await verifyBoth(twice, { ...story.trust, witnesses: [a, b], witnessThreshold: 2 }), 'witnesses')).toBe('pass')
    const result = await verifyBoth(once, { ...story.trust, witnesses: [a, b, { ...a, name: 'again' }], witnessThreshold: 2 })
    expect([result.valid, failing(result)]).toEqual([false, ['witnesses']])
    expect(outcomeOf(await verifyBoth(once, { ...story.trust, witnesses: [], witnessThreshold: 1 }), 'witnesses')).toBe('fail')
  })
})

describe('credentials', () => {
  /** The proof of an entry that `signer` signs after a further credential was logged. */
  const afterEnrolment = async (by: Signer, author: { party: string; credential?: string }, credential: Credential, signer: Signer, type = 'key-enrolled', members: Partial<Entry> = {}) => {
    const own = await createTestStory()
    const enrolment = testEntry(20, by, author.party, { type, custodian: 'hospital-a' }, { mediaType: CREDENTIAL_MEDIA_TYPE, bytes: credentialBytes(credential) }, author.credential)
    const at = own.log.add(enrolment.entry, await signEntry(enrolment.entry, by), enrolment.opening)
    const { entry } = testEntry(21, signer, credential.party, { network: 'hospital', type: 'stock-counted', custodian: 'hospital-a', ...members }, undefined, testId(20))
    const index = own.log.add(entry, await signEntry(entry, signer))
    return { file: await own.log.proof(index, [0, 1, 2, at], await own.log.checkpoint(own.logKey)), trust: own.trust, at }
  }

  test('a further key of the same party counts', async () => {
    const second = await ed25519Signer(30)
    const { file, trust } = await afterEnrolment(story.doctor, { party: 'doctor-1', credential: testId(2) }, { v: 1, party: 'doctor-1', kind: 'person', organisation: 'hospital-a', roles: ['doctor'], key: second.publicJwk }, second)
    expect((await verifyBoth(file, trust)).valid).toBe(true)
  })

  test('a doctor enrols nobody, and nobody gives themselves roles', async () => {
    const second = await ed25519Signer(30)
    for (const credential of [{ party: 'doctor-2', roles: ['doctor'] }, { party: 'doctor-1', roles: ['admin', 'doctor'] }]) {
      const { file, trust } = await afterEnrolment(story.doctor, { party: 'doctor-1', credential: testId(2) }, { v: 1, kind: 'person', organisation: 'hospital-a', key: second.publicJwk, ...credential }, second)
      expect(failing(await verifyBoth(file, trust))).toEqual(['credentials'])
    }
  })

  test('a second root does not count, though the log holds it', async () => {
    const fake = await ed25519Signer(31)
    const { file, trust } = await afterEnrolment(fake, { party: 'platform-2' }, { v: 1, party: 'platform-2', kind: 'platform', roles: [], key: fake.publicJwk }, fake, 'platform-root')
    expect(failing(await verifyBoth(file, trust))).toEqual(['credentials'])
  })

  test('an organisation enrols nobody under the name of the platform', async () => {
    const second = await ed25519Signer(32)
    const { file, trust } = await afterEnrolment(story.hospital, { party: 'hospital-a', credential: testId(1) }, { v: 1, party: 'platform', kind: 'person', organisation: 'hospital-a', roles: [], key: second.publicJwk }, second)
    const result = await verifyBoth(file, trust)
    expect([failing(result), detailOf(result, 'credentials')]).toEqual([['credentials'], 'Two credentials differ in what platform is.'])
  })

  test('a key enrolled after it signed does not count, by log order', async () => {
    const own = await createTestStory()
    const late = await ed25519Signer(33)
    const { entry } = testEntry(21, late, 'doctor-3', { network: 'hospital', type: 'stock-counted', custodian: 'hospital-a' }, undefined, testId(20))
    const index = own.log.add(entry, await signEntry(entry, late))
    const credential: Credential = { v: 1, party: 'doctor-3', kind: 'person', organisation: 'hospital-a', roles: [], key: late.publicJwk }
    const enrolment = testEntry(20, own.hospital, 'hospital-a', { custodian: 'hospital-a', issuedAt: '2020-01-01T00:00:00.000Z' }, { mediaType: CREDENTIAL_MEDIA_TYPE, bytes: credentialBytes(credential) }, testId(1))
    const at = own.log.add(enrolment.entry, await signEntry(enrolment.entry, own.hospital), enrolment.opening)
    const result = await verifyBoth(await own.log.proof(index, [0, 1, at], await own.log.checkpoint(own.logKey)), own.trust)
    expect([failing(result), detailOf(result, 'credentials')]).toEqual([['credentials'], 'The key was enrolled only after it signed, by log order.'])
  })

  test('an author of another party than its credential does not count', async () => {
    const own = await createTestStory()
    const { entry } = testEntry(21, own.doctor, 'doctor-2', { network: 'hospital', type: 'stock-counted', custodian: 'hospital-a' }, undefined, testId(2))
    const index = own.log.add(entry, await signEntry(entry, own.doctor))
    expect(failing(await verifyBoth(await own.log.proof(index, [0, 1, 2], await own.log.checkpoint(own.logKey)), own.trust))).toEqual(['credentials'])
  })

  test('an entry without a credential that is no root does not count', async () => {
    const own = await createTestStory()
    const { entry } = testEntry(21, own.doctor, 'doctor-1', { network: 'hospital', type: 'stock-counted', custodian: 'hospital-a' })
    const index = own.log.add(entry, await signEntry(entry, own.doctor))
    expect(failing(await verifyBoth(await own.log.proof(index, [0, 1, 2], await own.log.checkpoint(own.logKey)), own.trust))).toEqual(['signature', 'credentials'])
  })

  test('two credentials that name each other as issuer do not hang the verifier', async () => {
    const own = await createTestStory()
    const key = await ed25519Signer(34)
    const enrol = async (n: number, credential: string) => {
      const made = testEntry(n, key, 'x', { custodian: 'hospital-a' }, { mediaType: CREDENTIAL_MEDIA_TYPE, bytes: credentialBytes({ v: 1, party: 'x', kind: 'person', roles: [], key: key.publicJwk }) }, credential)
      return own.log.add(made.entry, await signEntry(made.entry, key), made.opening)
    }
    const [a, b] = [await enrol(20, testId(21)), await enrol(21, testId(20))]
    const { entry } = testEntry(22, key, 'x', { network: 'hospital', type: 'stock-counted', custodian: 'hospital-a' }, undefined, testId(21))
    const index = own.log.add(entry, await signEntry(entry, key))
    expect(failing(await verifyBoth(await own.log.proof(index, [a, b], await own.log.checkpoint(own.logKey)), own.trust))).toContain('credentials')
  })
})

describe('revocation', () => {
  test('before the entry fails, after it does not', async () => {
    const revocation = await story.log.prove(7)
    const before = await verifyBoth({ ...(await fileOf(8)), status: { revocations: [revocation] } })
    const after = await verifyBoth({ ...(await fileOf(3)), status: { revocations: [revocation] } })
    expect([before.valid, failing(before)]).toEqual([false, ['revocation']])
    expect([after.valid, outcomeOf(after, 'revocation'), detailOf(after, 'revocation')]).toEqual([true, 'unchecked', expect.stringContaining('index 7')])
  })

  test('that is none, or is not in the log, fails', async () => {
    const revocation = await story.log.prove(7)
    expect(failing(await verifyBoth({ ...(await fileOf(3)), status: { revocations: [await story.log.prove(6)] } }))).toEqual(['revocation'])
    expect(failing(await verifyBoth({ ...(await fileOf(3)), status: { revocations: [{ ...revocation, index: 2 }] } }))).toEqual(['revocation'])
    const { opening: _, ...closed } = revocation
    expect(failing(await verifyBoth({ ...(await fileOf(3)), status: { revocations: [closed] } }))).toEqual(['revocation'])
  })

  test('is asked of the caller for every key of the chain', async () => {
    const asked: string[] = []
    const ask = (revoked: Readonly<Record<string, number>>) => async (key: string) => {
      asked.push(key)
      return Promise.resolve(revoked[key])
    }
    const file = await fileOf(8)
    expect(outcomeOf(await verifyProof(file, story.trust, { revokedAt: ask({}) }), 'revocation')).toBe('pass')
    expect(new Set(asked)).toEqual(new Set([story.doctor.key, story.hospital.key, story.root.key]))
    expect(outcomeOf(await verifyProof(file, story.trust, { revokedAt: ask({ [story.doctor.key]: 7 }) }), 'revocation')).toBe('fail')
    expect(outcomeOf(await verifyProof(file, story.trust, { revokedAt: ask({ [story.hospital.key]: 7 }) }), 'revocation')).toBe('pass')
    expect(outcomeOf(await verifyProof(file, story.trust, { revokedAt: ask({ [story.hospital.key]: 1 }) }), 'revocation')).toBe('fail')
  })
})

const checkpointAnchor = (text: string): ProofAnchor => ({
  ledgerId: 'in-memory:test', kind: 'in-memory', stream: 'checkpoints', id: toHex(checkpointRecordId(ORIGIN, parseCheckpoint(text).size)), digest: toHex(sha256(checkpointLedgerData(text, story.logKey.publicJwk))), for: 'checkpoint',
})

describe('anchors', () => {
  const recordAnchor = (): ProofAnchor => {
    const key = epochKey(subjectSecret, 0)
    const blind = ledgerBlind(key, story.log.leafHashOf(3))
    return { ledgerId: 'in-memory:test', kind: 'in-memory', stream: 'hospital', id: toHex(ledgerRecordId(key, testId(3))), digest: toHex(recordDigest(story.log.leafHashOf(3), blind)), for: 'record', blind: toBase64url(blind) }
  }

  test('of this proof are unchecked until the ledger is asked', async () => {
    const file = { ...(await fileOf(3)), anchors: [checkpointAnchor(note), recordAnchor()] }
    expect(outcomeOf(await verifyBoth(file), 'anchor')).toBe('unchecked')
    const held = await verifyProof(file, story.trust, { verifyAnchor: (anchor) => Promise.resolve({ outcome: 'pass', detail: `${anchor.for} is there.` }) })
    expect([outcomeOf(held, 'anchor'), detailOf(held, 'anchor')]).toEqual(['pass', 'checkpoint is there. record is there.'])
    const lost = await verifyProof(file, story.trust, { verifyAnchor: (anchor) => Promise.resolve(anchor.for === 'record' ? { outcome: 'fail', detail: 'Not there.' } : { outcome: 'pass', detail: 'There.' }) })
    expect([lost.valid, outcomeOf(lost, 'anchor')]).toEqual([false, 'fail'])
  })

  test.each([
    ['of another checkpoint', () => ({ ...checkpointAnchor(note), id: '0'.repeat(32) })],
    ['with another digest of the checkpoint', () => ({ ...checkpointAnchor(note), digest: '0'.repeat(64) })],
    ['of another record', () => ({ ...recordAnchor(), digest: '0'.repeat(64) })],
    ['with another blind', () => ({ ...recordAnchor(), blind: toBase64url(sha256(utf8('x'))) })],
    ['without its blind', () => ({ ...recordAnchor(), blind: undefined })],
  ])('%s fail', async (_, anchor) => {
    const result = await verifyBoth(parseProof(canonicalBytes({ ...(await fileOf(3)), anchors: [anchor()] })))
    expect([result.valid, failing(result)]).toEqual([false, ['anchor']])
  })

  test('of an entry without subject carry its own id', async () => {
    const file = await fileOf(7, [0, 1])
    const anchor: ProofAnchor = { ledgerId: 'x', kind: 'x', stream: 'identity', id: testId(7).replaceAll('-', ''), digest: toHex(recordDigest(story.log.leafHashOf(7))), for: 'record' }
    expect(outcomeOf(await verifyBoth({ ...file, anchors: [anchor] }), 'anchor')).toBe('unchecked')
    expect(outcomeOf(await verifyBoth({ ...file, anchors: [{ ...anchor, id: '0'.repeat(32) }] }), 'anchor')).toBe('fail')
  })
})

describe('superseded', () => {
  test('by an entry of the log fails, with its id', async () => {
    const result = await verifyBoth({ ...(await fileOf(3)), status: { supersededBy: await story.log.prove(6) } })
    expect([result.valid, failing(result), detailOf(result, 'superseded')]).toEqual([false, ['superseded'], `Entry ${testId(6)} at index 6 replaces this one: ask for its proof.`])
  })

  test('by an entry that does not replace it is a contradiction, and fails', async () => {
    expect(detailOf(await verifyBoth({ ...(await fileOf(4)), status: { supersededBy: await story.log.prove(6) } }), 'superseded')).toContain('does not do so')
  })

  test('is asked of the caller', async () => {
    const file = await fileOf(3)
    expect(outcomeOf(await verifyProof(file, story.trust, { supersededBy: () => Promise.resolve(undefined) }), 'superseded')).toBe('pass')
    expect(outcomeOf(await verifyProof(file, story.trust, { supersededBy: () => Promise.resolve(testId(6)) }), 'superseded')).toBe('fail')
  })
})
