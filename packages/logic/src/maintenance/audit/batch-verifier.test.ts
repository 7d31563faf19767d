import { describe, expect, it } from 'vitest'
import { entryHash, fromBase64url, isBatchSignature, parseEntry, toBase64url, type BatchSignature } from '@careledger/proof'
import { draft, newSigner, signBatch } from '../../__fixtures__/world.ts'
import { createBatchVerifier } from './batch-verifier.ts'

const batchOf = async (count: number) => {
  const signer = newSigner()
  const author = { party: 'somebody', key: signer.key, credential: '01890a5d-ac96-774b-bcce-b302099a8057' }
  const signed = await signBatch(signer, Array.from({ length: count }, () => ({ entry: draft({ type: 'item-stocked', author }) })))
  const reads = signed.map(({ entry, signature }) => ({ entry: parseEntry(entry as Uint8Array), canonical: entry as Uint8Array, signature: signature as BatchSignature, entryHash: entryHash(entry as Uint8Array) }))
  return { signer, reads }
}
const flipped = (text: string): string => toBase64url(fromBase64url(text).map((byte, place) => (place === 7 ? byte ^ 1 : byte)))

describe('batch verifier', () => {
  it.each([1, 2, 3, 7, 64, 100, 129])('takes every entry of a batch of %i, in any order', async (count) => {
    const { signer, reads } = await batchOf(count)
    for (const order of [reads, reads.toReversed(), reads.toSorted(() => Math.random() - 0.5)]) {
      const verifier = createBatchVerifier()
      for (const read of order) verifier.verify(read, signer.publicJwk)
    }
  })

  it('refuses an altered hash at every place of every path, whatever was verified before', async () => {
    const { signer, reads } = await batchOf(21)
    for (const [at, read] of reads.entries()) {
      expect(isBatchSignature(read.signature)).toBe(true)
      for (const [place, hash] of read.signature.path.entries()) {
        const verifier = createBatchVerifier()
        for (const former of reads.slice(0, at)) verifier.verify(former, signer.publicJwk)
        const altered = { ...read, signature: { ...read.signature, path: read.signature.path.with(place, flipped(hash)) } }
        expect(() => verifier.verify(altered, signer.publicJwk)).toThrow('signature')
        verifier.verify(read, signer.publicJwk)
      }
    }
  })

  it('refuses another entry, another place, another count, a shorter and a longer path, and another author in the same batch', async () => {
    const { signer, reads } = await batchOf(21)
    const [first, second, third] = reads as [typeof reads[0], typeof reads[0], typeof reads[0]]
    const wrong = [
      { ...second, entryHash: third.entryHash, canonical: third.canonical },
      { ...second, signature: { ...second.signature, index: 2 } },
      { ...second, signature: { ...second.signature, count: 22 } },
      { ...second, signature: { ...second.signature, path: second.signature.path.slice(0, -1) } },
      { ...second, signature: { ...second.signature, path: [...second.signature.path, second.signature.path[0] as string] } },
      { ...second, entry: { ...second.entry, author: { ...second.entry.author, party: 'other' } } },
    ]
    const verifier = createBatchVerifier()
    verifier.verify(first, signer.publicJwk)
    for (const read of wrong) expect(() => verifier.verify(read, signer.publicJwk)).toThrow()
    expect(() => verifier.verify(second, newSigner().publicJwk)).toThrow()
    verifier.verify(second, signer.publicJwk)
  })
})
