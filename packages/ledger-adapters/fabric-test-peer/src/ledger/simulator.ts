import { sha256Hex } from '../hash.ts'
import type { ChannelState } from './channel-state.ts'
import { sameVersion, type Version } from './keyed-state.ts'

/** A range that was read: what a commit in between must not have changed. */
export interface RangeRead {
  readonly start: string
  end: string
  exhausted: boolean
  readonly reads: { readonly key: string; readonly version: Version }[]
}

export interface CollectionSimulation {
  /** By SHA-256 of the key in hex. */
  readonly reads: Map<string, Version | undefined>
  readonly writes: Map<string, Write>
  /** Whether private values were read, which decides about who may endorse. */
  valuesRead: boolean
}

export interface Write {
  /** `undefined`: deleted. */
  readonly value: Uint8Array | undefined
  readonly purge: boolean
}

/**
 * Runs one transaction against the state without changing it, and keeps what it read and would write. A transaction never reads its
 * own writes (core/ledger/kvledger/txmgmt/txmgr). Errors carry the texts of that source, spelling included.
 */
export class Simulator {
  readonly reads = new Map<string, Version | undefined>()
  readonly writes = new Map<string, Write>()
  readonly ranges: RangeRead[] = []
  readonly collections = new Map<string, CollectionSimulation>()
  readonly #state: ChannelState
  readonly #collectionNames: ReadonlySet<string>
  readonly #txId: string
  readonly #namespace: string
  #writePerformed = false
  #privateQueryPerformed = false
  #pagedQueryPerformed = false

  constructor(options: { state: ChannelState; namespace: string; collections: ReadonlySet<string>; txId: string }) {
    this.#state = options.state
    this.#namespace = options.namespace
    this.#collectionNames = options.collections
    this.#txId = options.txId
  }

  get(key: string): Uint8Array {
    const entry = this.#state.open.get(key)
    if (!this.reads.has(key)) this.reads.set(key, entry?.version)
    return entry?.value ?? new Uint8Array()
  }

  write(key: string, value: Uint8Array | undefined): void {
    this.#beforeWrite()
    this.writes.set(key, { value, purge: false })
  }

  *range(start: string, end: string): Generator<readonly [string, Uint8Array]> {
    const read: RangeRead = { start, end, exhausted: false, reads: [] }
    this.ranges.push(read)
    for (const [key, entry] of this.#state.open.range(start, end)) {
      read.reads.push({ key, version: entry.version })
      read.end = key
      yield [key, entry.value]
    }
    read.end = end
    read.exhausted = true
  }

  pagedRange(start: string, end: string): Generator<readonly [string, Uint8Array]> {
    if (this.#writePerformed) throw this.#unsupported('Paginated queries are supported only in a read-only transaction')
    this.#pagedQueryPerformed = true
    return this.range(start, end)
  }

  getPrivate(name: string, key: string): Uint8Array {
    const collection = this.#collection(name)
    const entry = this.#state.private(name).get(key)
    const known = this.#state.hashedEntry(name, key)
    if (!sameVersion(known?.version, entry?.version)) {
      throw new Error(
        'private data matching public hash version is not available. ' +
          `Public hash version = ${show(known?.version)}, Private data version = ${show(entry?.version)}`,
      )
    }
    collection.valuesRead = true
    collection.reads.set(sha256Hex(key), entry?.version)
    return entry?.value ?? new Uint8Array()
  }

  getPrivateHash(name: string, key: string): Uint8Array {
    const collection = this.#collection(name)
    const known = this.#state.hashedEntry(name, key)
    collection.reads.set(sha256Hex(key), known?.version)
    return known?.valueHash ?? new Uint8Array()
  }

  writePrivate(name: string, key: string, write: Write): void {
    const collection = this.#collection(name)
    this.#beforeWrite()
    collection.writes.set(key, write)
  }

  *privateRange(name: string, start: string, end: string): Generator<readonly [string, Uint8Array]> {
    if (this.#writePerformed) throw this.#unsupported('Queries on pvt data is supported only in a read-only transaction')
    this.#privateQueryPerformed = true
    this.#collection(name).valuesRead = true
    for (const [key, entry] of this.#state.private(name).range(start, end)) yield [key, entry.value]
  }

  #beforeWrite(): void {
    if (this.#privateQueryPerformed) throw this.#unsupported('Transaction has already performed queries on pvt data. Writes are not allowed')
    if (this.#pagedQueryPerformed) throw this.#unsupported('Transaction has already performed a paginated query. Writes are not allowed')
    this.#writePerformed = true
  }

  #collection(name: string): CollectionSimulation {
    if (!this.#collectionNames.has(name)) {
      throw new Error(`collection [${name}] not defined in the collection config for chaincode [${this.#namespace}]`)
    }
    const found = this.collections.get(name) ?? { reads: new Map(), writes: new Map(), valuesRead: false }
    this.collections.set(name, found)
    return found
  }

  #unsupported(text: string): Error {
    return new Error(`txid [${this.#txId}]: unsuppored transaction. ${text}`)
  }
}

function show(version: Version | undefined): string {
  return version === undefined ? '<nil>' : `{BlockNum: ${version.block}, TxNum: ${version.transaction}}`
}
