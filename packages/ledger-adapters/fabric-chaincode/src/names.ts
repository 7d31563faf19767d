import type { KeyedHash } from './keyed-hash.ts'

/** Keys of the records of one stream. Sequence numbers have 20 digits, so that their order is the keys' order. */
export interface Names {
  /** The counter: how many records the stream has. */
  readonly size: string
  /** Where the record of an id stands. */
  id(id: string): string
  /** The record itself. */
  record(sequence: number): string
  /** Its data. */
  data(sequence: number): string
  /** That the record has a key. */
  key(key: string, sequence: number): string
}

/** Public: `n~stream`, `i~stream~id`, `r~stream~seq`, `d~stream~seq`, `k~stream~key~seq`. */
export function createNames(stream: string): Names {
  return namesFrom(stream, (name) => name)
}

/**
 * In a collection Fabric publishes SHA-256 of every key and value to the whole channel. So here what somebody could guess (stream, id, key)
 * stands as its HMAC under the stream's secret, which only the collection's members have.
 */
export function createHiddenNames(stream: string, keyedHash: KeyedHash): Names {
  return namesFrom(stream, (name) => keyedHash(name).toString('hex'))
}

function namesFrom(stream: string, hide: (name: string) => string): Names {
  const hidden = hide(stream)
  return {
    size: `n~${hidden}`,
    id: (id) => `i~${hide(`${stream}~${id}`)}`,
    record: (sequence) => `r~${hidden}~${digits(sequence)}`,
    data: (sequence) => `d~${hidden}~${digits(sequence)}`,
    key: (key, sequence) => `k~${hide(`${stream}~${key}`)}~${digits(sequence)}`,
  }
}

/** The sequence number at the end of a key. */
export function sequenceOf(name: string): number {
  return Number(name.slice(-20))
}

function digits(sequence: number): string {
  return String(sequence).padStart(20, '0')
}
