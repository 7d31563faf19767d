import type { Block } from './block.ts'

/** One record in its stream. */
export interface StoredRecord {
  readonly id: string
  readonly key: string | undefined
  readonly digest: string
  readonly data: Uint8Array | undefined
  readonly writer: string
  readonly at: number
  readonly height: number
  /** Place in the stream, from 1. */
  readonly sequence: number
}

interface StreamState {
  readonly records: StoredRecord[]
  readonly byId: Map<string, StoredRecord>
  /** Sequence numbers of each key, ascending. */
  readonly byKey: Map<string, number[]>
  /** Records up to here are final, for ever, whatever the clock does. */
  finalCount: number
}

export interface LedgerState {
  /** Height of the newest block. */
  height(): number
  finalHeight(): number
  apply(block: Block): void
  hasRecords(stream: string): boolean
  find(stream: string, id: string): StoredRecord | undefined
  isFinal(stream: string, record: StoredRecord): boolean
  /** At most `limit` final records with a sequence above `after`, of one key or of all, in order. */
  listFinal(stream: string, after: number, limit: number, key?: string): readonly StoredRecord[]
  /** Milliseconds until the first pending record of `stream` becomes final; `undefined` when none is pending. */
  finalInMs(stream: string): number | undefined
  /** Calls `listener` after each block of `stream`; returns how to stop. */
  onBlock(stream: string, listener: () => void): () => void
}

/** Every stream of one ledger with its indexes. About 400 bytes for each record without data. */
export function createLedgerState({ finalAfterMs, now }: { readonly finalAfterMs: number; readonly now: () => number }): LedgerState {
  const streams = new Map<string, StreamState>()
  const listeners = new Map<string, Set<() => void>>()
  let height = 0

  function streamOf(name: string): StreamState {
    let stream = streams.get(name)
    if (stream === undefined) {
      stream = { records: [], byId: new Map(), byKey: new Map(), finalCount: 0 }
      streams.set(name, stream)
    }
    return stream
  }

  function apply(block: Block): void {
    const stream = streamOf(block.stream)
    for (const { id, key, digest, data } of block.records) {
      if (stream.byId.has(id)) continue
      const sequence = stream.records.length + 1
      const record: StoredRecord = { id, key, digest, data, writer: block.writer, at: block.at, height: block.height, sequence }
      stream.records.push(record)
      stream.byId.set(id, record)
      if (key !== undefined) addTo(stream.byKey, key, sequence)
    }
    height = block.height
    for (const listener of [...(listeners.get(block.stream) ?? [])]) listener()
  }

  function finalCount(stream: StreamState): number {
    if (finalAfterMs === 0) return (stream.finalCount = stream.records.length)
    const before = now() - finalAfterMs
    for (let next = stream.records[stream.finalCount]; next !== undefined && next.at <= before; next = stream.records[stream.finalCount]) stream.finalCount += 1
    return stream.finalCount
  }

  function listFinal(name: string, after: number, limit: number, key?: string): readonly StoredRecord[] {
    const stream = streams.get(name)
    if (stream === undefined) return []
    const end = finalCount(stream)
    if (key === undefined) return stream.records.slice(after, Math.min(after + limit, end))
    const sequences = stream.byKey.get(key) ?? []
    const found: StoredRecord[] = []
    for (let index = firstAbove(sequences, after); index < sequences.length && found.length < limit; index += 1) {
      const record = stream.records[(sequences[index] ?? 0) - 1]
      if (record === undefined || record.sequence > end) break
      found.push(record)
    }
    return found
  }

  return {
    height: () => height,
    finalHeight() {
      const pending = [...streams.values()].map((stream) => stream.records[finalCount(stream)]?.height ?? Infinity)
      return Math.min(height, ...pending.map((first) => first - 1))
    },
    apply,
    hasRecords: (stream) => (streams.get(stream)?.records.length ?? 0) > 0,
    find: (stream, id) => streams.get(stream)?.byId.get(id),
    isFinal(name, record) {
      const stream = streams.get(name)
      return stream !== undefined && record.sequence <= finalCount(stream)
    },
    listFinal,
    finalInMs(name) {
      const stream = streams.get(name)
      const first = stream?.records[finalCount(stream)]
      return first === undefined ? undefined : Math.max(1, first.at + finalAfterMs - now())
    },
    onBlock(stream, listener) {
      const set = listeners.get(stream) ?? new Set()
      listeners.set(stream, set.add(listener))
      return () => {
        set.delete(listener)
        if (set.size === 0) listeners.delete(stream)
      }
    },
  }
}

function addTo(index: Map<string, number[]>, key: string, sequence: number): void {
  const sequences = index.get(key)
  if (sequences === undefined) index.set(key, [sequence])
  else sequences.push(sequence)
}

/** Index of the first number above `after` in an ascending list. */
function firstAbove(sorted: readonly number[], after: number): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((sorted[middle] ?? 0) > after) high = middle
    else low = middle + 1
  }
  return low
}
