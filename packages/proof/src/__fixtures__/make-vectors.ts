/**
 * Makes vectors.json, and writes its parts into the fenced blocks ```json vector=<name> of docs/entry-format.md and docs/proof-format.md.
 * Everything is fixed (keys, salts, nonces, RFC 6979), so a second run changes nothing. From the repository's root:
 *   node --conditions=@careledger/source packages/proof/src/__fixtures__/make-vectors.ts
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import {
  appendLeaves, batchBytes, canonicalize, checkpointLedgerData, checkpointRecordId, chunkAad, commit, concat, consistencyPath, cosignCheckpoint, credentialBytes, entryBytes, entryHash, epochKey, fromUtf8, inclusionPath, leafHash, leafInput, ledgerBlind,
  ledgerKey, ledgerRecordId, lp, merkleRoot, parseEntry, proofBytes, readStoredTiles, recordDigest, revocationBytes, rootOfFrontier, sealAad, sealedPlaintext, sha256, signCheckpoint, signEntries, signEntry, signatureHash, slotId, subjectPseudonym,
  taggedHash, tilePath, tilesFor, toBase64url, toHex, u64, utf8, checkpointBody, verifyProof, type Entry,
} from '../index.ts'
import { ed25519Signer, es256Signer } from './test-keys.ts'
import { createTestStory, fhirPayload, ORIGIN, testEntry, testId } from './test-log.ts'

const repeat = (byte: number, length = 32): Uint8Array => new Uint8Array(length).fill(byte)
const counting = (length: number, from = 0): Uint8Array => Uint8Array.from({ length }, (_, index) => (from + index) % 256)

const conventions = () => ({
  u64: { value: 258, hex: toHex(u64(258)) },
  lp: { bytes: 'abc', hex: toHex(lp(utf8('abc'))) },
  taggedHash: { name: 'entry', parts: ['abc', ''], hash: toHex(taggedHash('entry', utf8('abc'), utf8(''))) },
  canonical: { input: { b: [2, true], a: 'é\n"', '\u20ac': { z: 0 } }, text: canonicalize({ b: [2, true], a: 'é\n"', '\u20ac': { z: 0 } }) },
})

/** The first vector of the format, kept as it was first made: Ed25519 seed 32×07, salt 32×09, subject secret 32×01, epoch 0. */
const single = async () => {
  const signer = await ed25519Signer(7)
  const canonical =
    '{"author":{"key":"--6IM5l0OosLj9yWskISYhUA3n_3CURQkmrYMSha_ck","party":"party-1"},"custodian":"org-1","id":"01890a5d-ac96-774b-bcce-b302099a8057","issuedAt":"2026-11-22T12:00:00.000Z","network":"hospital","payload":"56ulAzZb3JSBaNeO7W1N5nAuEReQNWPOT2Cf1vU0-tc","subject":"H35GHDLg01mj2Ew9UFQgsKG87N_g_1EFYZSvXHS3K74","type":"record-created","v":1}'
  const entry = parseEntry(utf8(canonical))
  const signature = await signEntry(entry, signer)
  const input = leafInput({ entryHash: entryHash(entry), signatureHash: signatureHash(signature), chainSequence: 0 })
  const leaf = leafHash(input)
  const epoch = epochKey(repeat(1), 0)
  return {
    seed: toHex(repeat(7)), subjectSecret: toHex(repeat(1)), epoch: 0, publicJwk: signer.publicJwk, kid: signer.key, subject: subjectPseudonym(repeat(1)), entry: canonical, entryHash: toHex(entryHash(entry)), jws: signature.jws,
    signatureHash: toHex(signatureHash(signature)), leafInput: toHex(input), leafHash: toHex(leaf),
    record: { id: toHex(ledgerRecordId(epoch, entry.id)), key: toHex(ledgerKey(epoch)), blind: toHex(ledgerBlind(epoch, leaf)), digest: toHex(recordDigest(leaf, ledgerBlind(epoch, leaf))) },
    note: await signCheckpoint(checkpointBody({ origin: 'careledger.example/log', size: 1, root: leaf }), signer),
  }
}

const es256 = async () => {
  const signer = es256Signer(3)
  const { entry } = testEntry(1, signer, 'party-2', { network: 'hospital', type: 'stock-counted', custodian: 'org-1' })
  const { jws } = await signEntry(entry, signer)
  return { scalar: toHex(repeat(3)), publicJwk: signer.publicJwk, kid: signer.key, entry: fromUtf8(entryBytes(entry)), entryHash: toHex(entryHash(entry)), jws, signatureHash: toHex(signatureHash({ jws })) }
}

const batch = async () => {
  const signer = await ed25519Signer(7)
  const entries = [10, 11, 12].map((n) => testEntry(n, signer, 'party-1', { network: 'hospital', type: 'stock-counted', custodian: 'org-1' }).entry)
  const root = merkleRoot(entries.map((entry) => leafHash(entryHash(entry))))
  const signatures = await signEntries(entries, signer)
  return {
    entries: entries.map((entry) => fromUtf8(entryBytes(entry))), root: toBase64url(root), payload: fromUtf8(batchBytes({ count: 3, root, author: entries[0]!.author })), signatures, signatureHashes: signatures.map((signature) => toHex(signatureHash(signature))),
  }
}

