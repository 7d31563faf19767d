import type { Checkpoint, TreeState } from '@careledger/data-spec'
import { appendLeaves, concat, emptyRoot, equalBytes, levelWidth, parseTilePath, partialTilePath, perfectRoot, rootOfFrontier, TILE_WIDTH, tilePath, toHex, verifyCosignatures, verifyPinnedCheckpoint } from '@careledger/proof'
import type { Parts } from '../../parts.ts'
import { pinnedLogs } from '../../log/log-keys.ts'
import { knownWitnesses } from '../../log/read-trust.ts'
import type { Findings } from './findings.ts'

/** Builds the tree again, leaf by leaf, and compares it with tiles, frontier and every checkpoint. Keeps the right edge only. */
export interface TreeCheck {
  /** The next leaf hashes, as the entries give them. */
  push(leafHashes: readonly Uint8Array[]): Promise<void>
  /** After the last leaf: partial tiles, frontier, what is left over. Gives the number of checkpoints seen. */
  finish(): Promise<number>
}

/** `size` is the tree's size when the audit began: checkpoints and tiles beyond it are left for the next audit. */
export function createTreeCheck(parts: Parts, findings: Findings, size: number): TreeCheck {
  const { origin } = parts.log
  let tree: TreeState = { size: 0, frontier: [] }
  const levels: Uint8Array[][] = []
  const full = new Map<string, Uint8Array>()
  const checkpoints = checkpointPager(parts, size)
  let seen = 0

  const fill = (level: number, hash: Uint8Array): void => {
    const row = (levels[level] ??= [])
    row.push(hash)
    if (row.length < TILE_WIDTH) return
    const bytes = concat(...row)
    full.set(tilePath(level, Math.floor((levelWidth(level, tree.size) - 1) / TILE_WIDTH)), bytes)
    levels[level] = []
    fill(level + 1, perfectRoot(bytes))
  }
  const compareFull = async (): Promise<void> => {
    const paths = [...full.keys()]
    const stored = paths.length === 0 ? [] : await parts.store.read((view) => view.tiles(origin, paths))
    paths.forEach((path, place) => compareTile(findings, path, full.get(path) as Uint8Array, stored[place]))
    full.clear()
  }
  const checkCheckpoint = async (checkpoint: Checkpoint): Promise<void> => {
    seen++
    await compareCheckpoint(parts, findings, checkpoint, tree.size === 0 ? emptyRoot() : rootOfFrontier(tree))
  }

  return {
    async push(leafHashes) {
      for (let from = 0; from < leafHashes.length; ) {
        const next = await checkpoints.peek()
        const some = leafHashes.slice(from, next === undefined ? undefined : from + Math.max(0, next.size - tree.size))
        from += some.length
        for (const hash of some) {
          // The levels of tiles are filled by what the tree's size is after each leaf.
          tree = appendLeaves(tree, [hash])
          fill(0, hash)
        }
        for (let due = next; due !== undefined && due.size <= tree.size; due = await checkpoints.peek()) {
          await checkCheckpoint(due)
          checkpoints.take()
        }
      }
      await compareFull()
    },
    async finish() {
      for (let left = await checkpoints.peek(); left !== undefined; left = await checkpoints.peek()) {
        findings.add({ what: 'added', kind: 'checkpoint', id: String(left.size), detail: 'The checkpoint is of no state that the leaves give.' })
        checkpoints.take()
      }
      await finishTiles(parts, findings, tree, levels)
      return seen
    },
  }
}

/** Checkpoints up to `size`, one after another. */
function checkpointPager(parts: Parts, size: number): { peek(): Promise<Checkpoint | undefined>; take(): void } {
  let page: Checkpoint[] = []
  let after: number | undefined
  let ended = false
  return {
    async peek() {
      if (page.length === 0 && !ended) {
        page = [...(await parts.store.read((view) => view.checkpoints(parts.log.origin, { after, limit: 1000 })))].filter((checkpoint) => checkpoint.size <= size)
        ended = page.length === 0
        after = page.at(-1)?.size
      }
      return page[0]
    },
    take: () => void page.shift(),
  }
}

