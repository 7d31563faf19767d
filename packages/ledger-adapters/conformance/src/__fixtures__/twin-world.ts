import { randomUUID } from 'node:crypto'
import type { NewRecord } from '@careledger/ledger-spec'

/** One item on the twin's chain; several may carry one id. */
export interface TwinItem extends NewRecord {
  readonly writer: string
  readonly at: number
}

/** What all clients of one twin share: the chain of each stream and its rules. */
export interface TwinWorld {
  readonly ledgerId: string
  readonly streams: Map<string, TwinItem[]>
  readonly privateMembers: Map<string, readonly string[]>
  /** Accounts that may not write, by stream. */
  readonly revoked: Map<string, Set<string>>
  /** So many of the first client's next reads fail. */
  cutReads: number
}

export function createTwinWorld(): TwinWorld {
  return { ledgerId: `twin:${randomUUID()}`, streams: new Map(), privateMembers: new Map(), revoked: new Map(), cutReads: 0 }
}

export function itemsOf(world: TwinWorld, stream: string): TwinItem[] {
  const items = world.streams.get(stream) ?? []
  world.streams.set(stream, items)
  return items
}
