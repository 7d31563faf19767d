import { parseEntry, parseEntrySignature, entrySignatureBytes, type BatchSignature } from '@careledger/proof'
import { describe, expect, it } from 'vitest'
import { draft, newSigner, signBatch } from '../__fixtures__/world.ts'
import { createSignatureVerifier } from './verify-signatures.ts'

async function createBatch(count: number) {
  const signer = newSigner()
  const author = { party: 'doctor-1', key: signer.key, credential: '01890a5d-ac96-774b-bcce-b302099a8057' }
  const signed = await signBatch(signer, Array.from({ length: count }, () => ({ entry: draft({ type: 'item-stocked', author }) })))
  return { signer, author, reads: signed.map(({ entry, signature }) => ({ entry: parseEntry(entry as Uint8Array), canonical: entry as Uint8Array, signature: parseEntrySignature(entrySignatureBytes(signature)) as BatchSignature })) }
}

describe('the signature verifier', () => {
  it('takes every entry of a batch in any order, and of two batches in turn', async () => {
    const [one, two] = [await createBatch(9), await createBatch(5)]
    const verifier = createSignatureVerifier()
    for (const read of one.reads.toReversed()) verifier.verify(read, one.signer.publicJwk)
    for (let place = 0; place < 5; place++) {
      verifier.verify(two.reads[place]!, two.signer.publicJwk)
      verifier.verify(one.reads[place]!, one.signer.publicJwk)
    }
  })

  it('refuses, after the batch has held, another place, count, path, author or key', async () => {
    const { signer, reads } = await createBatch(9)
    const [first, second] = reads as [typeof reads[0], typeof reads[0]]
    const other = await createBatch(9)
    const verifier = createSignatureVerifier()
    verifier.verify(first!, signer.publicJwk)
    const bad = [
      { ...second!, signature: { ...second!.signature, index: 2 } },
      { ...second!, signature: { ...second!.signature, count: 10 } },
      { ...second!, signature: { ...second!.signature, path: first!.signature.path } },
      { ...second!, signature: { ...second!.signature, jws: other.reads[0]!.signature.jws } },
      { ...second!, entry: { ...second!.entry, author: { ...second!.entry.author, party: 'doctor-2' } } },
      { ...other.reads[1]!, signature: second!.signature },
    ]
    for (const read of bad) expect(() => verifier.verify(read, signer.publicJwk)).toThrow(expect.objectContaining({ code: 'SIGNATURE_INVALID' }))
    expect(() => verifier.verify(second!, other.signer.publicJwk)).toThrow(expect.objectContaining({ code: 'SIGNATURE_INVALID' }))
    verifier.verify(second!, signer.publicJwk)
  })
})
