import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { fillDocument, makeVectors, type Vectors } from './__fixtures__/make-vectors.ts'
import {
  bytesOf, canonical, checkEntry, entryHash, epochKeyOf, hexBytes, hmac, lp, sealWith, sha256, signatureHash, tagged, thumbprint, treeHash, u64, unbase64url, verifyJws, verifyRaw, type Members,
} from './__fixtures__/second-implementation.ts'
import { checkpointId, commitmentOf, leafHashOf, logLine, readNote, secondVerify, verifyCosigner, verifyNote } from './__fixtures__/second-verifier.ts'
import { fromHex, parseEntry, parseSealedPlaintext, sealAad, unseal, unsealChunks, utf8, verifyEntrySignature, type PublicJwk } from './index.ts'

const vectors = JSON.parse(readFileSync(new URL('__fixtures__/vectors.json', import.meta.url), 'utf8')) as Vectors
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const entryOf = (text: string) => checkEntry(JSON.parse(text))
const asMembers = (value: unknown) => value as Members

test('making the vectors again changes nothing', async () => {
  expect(await makeVectors()).toEqual(vectors)
})

test.each(['entry-format', 'proof-format'])('docs/%s.md holds the vectors as they are', (name) => {
  const text = readFileSync(new URL(`../../../docs/${name}.md`, import.meta.url), 'utf8')
  expect(fillDocument(text, vectors)).toBe(text)
})

