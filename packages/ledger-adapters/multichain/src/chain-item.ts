import type { NewRecord } from '@careledger/ledger-spec'
import type { StreamItem } from './answers.ts'
import type { Client } from './client.ts'
import { decodeItem, decodeKeys } from './item-format.ts'
import type { Place } from './position.ts'

/** An item of our form, with its records in order. */
export interface ChainItem {
  readonly records: readonly NewRecord[]
  readonly writer: string
  /** Present when a block has it. */
  readonly block?: { readonly place: Place; readonly at: Date } | undefined
  readonly final: boolean
}

/** The item's place when it is final: in a block with `confirmationsMin` confirmations. */
export function finalPlace(client: Client, item: StreamItem): Place | undefined {
  const place = placeOf(item)
  if (place === undefined || item.confirmations < client.settings.confirmationsMin) return undefined
  client.finalBlocks.see(place.height, item.blockhash ?? '')
  return place
}

/** `undefined` for what is not of our form: other tools and mistakes may be in the stream, and exist for no verb. */
export async function toChainItem(client: Client, item: StreamItem, signal: AbortSignal): Promise<ChainItem | undefined> {
  const [writer] = item.publishers
  if (!item.valid || item.offchain || item.publishers.length !== 1 || writer === undefined) return undefined
  if (decodeKeys(item.keys) === undefined) return undefined
  const data = await client.data.read(item, signal)
  const records = data === undefined ? undefined : decodeItem(item.keys, data)
  if (records === undefined) return undefined
  const place = placeOf(item)
  return {
    records,
    writer,
    block: place === undefined ? undefined : { place, at: new Date((item.blocktime ?? 0) * 1_000) },
    final: finalPlace(client, item) !== undefined,
  }
}

function placeOf({ blockheight, blockindex, vout }: StreamItem): Place | undefined {
  return blockheight === undefined || blockindex === undefined ? undefined : { height: blockheight, blockIndex: blockindex, vout }
}
