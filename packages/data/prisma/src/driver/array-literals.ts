/** `{1,2,NULL}` for `($n::text)::int8[]`. */
export function numbers(values: readonly (number | undefined)[]): string {
  let literal = '{'
  for (let at = 0; at < values.length; at += 1) literal += `${at === 0 ? '' : ','}${values[at] ?? 'NULL'}`
  return `${literal}}`
}

const plain = /^[\w./:=-]+$/

/** `{"a","b\"c",NULL}` for `($n::text)::text[]` or `uuid[]`. */
export function texts(values: readonly (string | undefined)[]): string {
  let literal = '{'
  for (let at = 0; at < values.length; at += 1) {
    const value = values[at]
    if (at > 0) literal += ','
    if (value === undefined) literal += 'NULL'
    else literal += plain.test(value) && value.toUpperCase() !== 'NULL' ? value : `"${value.replace(/[\\"]/g, '\\$&')}"`
  }
  return `${literal}}`
}

/** Byte strings joined in one parameter: servers take it in binary, and cut it with the offsets. */
export interface Blob {
  /** Gives the length, -1 for absent bytes. */
  add(bytes: Uint8Array | undefined): number
  readonly size: number
  bytes(): Uint8Array
}

export function createBlob(): Blob {
  const parts: Uint8Array[] = []
  let size = 0
  return {
    add(bytes) {
      if (bytes === undefined) return -1
      parts.push(bytes)
      size += bytes.length
      return bytes.length
    },
    get size() { return size },
    bytes: () => Buffer.concat(parts, size),
  }
}
