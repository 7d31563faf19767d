import type { Exchange } from './scenario.ts'

/** What differs from chain to chain, by its name in an answer. */
const VARYING = new Set(['number', 'blockNumber', 'timestamp', 'size', 'difficulty', 'totalDifficulty'])
/** Answers that are a list without order. */
const UNORDERED = ['eth_getLogs', 'eth_getFilterLogs']

/** The exchanges without what differs from chain to chain, so that two nodes can be compared: hashes, addresses, heights, times. */
export function plainExchanges(exchanges: readonly Exchange[]): readonly Exchange[] {
  return exchanges.map((exchange) => {
    const reply = plain(exchange.reply)
    const unordered = UNORDERED.some((method) => exchange.request.includes(method))
    return { ...exchange, request: plainRequest(exchange.request), reply: unordered ? sorted(reply) : reply }
  })
}

function plain(value: unknown, key?: string): unknown {
  if (typeof value === 'string') return key !== undefined && VARYING.has(key) ? 'varies' : plainText(value)
  if (Array.isArray(value)) return value.map((item) => plain(item))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([name, item]) => [name, plain(item, name)]))
}

/** Hexadecimal of 20 bytes or more becomes its length, except the repeated bytes that the scenario chose. How much of a typed transaction is superfluous depends on its signature. */
function plainText(text: string): string {
  return text.replace(/with \d+ superfluous/, 'with some superfluous').replace(/0x[0-9a-f]{40,}/g, (hex) => (/^0x([0-9a-f]{2})\1*$/.test(hex) && hex.length <= 66 ? hex : `${(hex.length - 2) / 2} bytes`))
}

/** A signed transaction is a byte longer or shorter as its signature falls out. */
function plainRequest(text: string): string {
  return text.includes('eth_sendRawTransaction') ? text.replace(/"0x[0-9a-f]+"/, '"a signed transaction"') : plainText(text)
}

function sorted(reply: unknown): unknown {
  const { result, ...rest } = reply as { readonly result?: unknown }
  if (!Array.isArray(result)) return reply
  return { ...rest, result: result.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)) }
}
