// The four messages of Fabric's `peer/chaincode_shim.proto` that came with Fabric 3.1. By hand, because the shim brings classes of an older copy, and two copies
// of @hyperledger/fabric-protos in one process break each other: both put their classes on the same global `proto`.

/** What a peer says of itself in the READY message: `ChaincodeAdditionalParams`. */
export interface PeerAbilities {
  readonly writeBatches: boolean
  readonly entriesMax: number
  readonly multipleKeys: boolean
  readonly keysMax: number
}

export function decodePeerAbilities(bytes: Uint8Array): PeerAbilities {
  const fields = new Map<number, number>()
  for (const [field, value] of readFields(bytes)) if (typeof value === 'number') fields.set(field, value)
  return { writeBatches: fields.get(1) === 1, entriesMax: fields.get(2) ?? 0, multipleKeys: fields.get(3) === 1, keysMax: fields.get(4) ?? 0 }
}

/** `GetStateMultiple { keys, collection }`. */
export function encodeGetStateMultiple(keys: readonly string[], collection: string): Uint8Array {
  return Buffer.concat([...keys.flatMap((key) => bytesField(1, Buffer.from(key))), ...bytesField(2, Buffer.from(collection))])
}

/** `GetStateMultipleResult { values }`: one for each key, empty for none. */
export function decodeGetStateMultipleResult(bytes: Uint8Array): readonly Uint8Array[] {
  const values: Uint8Array[] = []
  for (const [field, value] of readFields(bytes)) if (field === 1 && typeof value !== 'number') values.push(value)
  return values
}

/** `WriteRecord.Type.PUT_STATE`. */
const PUT_STATE = 9

/** `WriteBatchState { rec: WriteRecord { key, value, collection, type } }`. */
export function encodeWriteBatchState(entries: readonly (readonly [key: string, value: Uint8Array])[], collection: string): Uint8Array {
  const type = Buffer.of(5 << 3, PUT_STATE)
  return Buffer.concat(entries.flatMap(([key, value]) => bytesField(1, Buffer.concat([
    ...bytesField(1, Buffer.from(key)), ...bytesField(2, value), ...bytesField(3, Buffer.from(collection)), type,
  ]))))
}

function bytesField(field: number, bytes: Uint8Array): readonly Uint8Array[] {
  return [Buffer.of((field << 3) | 2), varint(bytes.length), bytes]
}

function varint(value: number): Buffer {
  const bytes: number[] = []
  for (let left = value; ; left = Math.floor(left / 128)) {
    if (left < 128) return Buffer.of(...bytes, left)
    bytes.push((left % 128) | 128)
  }
}

/** Numbers and byte fields, in order. These messages have no others. */
function* readFields(bytes: Uint8Array): Iterable<readonly [field: number, value: number | Uint8Array]> {
  let at = 0
  const next = (): number => {
    let value = 0
    for (let factor = 1; factor < 2 ** 49; factor *= 128) {
      const byte = bytes[at++]
      if (byte === undefined) break
      value += (byte & 127) * factor
      if (byte < 128) return value
    }
    throw new Error('The peer sent no message of the protocol')
  }
  while (at < bytes.length) {
    const tag = next()
    const number = next()
    if ((tag & 7) === 0) yield [tag >>> 3, number]
    else if ((tag & 7) === 2 && at + number <= bytes.length) {
      at += number
      yield [tag >>> 3, bytes.subarray(at - number, at)]
    } else throw new Error('The peer sent no message of the protocol')
  }
}
