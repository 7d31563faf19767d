import { generateKeyPairSync } from 'node:crypto'
import { createInMemoryDatabase, createInMemoryStore, type InMemoryDatabase } from '@careledger/data-in-memory'
import type { DataStore } from '@careledger/data-spec'
import { createInMemoryVault, createNodeSigner, type Actor, type KeyVault, type P256PrivateJwk } from '@careledger/identity'
import { createInMemoryLedger } from '@careledger/ledger-in-memory'
import { commit, CREDENTIAL_MEDIA_TYPE, credentialBytes, entryBytes, instantText, newEntryId, newSalt, signEntries, toBase64url, utf8, type Author, type Credential, type Entry, type Signer, type Trust } from '@careledger/proof'
import { createInMemoryDocuments } from '../../__fixtures__/in-memory-documents.ts'
import { newSigner, sign } from '../../__fixtures__/world.ts'
import { CONSENT_MEDIA_TYPE, consentTermsBytes, type ConsentTerms } from '../../consent/consent-terms.ts'
import { SENSITIVITIES } from '../../consent/sensitivity/kinds.ts'
import { giveConsent, withdrawConsent } from '../../consent/write-consent.ts'
import { acceptEntries } from '../../entries/accept-entries.ts'
import type { Opening } from '../../entries/network-definition.ts'
import type { EntryReceipt, SignedEntry } from '../../entries/signed-entry.ts'
import { identityNetwork } from '../../identity/index.ts'
import { createParts, type LogSettings, type Parts } from '../../parts.ts'
import { commitImport, type CommittedImport } from '../commit-import.ts'
import { hospitalNetwork } from '../hospital-network.ts'
import { FHIR_MEDIA_TYPE, LINK_MEDIA_TYPE, PATIENT_MEDIA_TYPE, payloadBytes } from '../payloads.ts'
import { prepareImport, type PreparedImport } from '../prepare-import.ts'

/** Somebody with a key: signs entries, and calls as `actor`. */
export interface Member {
  readonly signer: Signer
  readonly author: Author
  readonly actor: Actor
  /** Of an ES256 key: to open what is sealed to it. */
  readonly privateJwk?: P256PrivateJwk | undefined
}

export interface HospitalWorld {
  /** Of the process that runs now. */
  readonly parts: Parts
  readonly database: InMemoryDatabase
  readonly trust: Trust
  /** Moves the instance's clock. */
  readonly clock: { now: Date }
  readonly platform: Pick<Member, 'signer' | 'author'>
  /** `hospital-a`: doctor, clerk, admin, privacy officer, system. `hospital-b`: doctor, doctor with an Ed25519 key. Patients: ada, bob. */
  readonly people: Readonly<Record<'doctorA' | 'clerkA' | 'adminA' | 'privacyA' | 'systemA' | 'doctorB' | 'doctorB2' | 'ada' | 'bob', Member>>
  /** Ends this process as it stands: the next one begins on the same database, documents, vaults and ledger, and remembers nothing else. */
  restart(): void
  /** Registers a patient at hospital A with resources, linked to a person where one is given. */
  admit(options?: { readonly person?: Member; readonly resources?: readonly object[]; readonly number?: string; readonly by?: Member }): Promise<Admitted>
  /** Default custodian: hospital A. `direct` brings every sensitive kind along. */
  give(person: Member, admitted: Pick<Admitted, 'subject'> & { readonly custodian?: string }, terms: Partial<ConsentTerms>): Promise<EntryReceipt>
  withdraw(person: Member, admitted: Pick<Admitted, 'subject'>, consent: string): Promise<EntryReceipt>
}

export interface Admitted extends PreparedImport, CommittedImport {
  readonly entries: readonly SignedEntry[]
  /** Ids of the records, in the order of the resources; the Patient resource is first. */
  readonly records: readonly string[]
}

export const dayMs = 86_400_000

