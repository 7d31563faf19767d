import { createHmac } from 'node:crypto'
import type { Call } from './call.ts'
import { createHiddenNames, createNames, type Names } from './names.ts'
import { Refusal } from './refusal.ts'
import { createState, type State } from './state.ts'
import type { Stream } from './stream.ts'

/** Where the records of a stream are: public state, or a collection with hidden names and salted values. */
export interface Place {
  readonly names: Names
  get(keys: readonly string[]): Promise<readonly (Buffer | undefined)[]>
  put(entries: readonly (readonly [key: string, value: Uint8Array])[]): Promise<void>
  range(start: string, end: string): AsyncIterable<{ readonly key: string; readonly value: Buffer }>
}

const SALT_BYTES = 32

/**
 * `undefined` for a private stream that has no record yet: its secret comes with the first one. `candidate`, 32 bytes from the
 * caller's transient data, becomes the secret then; every endorser gets the same. REJECTED when it is needed and missing.
 */
export async function openPlace(call: Call, name: string, stream: Stream | undefined, candidate?: Uint8Array): Promise<Place | undefined> {
  if (stream?.private === undefined) return createPlace(call.shared, createNames(name), () => Buffer.alloc(0))
  const state = createState(call.stub, stream.private.collection, call.batches)
  const secretKey = `s~${name}`
  const [known] = await state.getMany([secretKey])
  const secret = known ?? candidate
  if (secret === undefined) return undefined
  if (secret.length !== SALT_BYTES) throw new Refusal('INVALID', 'The secret of a private stream has 32 bytes')
  if (known === undefined) await state.putMany([[secretKey, secret]])
  return createPlace(state, createHiddenNames(name, secret), (key) => createHmac('sha256', secret).update(`salt~${key}`).digest())
}

/** The salt before a value differs from key to key, and nobody without the secret can make it. */
function createPlace(state: State, names: Names, saltOf: (key: string) => Buffer): Place {
  const unsalt = (value: Uint8Array, salt: Buffer): Buffer => Buffer.from(value.buffer, value.byteOffset + salt.length, value.length - salt.length)
  return {
    names,
    async get(keys) {
      const values = await state.getMany(keys)
      return values.map((value, index) => (value === undefined ? undefined : unsalt(value, saltOf(keys[index] ?? ''))))
    },
    put: (entries) => state.putMany(entries.map(([key, value]) => [key, Buffer.concat([saltOf(key), value])] as const)),
    async *range(start, end) {
      for await (const { key, value } of state.range(start, end)) yield { key, value: unsalt(value, saltOf(key)) }
    },
  }
}
