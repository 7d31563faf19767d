import type { Leaf, ReadView, StoredEntry } from '@careledger/data-spec'
import { inclusionPath, leafHash, openingToJson, parseEntry, parseEntrySignature, toBase64url, type Entry, type LoggedEntry, type ReadTiles } from '@careledger/proof'
import type { Opening } from '../entries/network-definition.ts'
import { LogicError } from '../logic-error.ts'

/** One state of the log, as a snapshot shows it. */
export interface LogState {
  readonly origin: string
  /** Size of the checkpoint that paths lead to. */
  readonly size: number
  readonly tiles: ReadTiles
}

/** A stored entry with its leaf. */
export interface FoundEntry {
  readonly stored: StoredEntry
  readonly entry: Entry
  readonly leaf: Leaf
}

/** `undefined`: no such entry, or it has no index yet. */
export async function findEntry(view: ReadView, origin: string, id: string): Promise<FoundEntry | undefined> {
  const [stored, leaf] = await Promise.all([view.entry(id), view.leafOf(origin, id)])
  return stored === undefined || leaf === undefined ? undefined : { stored, leaf, entry: parseEntry(stored.canonical) }
}

/** The entry with its place in the chain and its audit path to the root at `log.size`. Errors: CORRUPTION when tiles or chain have a hole. */
export async function toLoggedEntry(view: ReadView, log: LogState, found: FoundEntry, opening?: Opening): Promise<LoggedEntry> {
  const { stored, entry, leaf } = found
  const [path, previous] = await Promise.all([inclusionPath(leaf.index, log.size, log.tiles), previousOf(view, log.origin, leaf)])
  return {
    entry, signature: parseEntrySignature(stored.signature), index: leaf.index, path: path.map(toBase64url),
    leaf: previous === undefined ? { chainSequence: 0 } : { chainSequence: leaf.chainSequence, chainPrevious: toBase64url(previous) },
    ...(opening === undefined ? {} : { opening: openingToJson(opening) }),
  }
}

/** Leaf hash of the chain's former leaf. */
async function previousOf(view: ReadView, origin: string, leaf: Leaf): Promise<Uint8Array | undefined> {
  if (leaf.chainSequence === 0) return undefined
  const [previous] = await view.chainLeaves(origin, leaf.chain, { from: leaf.chainSequence - 1, limit: 1 })
  if (previous?.chainSequence !== leaf.chainSequence - 1) throw new LogicError('CORRUPTION', 'A chain of the log has a hole.', { details: { id: leaf.id } })
  return leafHash(previous.leafInput)
}
