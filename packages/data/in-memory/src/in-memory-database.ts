import type { Checkpoint, Claim, Decision, OutboxRow, OutboxState, Projection, StoredEntry, TreeState } from '@careledger/data-spec'
import { createCommitClock, type CommitClock } from './commit-clock.ts'
import { createVersionedMap, type VersionedMap } from './versioned-map.ts'

export interface ArrivedEntry { readonly entry: StoredEntry; readonly arrival: number }
export interface StoredLeaf { readonly id: string; readonly log: string; readonly index: number; readonly leafInput: Uint8Array; readonly chain: string; readonly chainSequence: number }
export interface ChainHead { readonly sequence: number; readonly leafHash: Uint8Array }
export interface PlacedRow { readonly row: OutboxRow; readonly position: number; readonly leasedUntil: number }
export interface Lease { readonly token: number; readonly holder: string | undefined; readonly until: number }

/** The maps that stores on it share, keyed by texts joined with U+0000. Two stores on one database are like two processes. */
export interface InMemoryDatabase {
  readonly clock: CommitClock
  readonly entries: VersionedMap<ArrivedEntry>
  readonly commitments: VersionedMap<string>
  /** `arrival`: entries without an index. */
  readonly waiting: VersionedMap<string>
  readonly projections: VersionedMap<Projection>
  /** `table, index, value, key`. */
  readonly indexes: VersionedMap<true>
  readonly claims: VersionedMap<Claim>
  readonly decisions: VersionedMap<Decision>
  /** `about, id`. */
  readonly decisionsAbout: VersionedMap<true>
  /** `log, index`. */
  readonly leaves: VersionedMap<StoredLeaf>
  /** Entry id. */
  readonly leafOfEntry: VersionedMap<StoredLeaf>
  /** `log, chain, chain sequence`. */
  readonly leavesOfChain: VersionedMap<StoredLeaf>
  readonly tiles: VersionedMap<Uint8Array>
  readonly trees: VersionedMap<TreeState>
  readonly heads: VersionedMap<ChainHead>
  /** `log, size`. */
  readonly checkpoints: VersionedMap<Checkpoint>
  /** `item, target`. */
  readonly outbox: VersionedMap<PlacedRow>
  /** `target, state, position` and `position` to the key in `outbox`. */
  readonly outboxByState: VersionedMap<string>
  readonly outboxByPosition: VersionedMap<string>
  /** `target, record id` to the key in `outbox`. */
  readonly outboxByRecord: VersionedMap<string>
  /** `target, state`. */
  readonly outboxCounts: VersionedMap<{ readonly target: string; readonly state: OutboxState; readonly count: number }>
  readonly leases: Map<string, Lease>
  /** Last numbers given. */
  readonly numbers: { arrival: number; position: number }
}

export function createInMemoryDatabase(): InMemoryDatabase {
  const clock = createCommitClock()
  const map = <V>(): VersionedMap<V> => createVersionedMap<V>(clock)
  return {
    clock, entries: map(), commitments: map(), waiting: map(), projections: map(), indexes: map(), claims: map(), decisions: map(),
    decisionsAbout: map(), leaves: map(), leafOfEntry: map(), leavesOfChain: map(), tiles: map(), trees: map(), heads: map(), checkpoints: map(), outbox: map(),
    outboxByState: map(), outboxByPosition: map(), outboxByRecord: map(), outboxCounts: map(), leases: new Map(), numbers: { arrival: 0, position: 0 },
  }
}

/** A number as text that sorts like the number. */
export function sortable(value: number): string {
  return String(value).padStart(16, '0')
}

export function joined(...parts: readonly string[]): string {
  return parts.join('\0')
}

/** Milliseconds of a clock that never goes back; leases are measured by it. */
export function leaseClock(): number {
  return performance.now()
}
