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

interface Derived {
  readonly hash: Uint8Array
  readonly chainSequence: number
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
      const paths = indexes.map((index) => ((index + 1) * TILE_WIDTH <= levelWidth(0, stored) ? tilePath(0, index) : partialTilePath(0)))
      const read: (Uint8Array | undefined)[] = []
      for (let at = 0; at < paths.length; at += 1000) read.push(...(await view.tiles(origin, paths.slice(at, at + 1000))))
      return read
    })
    return (index) => {
      const tile = bytes[Math.floor(index / TILE_WIDTH) - first]
      const at = (index % TILE_WIDTH) * 32
      return tile === undefined || tile.length < at + 32 ? undefined : tile.subarray(at, at + 32)
    }
  }

  /** What the entry and its chain give, with the place in the chain: after the head, or where the chain has a hole after a missing leaf. */
  const derive = (leaf: Leaf, { entry, entryHash, signatureHash }: CheckedEntry): readonly Derived[] => {
    const head = heads.get(chainOf(entry))
    const sequence = head === undefined ? 0 : head.sequence + 1
    const places = [
      { chainSequence: sequence, chainPrevious: head?.leafHash },
      ...(leaf.chainSequence > sequence ? missing.map((hash) => ({ chainSequence: leaf.chainSequence, chainPrevious: hash })) : []),
    ]
    return places.map((place) => ({ chainSequence: place.chainSequence, hash: leafHash(leafInput({ entryHash, signatureHash, ...place })) }))
  }

  const check = (leaf: Leaf, checked: CheckedEntry | undefined, tile: Uint8Array | undefined): Derived => {
    const stored = { hash: leafHash(leaf.leafInput), chainSequence: leaf.chainSequence }
    const derived = checked === undefined ? [] : derive(leaf, checked)
    const id = String(leaf.index)
    const fit = derived.find(({ hash }) => equalBytes(hash, stored.hash))
    if (fit !== undefined) {
      if (fit.chainSequence !== leaf.chainSequence) findings.add({ what: 'altered', kind: 'leaf', id, detail: 'The leaf names another place in its chain than it binds.' })
      return fit
    }
    const byTile = derived.find(({ hash }) => tile !== undefined && equalBytes(hash, tile))
    if (byTile !== undefined) {
      findings.add({ what: 'altered', kind: 'leaf', id, detail: 'The leaf is not the one that entry and tile give.', expected: toHex(byTile.hash), actual: toHex(stored.hash) })
      return byTile
    }
    if (checked === undefined) return stored
    if (tile === undefined || !equalBytes(tile, stored.hash)) findings.add({ what: 'altered', kind: 'leaf', id, detail: 'Leaf, entry and tile all differ.' })
    else if (checked.sound) findings.add({ what: 'altered', kind: 'entry', id: leaf.id, detail: 'The log binds another entry, signature or place in the chain.', expected: toHex(stored.hash), actual: toHex(derived[0]?.hash ?? stored.hash) })
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
        const { hash, chainSequence } = check(leaf, checked, tileOf(leaf.index))
        const chain = checked === undefined ? leaf.chain : chainOf(checked.entry)
        if (checked !== undefined && leaf.chain !== chain) findings.add({ what: 'altered', kind: 'leaf', id: String(leaf.index), detail: 'The leaf names another chain than its entry.' })
        heads.set(chain, { sequence: chainSequence, leafHash: hash })
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
