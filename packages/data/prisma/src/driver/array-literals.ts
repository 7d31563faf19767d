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

/**
 * Byte strings joined in one parameter: servers take it in binary, and cut it with the offsets. A class, because one is made for each
 * statement, and an object literal with a getter costs a hidden class each time.
 */
export class Blob {
  size = 0
  readonly #parts: Uint8Array[] = []

  /** Gives the length, -1 for absent bytes. */
  add(bytes: Uint8Array | undefined): number {
    if (bytes === undefined) return -1
    this.#parts.push(bytes)
    this.size += bytes.length
    return bytes.length
  }

  bytes(): Uint8Array {
    return Buffer.concat(this.#parts, this.size)
  }
}
