import type { Call } from './call.ts'
import { createKeyedHash } from './keyed-hash.ts'
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

const SECRET_BYTES = 32

/**
 * `undefined` for a private stream that has no record yet: its secret comes with the first one. `candidate`, 32 bytes from the
 * caller's transient data, becomes the secret then; every endorser gets the same. REJECTED when it is needed and missing.
 */
export async function openPlace(call: Call, name: string, stream: Stream | undefined, candidate?: Uint8Array): Promise<Place | undefined> {
  if (stream?.private === undefined) return createPlace(call.shared, createNames(name), Buffer.alloc(0))
  const state = createState(call.stub, stream.private.collection, call.batches)
  const secretKey = `s~${name}`
  const [known] = await state.getMany([secretKey])
  const secret = known ?? candidate
  if (secret === undefined) return undefined
  if (secret.length !== SECRET_BYTES) throw new Refusal('INVALID', 'The secret of a private stream has 32 bytes')
  if (known === undefined) await state.putMany([[secretKey, secret]])
  const keyedHash = createKeyedHash(secret)
  return createPlace(state, createHiddenNames(name, keyedHash), keyedHash(`salt~${name}`))
}

/** Without the salt before it, nobody can guess a value by its hash. The key's first letter, its kind, keeps equal values of two kinds apart. */
function createPlace(state: State, names: Names, salt: Buffer): Place {
  const unsalt = (value: Uint8Array): Buffer => {
    const before = salt.length === 0 ? 0 : salt.length + 1
    return Buffer.from(value.buffer, value.byteOffset + before, value.length - before)
  }
  return {
    names,
    get: async (keys) => (await state.getMany(keys)).map((value) => (value === undefined ? undefined : unsalt(value))),
    put: (entries) => state.putMany(salt.length === 0 ? entries : entries.map(([key, value]) => [key, Buffer.concat([salt, Buffer.from(key.slice(0, 1)), value])] as const)),
    async *range(start, end) {
      for await (const { key, value } of state.range(start, end)) yield { key, value: unsalt(value) }
    },
  }
}
