import {
  appendLeaves, chainOf, checkpointBody, commit, credentialBytes, CREDENTIAL_MEDIA_TYPE, inclusionPath, leafHash, leafInput, openingToJson, readStoredTiles, revocationBytes, REVOCATION_MEDIA_TYPE, rootOfFrontier, signCheckpoint, signEntries,
  signEntry, signatureHash, entryHash, subjectPseudonym, tilesFor, toBase64url, utf8, type Credential, type Entry, type EntrySignature, type LoggedEntry, type OpeningJson, type ProofFile, type Signer, type TreeState, type Trust,
} from '../index.ts'
import { ed25519Signer, es256Signer } from './test-keys.ts'

export const ORIGIN = 'careledger.example/log/1'
export const subjectSecret = new Uint8Array(32).fill(1)

/** A fixed UUIDv7. */
export const testId = (n: number): string => `01890a5d-ac96-774b-8000-${n.toString(16).padStart(12, '0')}`
const testSalt = (n: number): Uint8Array => Uint8Array.from({ length: 32 }, (_, index) => (n * 37 + index) % 256)

/** A log in memory, as a sequencer would write it. */
const createTestLog = () => {
  let state: TreeState = { size: 0, frontier: [] }
  const tiles = new Map<string, Uint8Array>()
  const heads = new Map<string, { readonly sequence: number; readonly hash: Uint8Array }>()
  const logged: (Omit<LoggedEntry, 'path'> & { readonly hash: Uint8Array })[] = []

  const add = (entry: Entry, signature: EntrySignature, opening?: OpeningJson): number => {
    const head = heads.get(chainOf(entry))
    const chainSequence = head === undefined ? 0 : head.sequence + 1
    const hash = leafHash(leafInput({ entryHash: entryHash(entry), signatureHash: signatureHash(signature), chainSequence, chainPrevious: head?.hash }))
    for (const row of tilesFor({ size: state.size, partial: (level) => tiles.get(`partial/${level}`), leafHashes: [hash] })) tiles.set(row.path, row.bytes)
    state = appendLeaves(state, [hash])
    heads.set(chainOf(entry), { sequence: chainSequence, hash })
    const leaf = head === undefined ? { chainSequence } : { chainSequence, chainPrevious: toBase64url(head.hash) }
    logged.push({ entry, signature, leaf, index: logged.length, hash, ...(opening === undefined ? {} : { opening }) })
    return logged.length - 1
  }
  const read = readStoredTilesNow(() => state.size, tiles)
  const prove = async (index: number): Promise<LoggedEntry> => {
    const { hash: _, ...rest } = logged[index]!
    return { ...rest, path: (await inclusionPath(index, state.size, read)).map(toBase64url) }
  }
  const checkpoint = (signer: Signer): Promise<string> => signCheckpoint(checkpointBody({ origin: ORIGIN, size: state.size, root: rootOfFrontier(state) }), signer)
  /** The proof file of the entry at `index`, with the credentials at `credentials`. */
  const proof = async (index: number, credentials: readonly number[], note: string): Promise<ProofFile> => {
    const { entry, signature, leaf, path, opening } = await prove(index)
    return {
      format: 'careledger-proof/1', entry, signature, leaf, log: { origin: ORIGIN, index, size: state.size, path }, checkpoint: note,
      credentials: await Promise.all(credentials.map(prove)), anchors: [], ...(opening === undefined ? {} : { opening }),
    }
  }
  return { add, prove, checkpoint, proof, leafHashOf: (index: number) => logged[index]!.hash, size: () => state.size }
}

const readStoredTilesNow = (size: () => number, tiles: ReadonlyMap<string, Uint8Array>) => (requests: Parameters<ReturnType<typeof readStoredTiles>>[0]) =>
  readStoredTiles(size(), (paths) => Promise.resolve(paths.map((path) => tiles.get(path))))(requests)

/** Entry number `n` by this signer, with its payload committed. */
export const testEntry = (n: number, signer: Signer, party: string, members: Partial<Entry>, payload?: { readonly mediaType: string; readonly bytes: Uint8Array }, credential?: string) => {
  const opening = payload === undefined ? undefined : { salt: testSalt(n), mediaType: payload.mediaType, payload: payload.bytes }
  const entry: Entry = {
    v: 1, id: testId(n), network: 'identity', type: 'key-enrolled', custodian: 'platform', issuedAt: '2026-11-22T12:00:00.000Z',
    ...(opening === undefined ? {} : { payload: toBase64url(commit(opening)) }),
    author: { party, key: signer.key, ...(credential === undefined ? {} : { credential }) },
    ...members,
  }
  return { entry, opening: opening === undefined ? undefined : openingToJson(opening) }
}

const enrolment = (credential: Credential) => ({ mediaType: CREDENTIAL_MEDIA_TYPE, bytes: credentialBytes(credential) })
export const fhirPayload = { mediaType: 'application/fhir+json', bytes: utf8('{"resourceType":"Observation","status":"final","code":{"text":"Body Weight"},"valueQuantity":{"value":82.40,"unit":"kg"}}') }

/**
 * Platform, hospital and doctor enrolled (indexes 0, 1, 2), then the doctor's record by itself (3), two signed together (4, 5), a
 * correction of the first (6), the doctor's key revoked by the hospital (7), and a record signed after that (8).
 */
export const createTestStory = async () => {
  const [root, hospital, logKey, witness, platformWitness] = await Promise.all([1, 2, 7, 8, 9].map(ed25519Signer)) as [Signer, Signer, Signer, Signer, Signer]
  const doctor = es256Signer(3)
  const log = createTestLog()
  const single = async (made: ReturnType<typeof testEntry>, signer: Signer) => log.add(made.entry, await signEntry(made.entry, signer), made.opening)

  await single(testEntry(0, root, 'platform', { type: 'platform-root' }, enrolment({ v: 1, party: 'platform', kind: 'platform', roles: ['platform'], key: root.publicJwk })), root)
  await single(testEntry(1, root, 'platform', { type: 'organisation-enrolled' }, enrolment({ v: 1, party: 'hospital-a', kind: 'organisation', roles: ['admin'], key: hospital.publicJwk }), testId(0)), root)
  await single(testEntry(2, hospital, 'hospital-a', { custodian: 'hospital-a' }, enrolment({ v: 1, party: 'doctor-1', kind: 'person', organisation: 'hospital-a', roles: ['doctor'], key: doctor.publicJwk }), testId(1)), hospital)

  const record = (n: number, members: Partial<Entry> = {}) =>
    testEntry(n, doctor, 'doctor-1', { network: 'hospital', type: 'record-created', custodian: 'hospital-a', subject: subjectPseudonym(subjectSecret), ...members }, fhirPayload, testId(2))
  await single(record(3), doctor)
  const batch = [record(4), record(5)]
  const signatures = await signEntries(batch.map(({ entry }) => entry), doctor)
  batch.forEach(({ entry, opening }, index) => log.add(entry, signatures[index]!, opening))
  await single(record(6, { replaces: testId(3) }), doctor)
  await single(testEntry(7, hospital, 'hospital-a', { type: 'key-revoked', custodian: 'hospital-a' }, { mediaType: REVOCATION_MEDIA_TYPE, bytes: revocationBytes(doctor.key) }, testId(1)), hospital)
  await single(record(8), doctor)

  const trust: Trust = { logs: [{ origin: ORIGIN, key: logKey.publicJwk }], root: root.publicJwk, witnesses: [], witnessThreshold: 0 }
  return { log, trust, root, hospital, doctor, logKey, witness, platformWitness, record }
}
