import { sha256Hex } from '../hash.ts'
import { encodePrivateWrites } from './encode-read-write-set.ts'
import type { Simulator } from './simulator.ts'

/** Stands for gossip and the peers' transient stores: what an endorser's simulation wrote to collections, until it is committed. */
export class PrivateExchange {
  /** By transaction and SHA-256 of the private write set. */
  readonly #sets = new Map<string, Uint8Array>()

  distribute(channelId: string, txId: string, simulator: Simulator): void {
    for (const { writes } of simulator.collections.values()) {
      if (writes.size === 0) continue
      const set = encodePrivateWrites(writes)
      this.#sets.set(`${channelId}/${txId}/${sha256Hex(set)}`, set)
    }
  }

  find(channelId: string, txId: string, hash: string): Uint8Array | undefined {
    return this.#sets.get(`${channelId}/${txId}/${hash}`)
  }
}
