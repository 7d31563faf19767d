import { readAs, text, dataReference, type StreamItem } from './answers.ts'
import type { NodeRpc } from './node-rpc.ts'

/** Data of items too large for a list, fetched once: a transaction's content never changes. */
export interface DataCache {
  /** Hex of raw data; `undefined` for text, JSON and what is not there. */
  read(item: StreamItem, signal: AbortSignal): Promise<string | undefined>
}

const CACHED_CHARACTERS_MAX = 16_777_216

export function createDataCache(rpc: NodeRpc): DataCache {
  const cached = new Map<string, string>()
  let characters = 0

  function keep(name: string, hex: string): void {
    if (cached.has(name) || hex.length > CACHED_CHARACTERS_MAX) return
    cached.set(name, hex)
    characters += hex.length
    for (const [oldest, value] of cached) {
      if (characters <= CACHED_CHARACTERS_MAX) return
      cached.delete(oldest)
      characters -= value.length
    }
  }

  return {
    async read(item, signal) {
      if (typeof item.data === 'string') return item.data
      const reference = dataReference.safeParse(item.data)
      if (!reference.success || reference.data.format !== 'raw') return undefined
      const { txid, vout } = reference.data
      const name = `${txid}:${vout}`
      const known = cached.get(name)
      if (known !== undefined) return known
      const hex = readAs(text, await rpc.call('gettxoutdata', [txid, vout], signal))
      keep(name, hex)
      return hex
    },
  }
}
