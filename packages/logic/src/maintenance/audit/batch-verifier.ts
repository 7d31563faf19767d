import { entryHash, equalBytes, fromBase64url, isBatchSignature, leafHash, nodeHash, samePublicKey, type Author, type BatchSignature, type PublicJwk } from '@careledger/proof'
import { createSignatureVerifier, type SignatureVerifier } from '../../entries/verify-signatures.ts'

/** The newest batch whose signature held, with every node of its tree that a verified path has shown. */
interface KnownBatch {
  readonly jws: string
  readonly count: number
  readonly author: Author
  readonly jwk: PublicJwk
  readonly nodes: Map<number, Uint8Array>
}

/**
 * Verifies signatures as the write path does. Entries of one batch come one after another in the log: of each but the first, only that part
 * of its path is hashed which no former one has shown, and the rest is compared byte by byte. A thousand entries cost a thousand hashes in
 * place of ten thousand.
 */
export function createBatchVerifier(): SignatureVerifier {
  const whole = createSignatureVerifier()
  let known: KnownBatch | undefined
  return {
    verify(read, jwk) {
      const { entry, signature } = read
      if (!isBatchSignature(signature)) return whole.verify(read, jwk)
      const leaf = leafHash(read.entryHash ?? entryHash(read.canonical))
      const path = signature.path.map(fromBase64url)
      if (known !== undefined && isOf(known, entry.author, signature, jwk) && follow(known.nodes, signature, leaf, path)) return
      whole.verify(read, jwk)
      if (known === undefined || !isOf(known, entry.author, signature, jwk)) known = { jws: signature.jws, count: signature.count, author: entry.author, jwk, nodes: new Map() }
      remember(known.nodes, signature, leaf, path)
    },
  }
}

function isOf(known: KnownBatch, author: Author, signature: BatchSignature, jwk: PublicJwk): boolean {
  return known.jws === signature.jws && known.count === signature.count && known.author.party === author.party && known.author.key === author.key
    && known.author.credential === author.credential && (known.jwk === jwk || samePublicKey(known.jwk, jwk))
}

/** Whether the path leads to a known node, and goes on from there by known ones. Nodes above a known one are known, and so are their siblings. */
function follow(nodes: Map<number, Uint8Array>, { index, count }: BatchSignature, leaf: Uint8Array, path: readonly Uint8Array[]): boolean {
  const shown: [number, Uint8Array][] = []
  let hash: Uint8Array | undefined = leaf
  let used = 0
  for (const { name, sibling, left } of steps(index, count)) {
    const there = nodes.get(name)
    if (there !== undefined && hash !== undefined && !equalBytes(there, hash)) return false
    if (there !== undefined) hash = undefined
    else if (hash !== undefined) shown.push([name, hash])
    if (sibling === undefined) continue
    const beside = path[used++]
    const besideKnown = nodes.get(sibling)
    if (beside === undefined || (besideKnown !== undefined && !equalBytes(besideKnown, beside))) return false
    if (hash === undefined) {
      if (besideKnown === undefined) return false
      continue
    }
    shown.push([sibling, beside])
    hash = left ? nodeHash(beside, hash) : nodeHash(hash, beside)
  }
  // A hash that never met a known node, not even the root, proves nothing.
  if (hash !== undefined || used !== path.length) return false
  for (const [name, value] of shown) nodes.set(name, value)
  return true
}

/** Every node on a path that was verified to the signed root, and beside it. */
function remember(nodes: Map<number, Uint8Array>, { index, count }: BatchSignature, leaf: Uint8Array, path: readonly Uint8Array[]): void {
  let hash = leaf
  let used = 0
  for (const { name, sibling, left } of steps(index, count)) {
    nodes.set(name, hash)
    const beside = sibling === undefined ? undefined : path[used++]
    if (sibling === undefined || beside === undefined) continue
    nodes.set(sibling, beside)
    hash = left ? nodeHash(beside, hash) : nodeHash(hash, beside)
  }
}

/** The nodes from a leaf to the root: their names, and their siblings' where they have one; a node without rises unchanged. */
function* steps(index: number, count: number): Generator<{ readonly name: number; readonly sibling?: number | undefined; readonly left: boolean }> {
  for (let level = 0, place = index, width = count; ; level++, place >>= 1, width = Math.ceil(width / 2)) {
    const base = level * 8192
    if (width === 1) return yield { name: base + place, left: false }
    yield { name: base + place, sibling: (place ^ 1) < width ? base + (place ^ 1) : undefined, left: place % 2 === 1 }
  }
}
