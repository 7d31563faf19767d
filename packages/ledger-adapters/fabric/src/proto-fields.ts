/**
 * Fields of a protobuf message by number: varints as `bigint`, the others as bytes; of a repeated field the last one. Enough for the three
 * messages of qscc that are read here, so that neither client's copy of the protocol is needed for the other. Error when it is no message.
 */
export function readFields(message: Uint8Array): ReadonlyMap<number, bigint | Uint8Array> {
  const fields = new Map<number, bigint | Uint8Array>()
  let at = 0
  const varint = (): bigint => {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = message[at++]
      if (byte === undefined) break
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
    throw new Error('Not a protobuf message')
  }
  const bytes = (length: number): Uint8Array => {
    at += length
    if (at > message.length) throw new Error('Not a protobuf message')
    return message.subarray(at - length, at)
  }
  while (at < message.length) {
    const tag = Number(varint())
    const type = tag & 7
    if (type === 0) fields.set(tag >>> 3, varint())
    else if (type === 2) fields.set(tag >>> 3, bytes(Number(varint())))
    else if (type === 1 || type === 5) fields.set(tag >>> 3, bytes(type === 1 ? 8 : 4))
    else throw new Error('Not a protobuf message')
  }
  return fields
}

/** A number of a message; 0 when it is left out, as protobuf has it. */
export function numberField(message: Uint8Array, field: number): bigint {
  const value = readFields(message).get(field)
  return typeof value === 'bigint' ? value : 0n
}

/** Bytes of a message; none when they are left out. */
export function bytesField(message: Uint8Array, field: number): Uint8Array {
  const value = readFields(message).get(field)
  return value instanceof Uint8Array ? value : new Uint8Array(0)
}

/** A message of byte fields, numbered from 1. */
export function writeFields(...values: readonly Uint8Array[]): Buffer {
  return Buffer.concat(values.flatMap((value, index) => [Buffer.of(((index + 1) << 3) | 2), varintBytes(value.length), value]))
}

function varintBytes(value: number): Buffer {
  const bytes: number[] = []
  for (let left = value; ; left >>>= 7) {
    if (left < 0x80) return Buffer.of(...bytes, left)
    bytes.push((left & 0x7f) | 0x80)
  }
}
