import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { createInMemoryDatabase, createInMemoryStore, type InMemoryDatabase } from '@careledger/data-in-memory'
import type { DataStore, DocumentStore } from '@careledger/data-spec'
import { createInMemoryVault, createNodeSigner, type KeyVault } from '@careledger/identity'
import { createInMemoryLedger } from '@careledger/ledger-in-memory'
import type { Ledger } from '@careledger/ledger-spec'
import { commit, CREDENTIAL_MEDIA_TYPE, credentialBytes, entryBytes, instantText, newEntryId, newSalt, signEntries, signEntry, subjectPseudonym, toBase64url, utf8, type Author, type Credential, type Entry, type Signer, type Trust } from '@careledger/proof'
import { acceptEntries } from '../entries/accept-entries.ts'
import type { NetworkDefinition, Opening } from '../entries/network-definition.ts'
import type { AcceptOptions, EntryReceipt, SignedEntry } from '../entries/signed-entry.ts'
import { identityNetwork } from '../identity/index.ts'
import { checkpointTargets, readRoutes } from '../routes/routes.ts'
import { createParts, type LedgerTarget, type LogSettings, type Parts } from '../parts.ts'
import { createInMemoryDocuments } from './in-memory-documents.ts'
import { wardNetwork } from './ward-network.ts'

/** Somebody who signs. */
export interface Person {
  readonly signer: Signer
  readonly author: Author
}

/** An instance with a platform, one hospital and one doctor, on in-memory parts. */
export interface World {
  readonly parts: Parts
  readonly database: InMemoryDatabase
  readonly ledger: Ledger
  readonly documents: Map<string, Uint8Array>
  readonly root: Person
  readonly hospital: Person
  readonly doctor: Person
  readonly trust: Trust
  readonly signer: { readonly log: Signer; readonly cosigner: Signer }
  /** Another process on the same database, documents, vaults and ledgers. */
  restart(changes?: Partial<Pick<Parts, 'store' | 'documents' | 'targets'>>): Parts
  /** A patient with keys in the hospital's vault, and its pseudonym; not registered yet. */
  newPatient(): Promise<{ readonly patient: string; readonly subject: string }>
  /** A registered one. */
  patient(): Promise<{ readonly patient: string; readonly subject: string }>
  /** Enrols an organisation with a vault of its own. */
  organisation(party: string): Promise<Person>
  /** Enrols a person of an organisation. */
  member(organisation: Person, party: string, roles: readonly string[]): Promise<Person>
}

export const hospitalId = 'hospital-a'
export const origin = 'careledger.test/log/0'
const settings: Partial<LogSettings> = { sequenceEveryMs: 5, checkpointEveryMs: 0, decisionsSettleMs: 0, decisionsEveryMs: 20, waitMaxMs: 5000, anchorBackoffMaxMs: 50, outboxLeaseMs: 200 }

export interface WorldOptions {
  readonly settings?: Partial<LogSettings> | undefined
  readonly targets?: (ledger: Ledger) => readonly LedgerTarget[]
  readonly store?: (store: DataStore) => DataStore
  /** Default: in memory. `restart` gives parts on the same object. */
  readonly base?: DataStore | undefined
  readonly documents?: DocumentStore | undefined
  readonly now?: () => Date
  /** Networks besides identity and ward; their entries go to the same ledgers as the ward's. */
  readonly networks?: readonly NetworkDefinition[] | undefined
}

