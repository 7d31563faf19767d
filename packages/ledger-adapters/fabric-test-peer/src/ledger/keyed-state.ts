/** Where a value was written: the block, and the transaction in it. */
export interface Version {
  readonly block: number
  readonly transaction: number
}

export interface StateEntry {
  readonly value: Uint8Array
  readonly version: Version
}

export function sameVersion(left: Version | undefined, right: Version | undefined): boolean {
  return left?.block === right?.block && left?.transaction === right?.transaction
}

/** Keys and values in the order of the keys' UTF-8 bytes, which is LevelDB's order and not that of JavaScript strings. */
export class KeyedState {
  readonly #entries = new Map<string, StateEntry>()
  /** Each key as UTF-8, one character a byte, so that `<` compares bytes. */
  readonly #order: string[] = []

  get(key: string): StateEntry | undefined {
    return this.#entries.get(key)
  }

  set(key: string, entry: StateEntry): void {
    if (!this.#entries.has(key)) {
      const bytes = toByteString(key)
      this.#order.splice(this.#find(bytes), 0, bytes)
    }
    this.#entries.set(key, entry)
  }

  delete(key: string): void {
    if (this.#entries.delete(key)) this.#order.splice(this.#find(toByteString(key)), 1)
  }

  /** From `start`, inclusive, to `end`, exclusive; an empty end is no end. Must not be used across a change. */
  *range(start: string, end: string): Generator<readonly [string, StateEntry]> {
    const stop = end === '' ? undefined : toByteString(end)
    for (let index = this.#find(toByteString(start)); index < this.#order.length; index += 1) {
      const bytes = this.#order[index]!
      if (stop !== undefined && bytes >= stop) return
      const key = Buffer.from(bytes, 'latin1').toString('utf8')
      yield [key, this.#entries.get(key)!]
    }
  }

  /** The index of the first key that is not below the one given. */
  #find(bytes: string): number {
    let low = 0
    let high = this.#order.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#order[middle]! < bytes) low = middle + 1
      else high = middle
    }
    return low
  }
}

function toByteString(key: string): string {
  return Buffer.from(key, 'utf8').toString('latin1')
}
