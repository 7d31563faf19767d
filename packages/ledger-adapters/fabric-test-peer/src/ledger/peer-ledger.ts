import { common, peer } from '@hyperledger/fabric-protos'
import { sha256Hex } from '../hash.ts'
import type { Membership } from '../identity/membership.ts'
import type { OrderedBlock, OrderedChannel } from '../orderer/ordered-channel.ts'
import type { NetworkSettings } from '../settings.ts'
import { withValidationCodes } from './block.ts'
import { ChannelState } from './channel-state.ts'
import { decodePrivateWrites, decodeReadWriteSet, type DecodedReadWriteSet } from './decode-read-write-set.ts'
import type { DecodedTransaction } from './decode-transaction.ts'
import { findConflict } from './find-conflict.ts'
import type { Version } from './keyed-state.ts'
import type { PrivateExchange } from './private-exchange.ts'
import { StateLock } from './state-lock.ts'
import { findFault } from './validate-transaction.ts'

const { VALID, DUPLICATE_TXID, BAD_PAYLOAD } = peer.TxValidationCode

export interface CommittedTransaction {
  readonly txId: string
  readonly type: number
  readonly code: number
  /** `undefined`: the channel's configuration, or bytes that are no transaction. */
  readonly content: DecodedTransaction | undefined
  /** Private write sets that this peer has received, by collection. */
  readonly privateWrites: ReadonlyMap<string, Uint8Array>
}

export interface CommittedBlock {
  readonly number: number
  readonly block: common.Block
  readonly transactions: readonly CommittedTransaction[]
}

export interface TransactionStatus {
  readonly code: number
  readonly block: CommittedBlock
  readonly envelope: common.Envelope
}

/** One peer's copy of one channel: it takes the orderer's blocks in turn, judges each transaction, and applies the valid ones. */
export class PeerLedger {
  readonly blocks: CommittedBlock[] = []
  readonly state = new ChannelState()
  readonly lock = new StateLock()
  readonly channelId: string
  readonly #transactions = new Map<string, TransactionStatus>()
  readonly #listeners = new Set<() => void>()
  readonly #options: PeerLedgerOptions
  #committing = false
  #holds = 0
  #withheld = 0
  #delivered = 0

  constructor(options: PeerLedgerOptions) {
    this.#options = options
    this.channelId = options.ordered.channelId
  }

  /** How many blocks clients have been told of: all of them, unless a fault withholds the news. */
  get delivered(): number {
    return this.#delivered
  }

  status(txId: string): TransactionStatus | undefined {
    return this.#transactions.get(txId)
  }

  /** Calls back after each block, until the answer is called. */
  onCommit(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Keeps this peer behind until the answer is called. */
  hold(): () => void {
    this.#holds += 1
    return once(() => {
      this.#holds -= 1
      void this.catchUp()
    })
  }

  /** Commits as before but tells nobody, until the answer is called. */
  withhold(): () => void {
    this.#withheld += 1
    return once(() => {
      this.#withheld -= 1
      this.#deliver()
    })
  }

  /** Commits every block that the orderer has and this peer has not. */
  async catchUp(): Promise<void> {
    if (this.#committing) return
    this.#committing = true
    for (;;) {
      const next = this.#options.ordered.blocks[this.blocks.length]
      if (next === undefined || this.#holds > 0 || !this.#options.running()) break
      const release = await this.lock.acquire('write')
      try {
        this.#commit(next)
      } finally {
        release()
      }
      this.#deliver()
    }
    this.#committing = false
  }

  #deliver(): void {
    if (this.#withheld > 0) return
    this.#delivered = this.blocks.length
    for (const listener of [...this.#listeners]) listener()
  }

  #commit(ordered: OrderedBlock): void {
    const number = this.blocks.length
    const seen = new Set<string>()
    const transactions = ordered.transactions.map((content, index): CommittedTransaction => {
      if (number === 0) return { txId: '', type: common.HeaderType.CONFIG, code: VALID, content: undefined, privateWrites: new Map() }
      if (content === undefined) return { txId: '', type: common.HeaderType.MESSAGE, code: BAD_PAYLOAD, content, privateWrites: new Map() }
      const sets = decodeReadWriteSet(content.readWriteSet)
      const repeated = seen.has(content.txId) || this.#transactions.has(content.txId)
      const code = repeated ? DUPLICATE_TXID : this.#judge(content, sets)
      seen.add(content.txId)
      const privateWrites = new Map<string, Uint8Array>()
      if (code === VALID) for (const set of sets) this.#apply(content, set, { block: number, transaction: index }, privateWrites)
      return { txId: content.txId, type: content.type, code, content, privateWrites }
    })
    const block = withValidationCodes(ordered.block, transactions.map(({ code }) => code))
    const committed = { number, block, transactions }
    this.blocks.push(committed)
    for (const { txId, code, content } of transactions) {
      if (content !== undefined && !this.#transactions.has(txId)) this.#transactions.set(txId, { code, block: committed, envelope: content.envelope })
    }
  }

  #judge(content: DecodedTransaction, sets: readonly DecodedReadWriteSet[]): number {
    const fault = findFault(this.#options.settings, this.#options.membership, content, sets)
    if (fault !== undefined) return fault
    for (const set of sets) {
      const conflict = findConflict(this.state, set)
      if (conflict !== undefined) return conflict
    }
    return VALID
  }

  #apply(content: DecodedTransaction, set: DecodedReadWriteSet, version: Version, privateWrites: Map<string, Uint8Array>): void {
    for (const [key, value] of set.writes) {
      if (value === undefined) this.state.open.delete(key)
      else this.state.open.set(key, { value, version })
      const history = this.state.history.get(key) ?? []
      history.push({ txId: content.txId, value, header: content.channelHeader })
      this.state.history.set(key, history)
    }
    for (const collection of set.collections) {
      const hashed = this.state.hashed(collection.name)
      for (const { keyHash, valueHash } of collection.writes) {
        if (valueHash === undefined) hashed.delete(keyHash)
        else hashed.set(keyHash, { valueHash, version })
      }
      const values = this.#privateSet(content.txId, collection.name, collection.privateHash)
      if (values === undefined) continue
      privateWrites.set(collection.name, values)
      this.#applyPrivate(collection.name, values, version)
    }
  }

  #applyPrivate(collection: string, values: Uint8Array, version: Version): void {
    const state = this.state.private(collection)
    for (const [key, { value }] of decodePrivateWrites(values)) {
      if (value === undefined) state.delete(key)
      else state.set(key, { value, version })
    }
  }

  /** Only members hold private data, and only if its hash is the one that was endorsed. */
  #privateSet(txId: string, collection: string, hash: string): Uint8Array | undefined {
    const { settings, exchange, mspId } = this.#options
    if (hash === '' || settings.collections.get(collection)?.members.includes(mspId) !== true) return undefined
    const values = exchange.find(this.channelId, txId, hash)
    return values !== undefined && sha256Hex(values) === hash ? values : undefined
  }
}

function once(action: () => void): () => void {
  let done = false
  return () => {
    if (done) return
    done = true
    action()
  }
}

export interface PeerLedgerOptions {
  readonly settings: NetworkSettings
  readonly membership: Membership
  readonly mspId: string
  readonly exchange: PrivateExchange
  readonly ordered: OrderedChannel
  readonly running: () => boolean
}