export async function createWorld(options: WorldOptions = {}): Promise<World> {
  const database = createInMemoryDatabase()
  const documents = createInMemoryDocuments()
  const ledger = await createInMemoryLedger()
  const targets = options.targets?.(ledger) ?? [{ name: 'memory', ledger, networks: ['ward', ...(options.networks ?? []).map(({ name }) => name)], way: 'indexed' as const }]
  const vaults = new Map<string, KeyVault>([['platform', createInMemoryVault({ custodian: 'platform' })], [hospitalId, createInMemoryVault({ custodian: hospitalId })]])
  const [logSigner, cosigner, rootSigner, systemSigner, hospitalSigner, doctorSigner] = [newSigner('ed25519'), newSigner('ed25519'), newSigner(), newSigner(), newSigner('ed25519'), newSigner()]
  const now = options.now ?? (() => new Date())
  const ids = { root: newEntryId(now()), system: newEntryId(now()), hospital: newEntryId(now()), doctor: newEntryId(now()) }
  const person = (party: string, signer: Signer, credential: string): Person => ({ signer, author: { party, key: signer.key, credential } })
  const [root, system, hospital, doctor] = [person('platform', rootSigner, ids.root), person('platform-system', systemSigner, ids.system), person(hospitalId, hospitalSigner, ids.hospital), person('doctor-1', doctorSigner, ids.doctor)]
  const baseStore = options.base ?? createInMemoryStore({ database })
  const base = {
    vaults, log: { origin, signer: logSigner }, cosigner: { name: 'witness.test', signer: cosigner }, system: { ...system, custodian: 'platform' },
    networks: [identityNetwork, wardNetwork, ...(options.networks ?? [])], settings: { ...settings, ...options.settings }, now,
  }
  const parts = createParts({ ...base, targets, documents: options.documents ?? documents, store: options.store?.(baseStore) ?? baseStore })
  const bootParts = createParts({ ...base, targets, documents, store: baseStore })
  const enrol = async (type: string, id: string, by: Person, author: Author, credential: Credential): Promise<void> => {
    const signed = await sign(by.signer, draft({ id, network: 'identity', type, custodian: 'platform', author, issuedAt: instantText(now()) }), { mediaType: CREDENTIAL_MEDIA_TYPE, payload: credentialBytes(credential) })
    await acceptEntries(bootParts, [signed], { actor: { party: author.party } })
  }
  await enrol('platform-root', ids.root, root, { party: 'platform', key: rootSigner.key }, { v: 1, party: 'platform', kind: 'platform', roles: ['platform'], key: rootSigner.publicJwk })
  await enrol('key-enrolled', ids.system, root, root.author, { v: 1, party: 'platform-system', kind: 'system', roles: ['system'], key: systemSigner.publicJwk })
  await enrol('organisation-enrolled', ids.hospital, root, root.author, { v: 1, party: hospitalId, kind: 'organisation', roles: ['admin'], key: hospitalSigner.publicJwk })
  await enrol('key-enrolled', ids.doctor, hospital, hospital.author, { v: 1, party: 'doctor-1', kind: 'person', organisation: hospitalId, roles: ['doctor'], key: doctorSigner.publicJwk })

  const newPatient = async (): Promise<{ readonly patient: string; readonly subject: string }> => {
    const patient = randomUUID()
    const vault = vaults.get(hospitalId) as KeyVault
    await vault.createPatient(patient)
    return { patient, subject: subjectPseudonym(await (await vault.patient(patient))!.subjectSecret('ward')) }
  }
  return {
    parts, database, ledger, documents: documents.documents, root, hospital, doctor,
    signer: { log: logSigner, cosigner },
    trust: { logs: [{ origin, key: logSigner.publicJwk }], root: rootSigner.publicJwk, witnesses: [{ name: 'witness.test', key: cosigner.publicJwk }], witnessThreshold: 1 },
    restart: (changes = {}) => createParts({ ...base, targets, documents, store: options.base ?? createInMemoryStore({ database }), ...changes }),
    newPatient,
    async organisation(party) {
      vaults.set(party, createInMemoryVault({ custodian: party }))
      const made = person(party, newSigner('ed25519'), newEntryId(now()))
      await enrol('organisation-enrolled', made.author.credential as string, root, root.author, { v: 1, party, kind: 'organisation', roles: ['admin'], key: made.signer.publicJwk })
      return made
    },
    async member(organisation, party, roles) {
      const made = person(party, newSigner(), newEntryId(now()))
      await enrol('key-enrolled', made.author.credential as string, organisation, organisation.author, { v: 1, party, kind: 'person', organisation: organisation.author.party, roles, key: made.signer.publicJwk })
      return made
    },
    async patient() {
      const created = await newPatient()
      await accept(bootParts, doctor, await registration(doctor, created))
      return created
    },
  }
}