/** `store`: wraps the store, so that a test can come between. */
export async function createHospitalWorld(options: { readonly store?: (store: DataStore) => DataStore; readonly origin?: string; readonly settings?: Partial<LogSettings> } = {}): Promise<HospitalWorld> {
  const clock = { now: new Date() }
  const origin = options.origin ?? 'careledger.test/log/0'
  const now = (): Date => clock.now
  const vaults = new Map<string, KeyVault>(['platform', 'hospital-a', 'hospital-b'].map((custodian) => [custodian, createInMemoryVault({ custodian })]))
  const ledger = await createInMemoryLedger()
  const [logSigner, cosigner, rootSigner, systemSigner] = [newSigner('ed25519'), newSigner('ed25519'), newSigner(), newSigner()]
  const system: Author = { party: 'platform-system', key: systemSigner.key, credential: newEntryId(now()) }
  const root: Author = { party: 'platform', key: rootSigner.key, credential: newEntryId(now()) }
  const database = createInMemoryDatabase()
  const documents = createInMemoryDocuments()
  const begin = (): Parts => createParts({
    store: (options.store ?? ((store) => store))(createInMemoryStore({ database })), documents, vaults, now,
    targets: [{ name: 'memory', ledger, networks: ['hospital'], way: 'indexed' }],
    log: { origin, signer: logSigner }, cosigner: { name: 'witness.test', signer: cosigner },
    system: { signer: systemSigner, author: system, custodian: 'platform' }, networks: [identityNetwork, hospitalNetwork],
    settings: { sequenceEveryMs: 5, checkpointEveryMs: 0, decisionsSettleMs: 0, decisionsEveryMs: 50, waitMaxMs: 5000, ...options.settings },
  })
  let parts = begin()
  const enrol = async (type: string, by: { readonly signer: Signer; readonly author: Author }, id: string, credential: Credential): Promise<void> => {
    const entry: Entry = { v: 1, id, network: 'identity', type, custodian: 'platform', issuedAt: instantText(now()), author: by.author }
    await acceptEntries(parts, [await sign(by.signer, entry, { mediaType: CREDENTIAL_MEDIA_TYPE, payload: credentialBytes(credential) })], { actor: by.author })
  }
  const platform = { signer: rootSigner, author: root }
  await enrol('platform-root', { signer: rootSigner, author: { party: root.party, key: root.key } }, root.credential as string, { v: 1, party: 'platform', kind: 'platform', roles: ['platform'], key: rootSigner.publicJwk })
  await enrol('key-enrolled', platform, system.credential as string, { v: 1, party: system.party, kind: 'system', roles: ['system'], key: systemSigner.publicJwk })
  const join = async (by: { readonly signer: Signer; readonly author: Author }, party: string, kind: 'organisation' | 'person' | 'system', roles: readonly string[], organisation?: string, curve: 'ed25519' | 'p-256' = 'p-256'): Promise<Member> => {
    const pair = curve === 'p-256' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : undefined
    const signer = pair === undefined ? newSigner('ed25519') : createNodeSigner(pair.privateKey)
    const credential = newEntryId(now())
    await enrol(kind === 'organisation' ? 'organisation-enrolled' : 'key-enrolled', by, credential, { v: 1, party, kind, ...(organisation === undefined ? {} : { organisation }), roles: [...roles], key: signer.publicJwk })
    const actor: Actor = { party, kind, displayName: party, roles, key: signer.key, credential, ...(organisation === undefined ? {} : { organisation, organisationName: organisation }) }
    return { signer, author: { party, key: signer.key, credential }, actor, privateJwk: pair?.privateKey.export({ format: 'jwk' }) as P256PrivateJwk | undefined }
  }
  const [a, b] = [await join(platform, 'hospital-a', 'organisation', ['admin']), await join(platform, 'hospital-b', 'organisation', ['admin'])]
  const people = {
    doctorA: await join(a, 'doctor-a', 'person', ['doctor'], 'hospital-a'),
    clerkA: await join(a, 'clerk-a', 'person', ['records-clerk'], 'hospital-a'),
    adminA: await join(a, 'admin-a', 'person', ['admin'], 'hospital-a'),
    privacyA: await join(a, 'privacy-a', 'person', ['privacy-officer'], 'hospital-a'),
    systemA: await join(a, 'system-a', 'system', ['system'], 'hospital-a'),
    doctorB: await join(b, 'doctor-b', 'person', ['doctor'], 'hospital-b'),
    doctorB2: await join(b, 'doctor-b2', 'person', ['doctor'], 'hospital-b', 'ed25519'),
    ada: await join(platform, 'ada', 'person', ['patient']),
    bob: await join(platform, 'bob', 'person', ['patient']),
  }
  const subjectEntry = (by: Member, subject: string, type: string, members: Partial<Entry> = {}): Entry => ({ v: 1, id: newEntryId(now()), network: 'hospital', type, subject, custodian: 'hospital-a', issuedAt: instantText(now()), author: by.author, ...members })

  return {
    get parts() { return parts },
    restart: () => { parts = begin() },
    database, clock, people, platform,
    trust: { logs: [{ origin, key: logSigner.publicJwk }], root: rootSigner.publicJwk, witnesses: [{ name: 'witness.test', key: cosigner.publicJwk }], witnessThreshold: 1 },
    async admit({ person, resources = [], number = newEntryId().slice(-12), by = people.clerkA } = {}) {
      const identifiers = [{ system: 'urn:test:mrn', value: number }]
      const prepared = await prepareImport(parts, by.actor, identifiers)
      const patient = patientResource(number)
      const entries = await signImport(by, prepared, [patient, ...resources], { identifiers, person, now: now() })
      const committed = await commitImport(parts, by.actor, { patient: prepared.patient, entries })
      const records = committed.receipts.slice(person === undefined ? 1 : 2).map(({ id }) => id)
      return { ...prepared, ...committed, entries, records }
    },
    async give(person, { subject, custodian = 'hospital-a' }, terms) {
      const whole: ConsentTerms = { v: 1, grantee: 'hospital-b', purpose: 'treatment', expires: instantText(new Date(now().getTime() + 30 * dayMs)), direct: false, ...(terms.direct === true ? { sensitive: SENSITIVITIES } : {}), ...terms }
      const entry = subjectEntry(person, subject, 'consent-given', { custodian })
      return giveConsent(parts, person.actor, { entry: await sign(person.signer, entry, { mediaType: CONSENT_MEDIA_TYPE, payload: consentTermsBytes(whole, now()) }) })
    },
    async withdraw(person, { subject }, consent) {
      return withdrawConsent(parts, person.actor, { entry: await sign(person.signer, subjectEntry(person, subject, 'consent-withdrawn', { replaces: consent })) })
    },
  }
}

