/** Where a reader of a stream goes on: nothing that it has not seen stands before `block`, and `sequence` is the next number. */
export interface ReadingPlace {
  readonly block: bigint
  readonly sequence: bigint
}

/** Places at which readers have stopped, so that the next page needs no search. Holds the last `most`. */
export interface SequenceIndex {
  get(stream: string, key: string | undefined, next: bigint): ReadingPlace | undefined
  /** Only places in final blocks: they are never wrong. */
  set(stream: string, key: string | undefined, next: bigint, place: ReadingPlace): void
}

export function createSequenceIndex(most = 1_024): SequenceIndex {
  const places = new Map<string, ReadingPlace>()
  const name = (stream: string, key: string | undefined, next: bigint): string => `${stream} ${key ?? ''} ${next}`
  return {
    get: (stream, key, next) => places.get(name(stream, key, next)),
    set(stream, key, next, place) {
      places.delete(name(stream, key, next))
      places.set(name(stream, key, next), place)
      const oldest = places.keys().next().value
      if (places.size > most && oldest !== undefined) places.delete(oldest)
    },
  }
}
