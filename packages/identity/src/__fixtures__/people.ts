import { generateKeyPairSync } from 'node:crypto'
import { toBase64url, utf8, type Credential, type PartyKind } from '@careledger/proof'
import { toKeyRecord, toPartyRecord } from '../keys/enrolment.ts'
import { createInMemoryDirectory, type InMemoryDirectory } from '../keys/in-memory-directory.ts'
import type { KeyRecord } from '../keys/key-record.ts'
import { createNodeSigner } from '../signatures/node-signer.ts'
import type { LocalSigner } from '../signatures/signing-keys.ts'

export const now = new Date('2026-11-22T12:00:00.000Z')
export const origin = 'https://careledger.example'
export const seconds = Math.floor(now.getTime() / 1000)

/** A fresh key. */
export function newSigner(algorithm: 'EdDSA' | 'ES256' = 'ES256'): LocalSigner {
  return createNodeSigner(algorithm === 'EdDSA' ? generateKeyPairSync('ed25519').privateKey : generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey)
}

/** The private JWK of a fresh P-256 key. */
export function newPrivateJwk() {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' }) as { kty: 'EC'; crv: 'P-256'; x: string; y: string; d: string }
}

/** A compact JWS over any header and payload, as an attacker may make it. */
export function jwsOf(signer: Pick<LocalSigner, 'signSync'>, header: object, payload: object | string): string {
  const input = `${toBase64url(utf8(JSON.stringify(header)))}.${toBase64url(utf8(typeof payload === 'string' ? payload : JSON.stringify(payload)))}`
  return `${input}.${toBase64url(signer.signSync(utf8(input)))}`
}

let entries = 0
/** An entry id, another one each time. */
export function nextEntryId(): string {
  entries += 1
  return `01890a5d-ac96-774b-bcce-${entries.toString().padStart(12, '0')}`
}

/** What one enrolling entry does to the directory. */
export function enrol(directory: InMemoryDirectory & { parties: Map<string, ReturnType<typeof toPartyRecord>> }, enrolment: {
  readonly type: string
  readonly party: string
  readonly kind: PartyKind
  readonly organisation?: string
  readonly roles: readonly string[]
  readonly signer: LocalSigner
  readonly author?: KeyRecord
}): KeyRecord {
  const { party, kind, organisation, roles, signer, type, author } = enrolment
  const credential: Credential = { v: 1, party, kind, ...(organisation === undefined ? {} : { organisation }), roles, key: signer.publicJwk }
  const full = { entryId: nextEntryId(), type, credential, author, party: directory.parties.get(party) }
  const record = toKeyRecord(full)
  const row = toPartyRecord(full)
  directory.putKey(record)
  directory.putParty(row)
  directory.parties.set(party, row)
  return record
}

/** Platform, one hospital, its doctor and its system, a patient: each with a key. */
export function smallWorld() {
  const directory = Object.assign(createInMemoryDirectory(), { parties: new Map<string, ReturnType<typeof toPartyRecord>>() })
  const signers = { platform: newSigner(), hospital: newSigner(), doctor: newSigner(), system: newSigner('EdDSA'), patient: newSigner() }
  const platform = enrol(directory, { type: 'platform-root', party: 'platform', kind: 'platform', roles: ['platform'], signer: signers.platform })
  const hospital = enrol(directory, { type: 'organisation-enrolled', party: 'hospital-a', kind: 'organisation', roles: ['admin'], signer: signers.hospital, author: platform })
  const doctor = enrol(directory, { type: 'key-enrolled', party: 'doctor-1', kind: 'person', organisation: 'hospital-a', roles: ['doctor'], signer: signers.doctor, author: hospital })
  const system = enrol(directory, { type: 'key-enrolled', party: 'system-1', kind: 'system', organisation: 'hospital-a', roles: ['system'], signer: signers.system, author: hospital })
  const patient = enrol(directory, { type: 'key-enrolled', party: 'patient-1', kind: 'person', roles: ['patient'], signer: signers.patient, author: platform })
  return { directory, signers, records: { platform, hospital, doctor, system, patient } }
}