function compareTile(findings: Findings, path: string, expected: Uint8Array, stored: Uint8Array | undefined): void {
  if (stored === undefined && expected.length > 0) findings.add({ what: 'removed', kind: 'tile', id: path, detail: 'A tile of the tree is missing.' })
  else if (stored !== undefined && !equalBytes(stored, expected)) findings.add({ what: 'altered', kind: 'tile', id: path, detail: 'The tile does not hold the hashes of the leaves.', expected: toHex(expected), actual: toHex(stored) })
}

async function compareCheckpoint(parts: Parts, findings: Findings, checkpoint: Checkpoint, root: Uint8Array): Promise<void> {
  const altered = (detail: string): void => findings.add({ what: 'altered', kind: 'checkpoint', id: String(checkpoint.size), detail })
  try {
    const { checkpoint: signed } = await verifyPinnedCheckpoint(checkpoint.note, pinnedLogs(parts))
    if (signed.size !== checkpoint.size) return altered('The note is of another size than its row.')
    if (!equalBytes(signed.root, root)) return altered('The note is signed, but the leaves give another root.')
    const witnesses = knownWitnesses(parts)
    const holding = new Set((await verifyCosignatures(checkpoint.note, witnesses)).map(({ name }) => name))
    const broken = witnesses.find(({ name }) => !holding.has(name) && signed.signatures.some((line) => line.name === name))
    if (broken !== undefined) return altered(`The cosignature of ${broken.name} does not hold.`)
    const strange = signed.signatures.find((line) => line.name !== parts.log.origin && !witnesses.some(({ name }) => name === line.name))
    if (strange !== undefined) altered('The note carries a signature line of nobody known.')
  } catch {
    altered('The note is not signed by this log.')
  }
}

/** Partial tiles, frontier, and tiles that no tree of this size has. What is written meanwhile moves the right edge: then it is left alone. */
async function finishTiles(parts: Parts, findings: Findings, tree: TreeState, levels: readonly (readonly Uint8Array[])[]): Promise<void> {
  const { origin } = parts.log
  const edge = await parts.store.read(async (view) => {
    const state = await view.treeState(origin)
    const paths = levels.map((_, level) => partialTilePath(level))
    return { state, paths, tiles: paths.length === 0 ? [] : await view.tiles(origin, paths) }
  })
  if (edge.state.size === tree.size) {
    edge.paths.forEach((path, level) => compareTile(findings, path, concat(...(levels[level] ?? [])), edge.tiles[level]))
    const same = edge.state.frontier.length === tree.frontier.length && tree.frontier.every((hash, place) => equalBytes(hash, edge.state.frontier[place] as Uint8Array))
    if (!same) findings.add({ what: 'altered', kind: 'tile', id: 'frontier', detail: 'The frontier does not fit the leaves.' })
  } else if (edge.state.size < tree.size) {
    findings.add({ what: 'rolled-back', kind: 'tile', id: 'frontier', detail: 'The tree is smaller than its leaves.' })
  }
  for (let after: string | undefined; ; ) {
    const paths = await parts.store.read((view) => view.tilePaths(origin, { after, limit: 1000 }))
    for (const path of paths) if (!belongs(path, Math.max(tree.size, edge.state.size))) findings.add({ what: 'added', kind: 'tile', id: path, detail: 'No tree of this size has such a tile.' })
    after = paths.at(-1)
    if (after === undefined) return
  }
}

function belongs(path: string, size: number): boolean {
  const tile = parseTilePath(path)
  if (tile !== undefined) return tile.level !== 'entries' && tile.width === TILE_WIDTH && (tile.index + 1) * TILE_WIDTH <= levelWidth(tile.level, size)
  for (let level = 0; level === 0 || levelWidth(level, size) > 0; level++) if (path === partialTilePath(level)) return true
  return false
}
