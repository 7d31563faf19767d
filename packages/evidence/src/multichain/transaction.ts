import { createByteReader } from './byte-reader.ts'
import { EvidenceError } from '../evidence-error.ts'

/** A transaction as far as evidence needs it. */
export interface Transaction {
  /** Scripts of the inputs: who signed. */
  readonly inputs: readonly Uint8Array[]
  /** Scripts of the outputs: what it says. */
  readonly outputs: readonly Uint8Array[]
}

/** Reads a whole transaction of MultiChain, which has Bitcoin's form without witnesses (core/src/primitives/transaction.h). */
export function readTransaction(bytes: Uint8Array): Transaction {
  const reader = createByteReader(bytes)
  reader.bytes(4)
  const inputs = list(reader.compact(), () => {
    reader.bytes(36)
    const script = reader.counted()
    reader.bytes(4)
    return script
  })
  const outputs = list(reader.compact(), () => {
    reader.bytes(8)
    return reader.counted()
  })
  reader.bytes(4)
  reader.end()
  if (inputs.length === 0 || outputs.length === 0) throw new EvidenceError('The transaction has no inputs or no outputs.')
  return { inputs, outputs }
}

/** Each element takes bytes, so a count that is too large ends at the end of the bytes. */
function list<T>(count: number, read: () => T): readonly T[] {
  const all: T[] = []
  for (let index = 0; index < count; index++) all.push(read())
  return all
}
