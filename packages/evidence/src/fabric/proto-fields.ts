import { EvidenceError } from '../evidence-error.ts'

/** Fields of a protobuf message by number, as bytes, each as often as it stands there; numbers are left out. */
export type ProtoFields = ReadonlyMap<number, readonly Uint8Array[]>

/** EvidenceError when the bytes are no message. */
export function readProto(message: Uint8Array): ProtoFields {
  const fields = new Map<number, Uint8Array[]>()
  let at = 0
  const varint = (): number => {
    let value = 0
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = message[at++]
      if (byte === undefined) break
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) return value
    }
    throw malformed()
  }
  const skip = (length: number): Uint8Array => {
    if (length > message.length - at) throw malformed()
    at += length
    return message.subarray(at - length, at)
  }
  while (at < message.length) {
    const tag = varint()
    const [field, type] = [Math.floor(tag / 8), tag % 8]
    if (type === 2) fields.set(field, [...fields.get(field) ?? [], skip(varint())])
    else if (type === 0) varint()
    else if (type === 1 || type === 5) skip(type === 1 ? 8 : 4)
    else throw malformed()
  }
  return fields
}

/** The one value of a field; none where it is left out. EvidenceError where it stands there twice, which peers read as the last one. */
export function oneOf(fields: ProtoFields, field: number): Uint8Array {
  const values = fields.get(field) ?? []
  if (values.length > 1) throw malformed()
  return values[0] ?? new Uint8Array()
}

/** A message in a message in a message: the field of each. */
export function within(message: Uint8Array, ...path: readonly number[]): Uint8Array {
  return path.reduce((inner, field) => oneOf(readProto(inner), field), message)
}

function malformed(): EvidenceError {
  return new EvidenceError('The evidence is not a transaction of Fabric.')
}