const slot = () => {
  const place = { network: 'pharmacy', kind: 'pack-owner', thing: 'pack-17', n: 4 }
  return { slotKey: toHex(repeat(5)), ...place, message: canonicalize([place.network, place.kind, place.thing, place.n]), id: slotId(repeat(5), place) }
}

const commitment = () => {
  const opening = { salt: counting(32), mediaType: fhirPayload.mediaType, payload: fhirPayload.bytes }
  return { salt: toHex(opening.salt), mediaType: opening.mediaType, payload: fromUtf8(opening.payload), sha256: toHex(sha256(opening.payload)), commitment: toBase64url(commit(opening)) }
}

const encrypt = async (contentKey: Uint8Array, nonce: Uint8Array, plaintext: Uint8Array, additionalData: Uint8Array): Promise<Uint8Array> => {
  const key = await crypto.subtle.importKey('raw', contentKey as Uint8Array<ArrayBuffer>, 'AES-GCM', false, ['encrypt'])
  const parameters = { name: 'AES-GCM', iv: nonce as Uint8Array<ArrayBuffer>, additionalData: additionalData as Uint8Array<ArrayBuffer> }
  return concat(nonce, new Uint8Array(await crypto.subtle.encrypt(parameters, key, plaintext as Uint8Array<ArrayBuffer>)))
}

const sealedAs: Pick<Entry, 'id' | 'subject' | 'custodian'> = { id: testId(3), subject: subjectPseudonym(repeat(1)), custodian: 'hospital-a' }

const sealing = async () => {
  const plaintext = sealedPlaintext({ salt: counting(32), mediaType: 'text/plain', payload: utf8('abc') })
  const aad = sealAad(sealedAs)
  return {
    ...sealedAs, salt: toHex(counting(32)), mediaType: 'text/plain', payload: 'abc', plaintext: toHex(plaintext), aad: toHex(aad), aadWithoutSubject: toHex(sealAad({ id: sealedAs.id, custodian: sealedAs.custodian })),
    contentKey: toHex(repeat(6)), nonce: toHex(counting(12)), sealed: toHex(await encrypt(repeat(6), counting(12), plaintext, aad)),
  }
}

/** Payload of 1 MiB: byte i is i mod 251. With salt and media type the plaintext has two chunks. */
const chunks = async () => {
  const payload = Uint8Array.from({ length: 1_048_576 }, (_, index) => index % 251)
  const plaintext = sealedPlaintext({ salt: counting(32), mediaType: 'application/octet-stream', payload })
  const aad = sealAad(sealedAs)
  const pieces = await Promise.all([0, 1].map((chunk) => encrypt(repeat(6), counting(12, 100 * chunk), plaintext.subarray(chunk * 1_048_576, (chunk + 1) * 1_048_576), chunkAad(aad, chunk, 2))))
  return {
    ...sealedAs, payload: '1048576 bytes, byte i = i mod 251', mediaType: 'application/octet-stream', salt: toHex(counting(32)), contentKey: toHex(repeat(6)), nonces: [toHex(counting(12)), toHex(counting(12, 100))], plaintextBytes: plaintext.length,
    aads: [0, 1].map((chunk) => toHex(chunkAad(aad, chunk, 2))), sealedBytes: concat(...pieces).length, sealedSha256: toHex(sha256(concat(...pieces))), lastChunk: toHex(pieces[1]!),
  }
}

const ledger = () => {
  const leaf = counting(32)
  return {
    subjectSecret: toHex(repeat(1)), subject: subjectPseudonym(repeat(1)), entryId: testId(3), leafHash: toHex(leaf),
    epochs: [0, 1, 10].map((epoch) => {
      const key = epochKey(repeat(1), epoch)
      const blind = ledgerBlind(key, leaf)
      return { epoch, epochKey: toHex(key), key: toHex(ledgerKey(key)), id: toHex(ledgerRecordId(key, testId(3))), blind: toHex(blind), digest: toHex(recordDigest(leaf, blind)) }
    }),
    withoutSubject: { id: testId(3).replaceAll('-', ''), digest: toHex(recordDigest(leaf)) },
  }
}

