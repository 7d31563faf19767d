import { createSigner, fromBase64url, generateSigningKey, isBatchSignature, openCommitment, openingFromJson, parseEntry, toEntrySignature, utf8, verifyEntrySignature } from '@careledger/proof'
import { describe, expect, it } from 'vitest'
import { buildEntry, signBuiltEntries, signBuiltEntry } from './build-entry.ts'
import type { EntryDraft, SignedEntry } from './build-entry.ts'
import { consentDraft, withdrawalDraft } from './consents.ts'
import { enrolmentDraft, revocationDraft } from './credentials.ts'

const now = new Date('2026-11-22T12:00:00.000Z')
const subject = 'H35GHDLg01mj2Ew9UFQgsKG87N_g_1EFYZSvXHS3K74'

async function makeAuthor(algorithm: 'ES256' | 'EdDSA') {
  const { privateKey, publicJwk } = await generateSigningKey(algorithm)
  const signer = createSigner(privateKey, publicJwk)
  return { signer, author: { party: 'party-1', key: signer.key, credential: '01890a5d-ac96-774b-bcce-b302099a8057' } }
}

function draft(text: string): EntryDraft {
  return { network: 'hospital', type: 'record-created', custodian: 'org-1', subject, payload: { mediaType: 'application/fhir+json', bytes: utf8(text) } }
}

async function verify(signed: SignedEntry, publicJwk: Parameters<typeof verifyEntrySignature>[2]) {
  const entry = parseEntry(utf8(signed.entry))
  await verifyEntrySignature(entry, toEntrySignature(signed.signature as never), publicJwk)
  if (signed.opening !== undefined && entry.payload !== undefined) openCommitment(fromBase64url(entry.payload), openingFromJson(signed.opening))
  return entry
}

describe.each(['ES256', 'EdDSA'] as const)('entries signed with %s', (algorithm) => {
  it('verify by themselves, with the opening of their payload', async () => {
    const { signer, author } = await makeAuthor(algorithm)
    const signed = await signBuiltEntry(buildEntry(draft('{"value":1.10}'), author, now), signer)
    const entry = await verify(signed, signer.publicJwk)
    expect(entry).toMatchObject({ v: 1, network: 'hospital', type: 'record-created', custodian: 'org-1', subject, author, issuedAt: '2026-11-22T12:00:00.000Z' })
    expect(new TextDecoder().decode(fromBase64url(signed.opening?.payload ?? ''))).toBe('{"value":1.10}')
  })

  it('verify as a batch under one signature, with rising ids and different salts', async () => {
    const { signer, author } = await makeAuthor(algorithm)
    const built = Array.from({ length: 33 }, () => buildEntry(draft('same'), author, now))
    const signed = await signBuiltEntries(built, signer)
    const entries = await Promise.all(signed.map((one) => verify(one, signer.publicJwk)))
    expect(new Set(signed.map((one) => one.signature.jws)).size).toBe(1)
    expect(signed.every((one) => isBatchSignature(toEntrySignature(one.signature as never)))).toBe(true)
    expect(entries.map(({ id }) => id)).toEqual(entries.map(({ id }) => id).sort())
    expect(new Set(entries.map(({ payload }) => payload)).size).toBe(33)
  })

  it('do not verify once a letter of them is changed', async () => {
    const { signer, author } = await makeAuthor(algorithm)
    const signed = await signBuiltEntry(buildEntry(draft('x'), author, now), signer)
    await expect(verify({ ...signed, entry: signed.entry.replace('org-1', 'org-2') }, signer.publicJwk)).rejects.toMatchObject({ code: 'SIGNATURE_INVALID' })
  })
})

describe('drafts', () => {
  it('refuse a batch of more than 4,096', async () => {
    const { signer, author } = await makeAuthor('EdDSA')
    const one = buildEntry({ network: 'hospital', type: 'consent-withdrawn', custodian: 'org-1', subject, replaces: '01890a5d-ac96-774b-bcce-b302099a8057' }, author, now)
    await expect(signBuiltEntries(Array(4097).fill(one), signer)).rejects.toThrow(TypeError)
  })

  it('write the terms of a consent as canonical JSON without what was not said', () => {
    const given = consentDraft({ subject, custodian: 'org-1' }, { grantee: 'org-2', purpose: 'treatment', expires: '2027-01-01T00:00:00.000Z', direct: false, types: ['Observation'] })
    expect(new TextDecoder().decode(given.payload?.bytes)).toBe('{"direct":false,"expires":"2027-01-01T00:00:00.000Z","grantee":"org-2","purpose":"treatment","types":["Observation"],"v":1}')
    expect(withdrawalDraft({ subject, custodian: 'org-1' }, 'id')).toEqual({ network: 'hospital', type: 'consent-withdrawn', subject, custodian: 'org-1', replaces: 'id' })
  })

  it('name the entry type of an enrolment by its kind, with roles in order', async () => {
    const { signer } = await makeAuthor('ES256')
    expect(enrolmentDraft({ party: 'org-1', kind: 'organisation', roles: ['admin'], key: signer.publicJwk }, 'platform').type).toBe('organisation-enrolled')
    const person = enrolmentDraft({ party: 'doc-1', kind: 'person', organisation: 'org-1', roles: ['records-clerk', 'doctor'], key: signer.publicJwk }, 'org-1')
    expect([person.type, new TextDecoder().decode(person.payload?.bytes).includes('"roles":["doctor","records-clerk"]')]).toEqual(['key-enrolled', true])
    expect(revocationDraft(signer.key, 'org-1')).toMatchObject({ network: 'identity', type: 'key-revoked' })
  })
})
