import type { Leaf } from '@careledger/data-spec'
import { chainOf, equalBytes, leafHash, leafInput, TILE_WIDTH, tilePath, partialTilePath, levelWidth, toHex } from '@careledger/proof'
import type { ChainHead } from '../../log/place-leaves.ts'
import type { Parts } from '../../parts.ts'
import type { CheckedEntry } from './check-entry.ts'
import type { Findings } from './findings.ts'

/**
 * Compares each leaf with its entry, its chain and the tile that holds its hash; where they differ, two of three decide which one was
 * changed. Gives the hashes that the tree should be built of.
 */
export interface LeafCheck {
  page(leaves: readonly { readonly leaf: Leaf; readonly checked?: CheckedEntry | undefined }[]): Promise<readonly Uint8Array[]>
  /** Compares the chains' stored heads. */
  finish(): Promise<void>
}

export function createLeafCheck(parts: Parts, findings: Findings, size: number): LeafCheck {
  const { origin } = parts.log
  const heads = new Map<string, ChainHead>()
  /** Hashes of leaves that are missing; the next leaf of their chain follows one of them. */
  const missing: Uint8Array[] = []
  let next = 0

  const tileHashes = async (from: number, to: number): Promise<(index: number) => Uint8Array | undefined> => {
    const first = Math.floor(from / TILE_WIDTH)
    const indexes = Array.from({ length: Math.floor((to - 1) / TILE_WIDTH) - first + 1 }, (_, place) => first + place)
    const bytes = await parts.store.read(async (view) => {
      const stored = (await view.treeState(origin)).size
      return view.tiles(origin, indexes.map((index) => ((index + 1) * TILE_WIDTH <= levelWidth(0, stored) ? tilePath(0, index) : partialTilePath(0))))
    })
    return (index) => {
      const tile = bytes[Math.floor(index / TILE_WIDTH) - first]
      const at = (index % TILE_WIDTH) * 32
      return tile === undefined || tile.length < at + 32 ? undefined : tile.subarray(at, at + 32)
    }
  }

  /** What the entry and its chain give; several where the chain has a hole. */
  const derive = (leaf: Leaf, { entry, entryHash, signatureHash }: CheckedEntry): readonly Uint8Array[] => {
    const head = heads.get(chainOf(entry))
    const sequence = head === undefined ? 0 : head.sequence + 1
    if (leaf.chainSequence === 0 && sequence === 0) return [leafInput({ entryHash, signatureHash, chainSequence: 0 })]
    const former = leaf.chainSequence === sequence ? (head === undefined ? [] : [head.leafHash]) : missing
    return leaf.chainSequence < 1 ? [] : former.map((hash) => leafInput({ entryHash, signatureHash, chainSequence: leaf.chainSequence, chainPrevious: hash }))
  }

  const check = (leaf: Leaf, checked: CheckedEntry | undefined, tile: Uint8Array | undefined): Uint8Array => {
    const stored = leafHash(leaf.leafInput)
    const derived = checked === undefined ? [] : derive(leaf, checked).map(leafHash)
    const inTile = tile !== undefined && equalBytes(tile, stored)
    const fits = derived.some((hash) => equalBytes(hash, stored))
    const id = String(leaf.index)
    if (fits) return stored
    const byTile = derived.find((hash) => tile !== undefined && equalBytes(hash, tile))
    if (byTile !== undefined) {
      findings.add({ what: 'altered', kind: 'leaf', id, detail: 'The leaf is not the one that entry and tile give.', expected: toHex(byTile), actual: toHex(stored) })
      return byTile
    }
    if (checked === undefined) return stored
    if (!inTile) findings.add({ what: 'altered', kind: 'leaf', id, detail: 'Leaf, entry and tile all differ.' })
    else if (checked.sound) findings.add({ what: 'altered', kind: 'entry', id: leaf.id, detail: 'The log binds another entry, signature or place in the chain.', expected: toHex(stored), actual: toHex(derived[0] ?? stored) })
    return stored
  }

  return {
    async page(leaves) {
      const last = leaves.at(-1)?.leaf.index
      if (last === undefined) return []
      const tileOf = await tileHashes(next, last + 1)
      const hashes: Uint8Array[] = []
      for (const { leaf, checked } of leaves) {
        for (; next < leaf.index; next++) {
          findings.add({ what: 'removed', kind: 'leaf', id: String(next), detail: 'A leaf of the log is missing.' })
          const hash = tileOf(next) ?? new Uint8Array(32)
          missing.push(hash)
          hashes.push(hash)
        }
        const hash = check(leaf, checked, tileOf(leaf.index))
        const chain = checked === undefined ? leaf.chain : chainOf(checked.entry)
        if (checked !== undefined && leaf.chain !== chain) findings.add({ what: 'altered', kind: 'leaf', id: String(leaf.index), detail: 'The leaf names another chain than its entry.' })
        heads.set(chain, { sequence: leaf.chainSequence, leafHash: hash })
        hashes.push(hash)
        next = leaf.index + 1
      }
      return hashes
    },
    async finish() {
      const chains = [...heads.keys()]
      for (let from = 0; from < chains.length; from += 1000) {
        const page = chains.slice(from, from + 1000)
        const state = await parts.store.sequencer.state(origin, page)
        if (state.size !== size) return
        for (const chain of page) {
          const stored = state.heads.get(chain)
          const head = heads.get(chain) as ChainHead
          if (stored === undefined || stored.sequence !== head.sequence || !equalBytes(stored.leafHash, head.leafHash)) findings.add({ what: 'altered', kind: 'leaf', id: `head of ${chain.split('/').slice(0, 2).join('/')}`, detail: 'The head of a chain is not its newest leaf.' })
        }
      }
    },
  }
}