const tree = async () => {
  const inputs = Array.from({ length: 7 }, (_, index) => repeat(index))
  const leaves = inputs.map(leafHash)
  const rows = tilesFor({ size: 0, partial: () => undefined, leafHashes: leaves })
  const read = readStoredTiles(7, (paths) => Promise.resolve(paths.map((path) => rows.find((row) => row.path === path)?.bytes)))
  const second = leafInput({ entryHash: repeat(1), signatureHash: repeat(2), chainSequence: 1, chainPrevious: repeat(3) })
  const many = Array.from({ length: 70_000 }, (_, index) => sha256(u64(index)))
  return {
    leafInputs: inputs.map(toHex), roots: [0, 1, 2, 3, 4, 5, 6, 7].map((size) => toHex(merkleRoot(leaves.slice(0, size)))), inclusion: { index: 4, size: 7, path: (await inclusionPath(4, 7, read)).map(toHex) },
    consistency: { from: 3, to: 7, path: (await consistencyPath(3, 7, read)).map(toHex) },
    chained: { entryHash: toHex(repeat(1)), signatureHash: toHex(repeat(2)), chainSequence: 1, chainPrevious: toHex(repeat(3)), leafInput: toHex(second), leafHash: toHex(leafHash(second)) },
    large: { leafHashes: 'SHA-256(u64(i)) for i = 0..69999', root: toHex(rootOfFrontier(appendLeaves({ size: 0, frontier: [] }, many))), tile: tilePath(1, 0), tileSha256: toHex(sha256(tilesFor({ size: 0, partial: () => undefined, leafHashes: many }).find((row) => row.path === tilePath(1, 0))!.bytes)) },
    paths: [[0, 5], [0, 1_234_067], [2, 1000]].map(([level, index]) => ({ level, index, path: tilePath(level!, index!) })),
  }
}

const checkpoint = async () => {
  const [log, witness] = [await ed25519Signer(7), await ed25519Signer(8)]
  const note = await signCheckpoint(checkpointBody({ origin: ORIGIN, size: 70_000, root: counting(32) }), log)
  const data = checkpointLedgerData(note, log.publicJwk)
  return {
    origin: ORIGIN, size: 70_000, root: toHex(counting(32)), logKey: log.publicJwk, note, witness: { name: 'witness.example/a', key: witness.publicJwk }, time: 1_795_348_800, cosigned: await cosignCheckpoint(note, 'witness.example/a', witness, 1_795_348_800),
    record: { id: toHex(checkpointRecordId(ORIGIN, 70_000)), data: fromUtf8(data), digest: toHex(sha256(data)) },
  }
}

const credential = async () => {
  const doctor = es256Signer(3)
  return {
    credential: fromUtf8(credentialBytes({ v: 1, party: 'doctor-1', kind: 'person', organisation: 'hospital-a', roles: ['doctor'], key: doctor.publicJwk })), mediaType: 'application/careledger-credential+json',
    revocation: fromUtf8(revocationBytes(doctor.key)), revocationMediaType: 'application/careledger-revocation+json',
  }
}

const proof = async () => {
  const { log, trust, logKey, witness, platformWitness } = await createTestStory()
  const witnesses = [{ name: 'witness.example/a', key: witness.publicJwk }, { name: 'careledger.example/cosigner', key: platformWitness.publicJwk }]
  const signed = await log.checkpoint(logKey)
  const note = await cosignCheckpoint(await cosignCheckpoint(signed, witnesses[0]!.name, witness, 1_795_348_800), witnesses[1]!.name, platformWitness, 1_795_348_801)
  const record = { ledgerId: 'in-memory:test', kind: 'in-memory', stream: 'hospital' }
  const blind = ledgerBlind(epochKey(repeat(1), 0), log.leafHashOf(5))
  const file = {
    ...(await log.proof(5, [2, 1, 0], note)),
    anchors: [
      { ...record, stream: 'checkpoints', id: toHex(checkpointRecordId(ORIGIN, log.size())), digest: toHex(sha256(checkpointLedgerData(note, logKey.publicJwk))), for: 'checkpoint' as const },
      { ...record, id: toHex(ledgerRecordId(epochKey(repeat(1), 0), testId(5))), digest: toHex(recordDigest(log.leafHashOf(5), blind)), for: 'record' as const, blind: toBase64url(blind) },
    ],
  }
  const pinned = { ...trust, witnesses, witnessThreshold: 2 }
  const { valid, steps } = await verifyProof(proofBytes(file), pinned)
  return { trust: pinned, file: fromUtf8(proofBytes(file)), valid, outcomes: Object.fromEntries(steps.map(({ name, outcome }) => [name, outcome])) }
}

export const makeVectors = async () => ({
  conventions: conventions(), single: await single(), es256: await es256(), batch: await batch(), slot: slot(), commitment: commitment(), sealing: await sealing(), chunks: await chunks(), ledger: ledger(), tree: await tree(), checkpoint: await checkpoint(),
  credential: await credential(), proof: await proof(),
})
export type Vectors = Awaited<ReturnType<typeof makeVectors>>

/** A document with each `json vector=<name>` block filled from the vectors. */
export const fillDocument = (text: string, vectors: Vectors): string =>
  text.replaceAll(/```json vector=([a-z0-9]+)\n[^]*?```/g, (_, name: string) => `\`\`\`json vector=${name}\n${JSON.stringify(vectors[name as keyof Vectors], undefined, 1)}\n\`\`\``)

if (import.meta.main) {
  const vectors = await makeVectors()
  writeFileSync(new URL('vectors.json', import.meta.url), `${JSON.stringify(vectors, undefined, 1)}\n`)
  for (const name of ['entry-format', 'proof-format']) {
    const path = new URL(`../../../../docs/${name}.md`, import.meta.url)
    if (existsSync(path)) writeFileSync(path, fillDocument(readFileSync(path, 'utf8'), vectors))
  }
}