export function newSigner(kind: 'ed25519' | 'p-256' = 'p-256'): Signer {
  return createNodeSigner(kind === 'ed25519' ? generateKeyPairSync('ed25519').privateKey : generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey)
}

/** An entry of the ward with what a test does not care about filled in. */
export function draft(members: Partial<Entry> & Pick<Entry, 'type' | 'author'>): Entry {
  return { v: 1, id: newEntryId(), network: 'ward', custodian: hospitalId, issuedAt: instantText(new Date()), ...members }
}

/** Commits to a payload and signs. A payload that is not bytes is written as JSON. */
export async function sign(signer: Signer, entry: Entry, payload?: unknown): Promise<SignedEntry> {
  const opening = openingFor(payload)
  const whole: Entry = opening === undefined ? entry : { ...entry, payload: toBase64url(commit(opening)) }
  return { entry: entryBytes(whole), signature: await signEntry(whole, signer), opening }
}

/** Many entries under one signature. */
export async function signBatch(signer: Signer, drafts: readonly { readonly entry: Entry; readonly payload?: unknown }[]): Promise<readonly SignedEntry[]> {
  const openings = drafts.map(({ payload }) => openingFor(payload))
  const entries = drafts.map(({ entry }, place) => (openings[place] === undefined ? entry : { ...entry, payload: toBase64url(commit(openings[place])) }))
  const signatures = await signEntries(entries, signer)
  return entries.map((entry, place) => ({ entry: entryBytes(entry), signature: signatures[place]!, opening: openings[place] }))
}

export async function registration(by: Person, { patient, subject }: { readonly patient: string; readonly subject: string }): Promise<SignedEntry> {
  return sign(by.signer, draft({ type: 'patient-registered', author: by.author, subject }), { v: 1, patient })
}

export async function note(by: Person, subject: string, text = 'Body weight 82.40 kg'): Promise<SignedEntry> {
  return sign(by.signer, draft({ type: 'note-written', author: by.author, subject }), utf8(text))
}

export async function stock(by: Person, item = 'gauze'): Promise<SignedEntry> {
  return sign(by.signer, draft({ type: 'item-stocked', author: by.author }), { item })
}

export async function accept(parts: Parts, by: Person, signed: SignedEntry | readonly SignedEntry[], options: Partial<AcceptOptions> = {}): Promise<readonly EntryReceipt[]> {
  return acceptEntries(parts, Array.isArray(signed) ? (signed as readonly SignedEntry[]) : [signed as SignedEntry], { actor: { party: by.author.party }, ...options })
}

function openingFor(payload: unknown): Opening | undefined {
  if (payload === undefined) return undefined
  if (payload instanceof Uint8Array) return { salt: newSalt(), mediaType: 'text/plain', payload }
  const given = payload as { mediaType?: string; payload?: unknown }
  if (given.payload instanceof Uint8Array) return { salt: newSalt(), mediaType: given.mediaType ?? 'text/plain', payload: given.payload }
  return { salt: newSalt(), mediaType: 'application/json', payload: utf8(JSON.stringify(payload)) }
}

/** Asks every 5 ms until it holds, at most 5 s. */
export async function until(holds: () => Promise<boolean> | boolean): Promise<void> {
  for (const end = performance.now() + 5000; !(await holds()); ) {
    if (performance.now() > end) throw new Error('It did not come to hold within 5 s.')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/** Everything that was stored is in the newest checkpoint, and everything in the outbox is final. */
export async function settled(parts: Parts): Promise<void> {
  await until(async () => {
    const { tree, checkpoint, waiting, outbox, routed } = await parts.store.read(async (view) => ({
      routed: checkpointTargets(parts, await readRoutes(parts, view)),
      tree: await view.treeState(origin), checkpoint: await view.checkpoint(origin), waiting: await view.unsequenced({ limit: 1 }), outbox: await view.outboxSummary(),
    }))
    const newest = checkpoint === undefined ? [] : await parts.store.read((view) => view.outboxOf(`checkpoint/${origin}/${checkpoint.size}`))
    return waiting.length === 0 && checkpoint?.size === tree.size && routed.every((target) => newest.some((row) => row.target === target)) && outbox.every(({ state }) => state === 'final' || state === 'blocked')
  })
}
