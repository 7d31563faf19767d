import type { ChainStreams } from './chain-streams.ts'
import type { FinalBlocks } from './final-blocks.ts'
import type { DataCache } from './item-data.ts'
import type { NodeRpc } from './node-rpc.ts'
import type { Chain } from './open-chain.ts'
import type { ListCursors } from './list-cursors.ts'
import type { CheckedSettings } from './settings.ts'

/** One open client: what its verbs share. */
export interface Client {
  readonly settings: CheckedSettings
  readonly rpc: NodeRpc
  readonly chain: Chain
  readonly streams: ChainStreams
  readonly finalBlocks: FinalBlocks
  readonly data: DataCache
  readonly cursors: ListCursors
}
