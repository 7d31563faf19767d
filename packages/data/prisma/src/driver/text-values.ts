/** By object id of the types that our statements give. Source: src/include/catalog/pg_type.dat of PostgreSQL. */
export const decoders: Readonly<Record<number, (text: string) => unknown>> = {
  16: (text) => text === 't',
  17: toBytes,
  20: Number,
  21: Number,
  23: Number,
  25: (text) => text,
  1043: (text) => text,
  1184: (text) => new Date(`${text.replace(' ', 'T')}:00`),
  2950: (text) => text,
  3802: (text) => JSON.parse(text) as unknown,
}

/** The `types` of a node-postgres query; sessions run in UTC. An unknown type is a mistake in a statement of ours. */
export const textTypes = {
  getTypeParser(oid: number): (text: string) => unknown {
    const decode = decoders[oid]
    if (decode === undefined) throw new TypeError(`No decoder for the type with object id ${oid}.`)
    return decode
  },
}

/** `\x` and hex digits. A plain Uint8Array, so that stores do not differ in what they give. */
function toBytes(text: string): Uint8Array {
  const bytes = Buffer.from(text.slice(2), 'hex')
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)
}

/** How a parameter's bytes are written for a driver that sends texts only. */
export function bytesToText(bytes: Uint8Array): string {
  return `\\x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')}`
}
