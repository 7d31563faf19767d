import { sha256Hex } from '../hash.ts'
import { KeyedState, type Version } from './keyed-state.ts'

/** What every peer knows of a private value: the SHA-256 of key and value, and where it was written. */
export interface HashedEntry {
  readonly valueHash: Uint8Array
  readonly version: Version
}

export interface HistoryEntry {
  readonly txId: string
  /** `undefined`: deleted. */
  readonly value: Uint8Array | undefined
  readonly header: Uint8Array
}

/** One peer's state of one channel, for the one chaincode that is defined on it. */
export class ChannelState {
  readonly open = new KeyedState()
  readonly history = new Map<string, HistoryEntry[]>()
  /** By collection, then by SHA-256 of the key in hex. */
  readonly #hashed = new Map<string, Map<string, HashedEntry>>()
  /** By collection; empty for those of which the peer's organisation is no member. */
  readonly #private = new Map<string, KeyedState>()

  hashed(collection: string): Map<string, HashedEntry> {
    return getOrAdd(this.#hashed, collection, () => new Map<string, HashedEntry>())
  }

  private(collection: string): KeyedState {
    return getOrAdd(this.#private, collection, () => new KeyedState())
  }

  hashedEntry(collection: string, key: string): HashedEntry | undefined {
    return this.hashed(collection).get(sha256Hex(key))
  }
}

function getOrAdd<Value>(map: Map<string, Value>, key: string, create: () => Value): Value {
  const found = map.get(key)
  if (found !== undefined) return found
  const created = create()
  map.set(key, created)
  return created
}