describe('a second implementation, written from the documents, agrees on', () => {
  test('the conventions', () => {
    const { conventions } = vectors
    expect(hex(u64(conventions.u64.value))).toBe(conventions.u64.hex)
    expect(hex(lp(bytesOf(conventions.lp.bytes)))).toBe(conventions.lp.hex)
    expect(hex(tagged(conventions.taggedHash.name, ...conventions.taggedHash.parts.map(bytesOf)))).toBe(conventions.taggedHash.hash)
    expect(canonical(conventions.canonical.input)).toBe(conventions.canonical.text)
  })

  test('the single signature, its leaf, its ledger record and its checkpoint', () => {
    const { single } = vectors
    const entry = entryOf(single.entry)
    const signature = { jws: single.jws }
    const leaf = leafHashOf({ entry, signature, leaf: { chainSequence: 0 } })
    const epoch = epochKeyOf(hexBytes(single.subjectSecret), single.epoch)
    const blind = hmac(epoch, bytesOf('blind'), leaf)
    expect(thumbprint(single.publicJwk as never)).toBe(single.kid)
    expect(hmac(hexBytes(single.subjectSecret), bytesOf('careledger/v1/subject')).toString('base64url')).toBe(single.subject)
    expect(hex(entryHash(entry))).toBe(single.entryHash)
    expect(verifyJws(entry, signature, single.publicJwk as never)).toBe(true)
    expect(hex(signatureHash(signature))).toBe(single.signatureHash)
    expect(hex(sha256(Buffer.of(0), hexBytes(single.leafInput)))).toBe(single.leafHash)
    expect(hex(leaf)).toBe(single.leafHash)
    expect(hex(hmac(epoch, bytesOf('key')))).toBe(single.record.key)
    expect(hex(hmac(epoch, bytesOf('id'), hexBytes((entry.id as string).replaceAll('-', ''))).subarray(0, 16))).toBe(single.record.id)
    expect(hex(tagged('record', leaf, blind))).toBe(single.record.digest)
    expect(verifyNote(readNote(single.note), single.publicJwk as never)).toBe(true)
  })

  test('an ES256 signature', async () => {
    const { es256 } = vectors
    expect(thumbprint(es256.publicJwk as never)).toBe(es256.kid)
    expect(hex(entryHash(entryOf(es256.entry)))).toBe(es256.entryHash)
    expect(verifyJws(entryOf(es256.entry), { jws: es256.jws }, es256.publicJwk as never)).toBe(true)
    expect(hex(signatureHash({ jws: es256.jws }))).toBe(es256.signatureHash)
    await verifyEntrySignature(parseEntry(utf8(es256.entry)), { jws: es256.jws }, es256.publicJwk as PublicJwk)
  })

  test('a batch', () => {
    const { batch, single } = vectors
    const entries = batch.entries.map(entryOf)
    expect(treeHash(entries.map(entryHash)).toString('base64url')).toBe(batch.root)
    batch.signatures.forEach((signature, index) => {
      expect(verifyJws(entries[index]!, asMembers(signature), single.publicJwk as never)).toBe(true)
      expect(hex(signatureHash(asMembers(signature)))).toBe(batch.signatureHashes[index])
    })
    const [header, , tail] = batch.signatures[0]!.jws.split('.')
    expect(verifyRaw(single.publicJwk as never, bytesOf(`${header}.${bytesOf(batch.payload).toString('base64url')}`), unbase64url(tail!))).toBe(true)
  })

  test('a slot id', () => {
    const { slot } = vectors
    expect(canonical([slot.network, slot.kind, slot.thing, slot.n])).toBe(slot.message)
    const id = hmac(hexBytes(slot.slotKey), bytesOf(slot.message)).subarray(0, 16)
    id[6] = (id[6]! % 16) + 128
    id[8] = (id[8]! % 64) + 128
    expect(hex(id)).toBe(slot.id.replaceAll('-', ''))
  })

  test('a commitment', () => {
    const { commitment } = vectors
    const opening = { salt: hexBytes(commitment.salt).toString('base64url'), mediaType: commitment.mediaType }
    expect(commitmentOf({ ...opening, payload: bytesOf(commitment.payload).toString('base64url') })).toBe(commitment.commitment)
    expect(commitmentOf({ ...opening, sha256: hexBytes(commitment.sha256).toString('base64url') })).toBe(commitment.commitment)
  })

  test('a sealed payload, which opens', async () => {
    const { sealing } = vectors
    const plaintext = Buffer.concat([lp(hexBytes(sealing.salt)), lp(bytesOf(sealing.mediaType)), lp(bytesOf(sealing.payload))])
    const id = hexBytes(sealing.id.replaceAll('-', ''))
    expect(hex(plaintext)).toBe(sealing.plaintext)
    expect(hex(tagged('aad', unbase64url(sealing.subject!), id, bytesOf(sealing.custodian)))).toBe(sealing.aad)
    expect(hex(tagged('aad', Buffer.alloc(0), id, bytesOf(sealing.custodian)))).toBe(sealing.aadWithoutSubject)
    expect(hex(sealWith(hexBytes(sealing.contentKey), hexBytes(sealing.nonce), plaintext, hexBytes(sealing.aad)))).toBe(sealing.sealed)
    const opened = parseSealedPlaintext(await unseal(fromHex(sealing.contentKey), fromHex(sealing.sealed), sealAad(sealing)))
    expect(opened).toEqual({ salt: fromHex(sealing.salt), mediaType: sealing.mediaType, payload: utf8(sealing.payload) })
  })

  test('a document in chunks, which opens', async () => {
    const { chunks } = vectors
    const payload = Uint8Array.from({ length: 1_048_576 }, (_, index) => index % 251)
    const plaintext = Buffer.concat([lp(hexBytes(chunks.salt)), lp(bytesOf(chunks.mediaType)), lp(payload)])
    const aad = tagged('aad', unbase64url(chunks.subject!), hexBytes(chunks.id.replaceAll('-', '')), bytesOf(chunks.custodian))
    const pieces = [0, 1].map((chunk) => {
      expect(hex(Buffer.concat([aad, u64(chunk), u64(2)]))).toBe(chunks.aads[chunk])
      return sealWith(hexBytes(chunks.contentKey), hexBytes(chunks.nonces[chunk]!), plaintext.subarray(chunk * 1_048_576, (chunk + 1) * 1_048_576), hexBytes(chunks.aads[chunk]!))
    })
    expect(hex(pieces[1]!)).toBe(chunks.lastChunk)
    expect([plaintext.length, Buffer.concat(pieces).length, hex(sha256(...pieces))]).toEqual([chunks.plaintextBytes, chunks.sealedBytes, chunks.sealedSha256])
    const opened = parseSealedPlaintext(await unsealChunks(fromHex(chunks.contentKey), Buffer.concat(pieces), sealAad(chunks)))
    expect(hex(sha256(opened.payload))).toBe(hex(sha256(payload)))
  })

  test('what a ledger sees, epoch by epoch', () => {
    const { ledger } = vectors
    const leaf = hexBytes(ledger.leafHash)
    for (const epoch of ledger.epochs) {
      const key = epochKeyOf(hexBytes(ledger.subjectSecret), epoch.epoch)
      const blind = hmac(key, bytesOf('blind'), leaf)
      expect({
        epoch: epoch.epoch, epochKey: hex(key), key: hex(hmac(key, bytesOf('key'))), id: hex(hmac(key, bytesOf('id'), hexBytes(ledger.entryId.replaceAll('-', '')))).slice(0, 32), blind: hex(blind), digest: hex(tagged('record', leaf, blind)),
      }).toEqual(epoch)
    }
    expect(hex(tagged('record', leaf, Buffer.alloc(0)))).toBe(ledger.withoutSubject.digest)
  })

  test('roots, paths and tiles', () => {
    const { tree } = vectors
    const inputs = tree.leafInputs.map(hexBytes)
    const node = (left: Uint8Array, right: Uint8Array) => sha256(Buffer.of(1), left, right)
    const [l0, l1, l2, l3, l4, l5, l6] = inputs.map((input) => sha256(Buffer.of(0), input)) as [Buffer, Buffer, Buffer, Buffer, Buffer, Buffer, Buffer]
    tree.roots.forEach((root, size) => expect(hex(treeHash(inputs.slice(0, size)))).toBe(root))
    expect([l5, l6, node(node(l0, l1), node(l2, l3))].map(hex)).toEqual(tree.inclusion.path)
    expect([l2, l3, node(l0, l1), node(node(l4, l5), l6)].map(hex)).toEqual(tree.consistency.path)
    const { chained } = tree
    const input = tagged('leaf', hexBytes(chained.entryHash), hexBytes(chained.signatureHash), u64(1), hexBytes(chained.chainPrevious))
    expect([hex(input), hex(sha256(Buffer.of(0), input))]).toEqual([chained.leafInput, chained.leafHash])
    let level = Array.from({ length: 70_000 }, (_, index) => sha256(u64(index)))
    for (let height = 0; level.length > 1; height++) {
      if (height === 8) expect(hex(sha256(...level.slice(0, 256)))).toBe(tree.large.tileSha256)
      level = Array.from({ length: Math.ceil(level.length / 2) }, (_, index) => (2 * index + 1 < level.length ? node(level[2 * index]!, level[2 * index + 1]!) : level[2 * index]!))
    }
    expect(hex(level[0]!)).toBe(tree.large.root)
  })

  test('a checkpoint, its cosignature and its ledger record', () => {
    const { checkpoint } = vectors
    const note = readNote(checkpoint.cosigned)
    expect([note.origin, note.size, hex(note.root)]).toEqual([checkpoint.origin, checkpoint.size, checkpoint.root])
    expect(verifyNote(note, checkpoint.logKey as never)).toBe(true)
    expect(verifyCosigner(note, checkpoint.witness.name, checkpoint.witness.key as never)).toBe(true)
    expect(`${note.body}\n${logLine(note, checkpoint.logKey as never).line}\n`).toBe(checkpoint.record.data)
    expect(hex(sha256(bytesOf(checkpoint.record.data)))).toBe(checkpoint.record.digest)
    expect(checkpointId(checkpoint.origin, checkpoint.size)).toBe(checkpoint.record.id)
  })

  test('a whole proof file', () => {
    const { proof } = vectors
    expect(secondVerify(bytesOf(proof.file), proof.trust)).toEqual({ valid: proof.valid, outcomes: proof.outcomes })
    expect(proof.valid).toBe(true)
  })
})

test('the first vector, made before this code by two other programs, comes out exactly', () => {
  const { single } = vectors
  const { kid, subject, entry: entryJcs, entryHash: hash, jws, signatureHash: ofSignature, leafInput, leafHash, note } = single
  const { blind: _, ...record } = single.record
  const commitment = parseEntry(utf8(entryJcs)).payload
  expect({ kid, subject, commitment, entryJcs, entryHash: hash, jws, signatureHash: ofSignature, leafInput, leafHash, record, note }).toEqual(
    JSON.parse(readFileSync(new URL('__fixtures__/first-vector.json', import.meta.url), 'utf8')),
  )
})
