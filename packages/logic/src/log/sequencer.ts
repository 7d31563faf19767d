import { randomUUID } from 'node:crypto'
import type { Checkpoint } from '@careledger/data-spec'
import { appendLeaves, partialTilePath, partialTilePaths, tilesFor, type TreeState } from '@careledger/proof'
import type { Parts } from '../parts.ts'
import { checkpointTargets, readRoutes } from '../routes/routes.ts'
import { isStoreError } from '../to-logic-error.ts'
import { createCosigning } from './cosignatures.ts'
import type { WitnessStatus } from './witness-node.ts'
import { outboxRowsOf } from './leaf-records.ts'
import { placeLeaves } from './place-leaves.ts'
import { checkpointRows, signTree } from './sign-checkpoint.ts'

/** One instance's candidate for sequencing its log; the lease says who works. Any number may run on one store. */
export interface Sequencer {
  /**
   * One round: lease, at most `sequenceMax` waiting entries, indexes, tiles, outbox, checkpoint. `standby`: another holder has the lease, or
   * this one was overtaken (fenced) and starts anew with the next round. Errors of the store pass; a crash anywhere leaves all of a step or none.
   */
  round(): Promise<{ readonly state: 'standby' | 'idle' | 'worked'; readonly assigned: number }>
  /** How the members' witnesses answered this process last. */
  witnesses(): readonly WitnessStatus[]
  /** Gives the lease back. */
  release(): Promise<void>
}

/** Attempts of `assign` when subjects change their epoch meanwhile. */
const staleMax = 8

export function createSequencer(parts: Parts): Sequencer {
  const holder = randomUUID()
  const cosigning = createCosigning(parts)
  const { origin } = parts.log
  const { sequencer } = parts.store
  let token: number | undefined
  let leasedAt = -Infinity
  /** The right edge as this holder left it; read again after anything unexpected. */
  let edge: { readonly tree: TreeState; readonly partial: ReadonlyMap<string, Uint8Array> } | undefined
  let signed: Checkpoint | undefined
  let published = { size: -1, at: -Infinity }

  const lease = async (): Promise<number | undefined> => {
    if (token !== undefined && performance.now() - leasedAt < parts.settings.leaseMs / 3) return token
    const asked = performance.now()
    const given = await sequencer.lease(origin, holder, parts.settings.leaseMs)
    if (given?.token !== token) forgetEdge()
    token = given?.token
    leasedAt = asked
    return token
  }
  const forgetEdge = (): void => {
    edge = undefined
    signed = undefined
  }

  /** The right edge, from memory or from the store. */
  const readEdge = async (): Promise<NonNullable<typeof edge>> => {
    if (edge !== undefined) return edge
    return parts.store.read(async (view) => {
      const tree = await view.treeState(origin)
      const paths = partialTilePaths(tree.size)
      const [tiles, checkpoint] = await Promise.all([view.tiles(origin, paths), view.checkpoint(origin)])
      signed = checkpoint
      return (edge = { tree, partial: new Map(paths.map((path, place) => [path, tiles[place] ?? new Uint8Array(0)])) })
    })
  }

  const assign = async (held: number): Promise<number> => {
    const waiting = await sequencer.waiting(origin, parts.settings.sequenceMax)
    if (waiting.length === 0) return 0
    const { tree, partial } = await readEdge()
    const state = await sequencer.state(origin, [...new Set(waiting.map(({ chain }) => chain))])
    const leaves = placeLeaves(waiting, state.heads)
    const leafHashes = leaves.map((leaf) => leaf.leafHash)
    const tiles = tilesFor({ size: tree.size, partial: (level) => partial.get(partialTilePath(level)), leafHashes })
    const next = appendLeaves(tree, leafHashes)
    for (let attempt = 1; ; attempt++) {
      const { rows, guards } = await outboxRowsOf(parts, leaves)
      try {
        await sequencer.assign(origin, held, { from: tree.size, leaves, tiles, frontier: next.frontier, outbox: rows, guards })
        break
      } catch (error) {
        if (!isStoreError(error, 'STORE_STALE') || attempt === staleMax) throw error
      }
    }
    const changed = new Map(partial)
    for (const tile of tiles) if (tile.bytes.length < 8192) changed.set(tile.path, tile.bytes)
    edge = { tree: next, partial: changed }
    parts.notices.sequenced(leaves.map(({ id }, place) => ({ id, index: tree.size + place })))
    parts.notices.queued()
    return leaves.length
  }

  /** Signs the newest tree unless that is done, and hands it to the ledgers when it is due. */
  const publish = async (held: number): Promise<void> => {
    const { tree } = await readEdge()
    if (tree.size === 0) return
    const due = isDue(tree.size)
    if (signed?.size === tree.size && !due) return
    const own = signed?.size === tree.size ? signed.note : await signTree(parts, tree)
    const note = due ? await cosigning.collect(tree, own) : own
    await sequencer.putCheckpoint(origin, held, { size: tree.size, note }, due ? checkpointRows(parts, await dueLedgers(), tree.size, note) : [])
    signed = { size: tree.size, note }
    if (!due) return
    published = { size: tree.size, at: performance.now() }
    parts.notices.queued()
  }
  const dueLedgers = (): Promise<readonly string[]> => parts.store.read(async (view) => checkpointTargets(parts, await readRoutes(parts, view)))
  const isDue = (size: number): boolean =>
    size > published.size && (size - published.size >= parts.settings.checkpointLeaves || performance.now() - published.at >= parts.settings.checkpointEveryMs)

  return {
    async round() {
      try {
        const held = await lease()
        if (held === undefined) return { state: 'standby', assigned: 0 }
        const assigned = await assign(held)
        await publish(held)
        return { state: assigned > 0 ? 'worked' : 'idle', assigned }
      } catch (error) {
        forgetEdge()
        token = undefined
        if (isStoreError(error, 'STORE_FENCED')) return { state: 'standby', assigned: 0 }
        throw error
      }
    },
    witnesses: () => cosigning.status(),
    async release() {
      if (token !== undefined) await sequencer.release(origin, holder)
      token = undefined
      forgetEdge()
    },
  }
}
