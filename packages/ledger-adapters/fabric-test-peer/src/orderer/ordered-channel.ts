import type { common } from '@hyperledger/fabric-protos'
import { blockHash, createBlock } from '../ledger/block.ts'
import { decodeTransaction, type DecodedTransaction } from '../ledger/decode-transaction.ts'
import type { SigningIdentity } from '../identity/signer.ts'
import type { NetworkSettings } from '../settings.ts'

export interface OrderedBlock {
  readonly block: common.Block
  readonly transactions: readonly (DecodedTransaction | undefined)[]
}

/** What ordering one channel is: envelopes wait until there are enough of them or time is up, and become a signed block. */
export class OrderedChannel {
  readonly channelId: string
  readonly blocks: OrderedBlock[] = []
  readonly #settings: NetworkSettings
  readonly #signer: SigningIdentity
  readonly #listeners = new Set<() => void>()
  #waiting: Uint8Array[] = []
  #timer: NodeJS.Timeout | undefined
  #held = false

  constructor(options: { channelId: string; settings: NetworkSettings; signer: SigningIdentity; genesis: common.Block }) {
    this.channelId = options.channelId
    this.#settings = options.settings
    this.#signer = options.signer
    this.blocks.push({ block: options.genesis, transactions: [undefined] })
  }

  get waiting(): number {
    return this.#waiting.length
  }

  onBlock(listener: () => void): void {
    this.#listeners.add(listener)
  }

  order(envelope: Uint8Array): void {
    this.#waiting.push(envelope)
    this.#schedule()
  }

  /** No block is cut until `resume`; what has been taken is kept, as a raft log is. */
  hold(): void {
    this.#held = true
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  resume(): void {
    this.#held = false
    this.#schedule()
  }

  #schedule(): void {
    if (this.#held || this.#waiting.length === 0) return
    if (this.#waiting.length >= this.#settings.maxMessageCount) this.#cut()
    else this.#timer ??= setTimeout(() => this.#cut(), this.#settings.batchTimeoutMs)
  }

  #cut(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const data = this.#waiting.splice(0, this.#settings.maxMessageCount)
    const previous = this.blocks.at(-1)!.block.getHeader()!
    const block = createBlock(this.blocks.length, blockHash(previous), data, this.#signer)
    this.blocks.push({ block, transactions: data.map(decodeTransaction) })
    for (const listener of this.#listeners) listener()
    this.#schedule()
  }
}