/** The entries of one import under one signature: registration when new, link where there is a person, one record for each resource; `replaces`: what the records amend. */
export async function signImport(by: Member, prepared: PreparedImport, resources: readonly (object | Uint8Array)[], options: { readonly identifiers?: readonly { readonly system: string; readonly value: string }[]; readonly person?: Member | undefined; readonly now?: Date; readonly custodian?: string; readonly replaces?: string | undefined } = {}): Promise<readonly SignedEntry[]> {
  const { patient, subject, known } = prepared
  const at = options.now ?? new Date()
  const openings: (readonly [string, Opening])[] = []
  const add = (type: string, mediaType: string, payload: Uint8Array): void => void openings.push([type, { salt: newSalt(), mediaType, payload }])
  if (!known) add('patient-registered', PATIENT_MEDIA_TYPE, payloadBytes({ v: 1, patient, identifiers: options.identifiers ?? [] }))
  if (options.person !== undefined) add('patient-linked', LINK_MEDIA_TYPE, payloadBytes({ v: 1, patient, party: options.person.author.party }))
  for (const resource of resources) add('record-created', FHIR_MEDIA_TYPE, resource instanceof Uint8Array ? resource : utf8(JSON.stringify(resource)))
  const entries = openings.map(([type, opening]): Entry => ({
    v: 1, id: newEntryId(at), network: 'hospital', type, subject, custodian: options.custodian ?? prepared.custodian, issuedAt: instantText(at), author: by.author, payload: toBase64url(commit(opening)),
    ...(options.replaces === undefined ? {} : { replaces: options.replaces }),
  }))
  const signatures = await signEntries(entries, by.signer)
  return entries.map((entry, place) => ({ entry: entryBytes(entry), signature: signatures[place]!, opening: openings[place]?.[1] }))
}

export function patientResource(number: string, more: object = {}): object {
  return { resourceType: 'Patient', id: `p-${number}`, identifier: [{ system: 'urn:test:mrn', value: number }], name: [{ family: 'Muster', given: ['Ada'] }], gender: 'female', birthDate: '1980-05-17', telecom: [{ system: 'phone', value: '+49 30 123456' }], ...more }
}

/** A weight, dated. */
export function observation(number: string, date: string, kilograms = 82.4): object {
  return { resourceType: 'Observation', status: 'final', code: { text: 'Body Weight' }, subject: { reference: `Patient/p-${number}` }, effectiveDateTime: date, valueQuantity: { value: kilograms, unit: 'kg' } }
}

export function immunization(number: string, date: string): object {
  return { resourceType: 'Immunization', status: 'completed', vaccineCode: { text: 'Influenza' }, patient: { reference: `Patient/p-${number}` }, occurrenceDateTime: date }
}

export function allergy(number: string, text: string, date = '2020-01-01'): object {
  return { resourceType: 'AllergyIntolerance', clinicalStatus: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical', code: 'active' }] }, code: { text }, patient: { reference: `Patient/p-${number}` }, recordedDate: date }
}
