/** Object ids of the types that our statements give. Source: src/include/catalog/pg_type.dat of PostgreSQL. */
const decoders: Readonly<Record<number, (bytes: Buffer) => unknown>> = {
  16: (bytes) => bytes[0] === 1,
  17: (bytes) => new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length),
  20: (bytes) => Number(bytes.readBigInt64BE()),
  21: (bytes) => bytes.readInt16BE(),
  23: (bytes) => bytes.readInt32BE(),
  25: (bytes) => bytes.toString('utf8'),
  1043: (bytes) => bytes.toString('utf8'),
  1184: (bytes) => new Date(Number(bytes.readBigInt64BE() / 1_000n) + 946_684_800_000),
  2950: toUuid,
  3802: (bytes) => JSON.parse(bytes.toString('utf8', 1)) as unknown,
}

/** The `types` of a node-postgres query that asks for binary columns. An unknown type is an error of ours, not of the data. */
export const binaryTypes = {
  getTypeParser(oid: number, format?: string): (value: never) => unknown {
    const decode = decoders[oid]
    if (format !== 'binary' || decode === undefined) return (value: unknown) => { throw new TypeError(`No decoder for type ${oid} (${format ?? 'text'}, ${typeof value}).`) }
    return decode as (value: never) => unknown
  },
}

function toUuid(bytes: Buffer): string {
  const hex = bytes.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
