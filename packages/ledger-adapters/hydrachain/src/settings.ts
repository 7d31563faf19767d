import { parseSettings } from '@careledger/ledger-kit'
import { checkSettings as checkEthereumSettings, type CheckedSettings } from '@careledger/ledger-ethereum/legacy'
import { isAddress } from 'ethers'
import { z } from 'zod'

const settingsSchema = z.strictObject({
  urls: z.array(z.string()).min(1).max(16),
  firstBlock: z.string().regex(/^0x[0-9a-f]{64}$/, 'A block hash: 0x and 64 lower-case hex digits'),
  contract: z.string().refine((text) => isAddress(text), 'An address: 0x and 40 hex digits'),
  validators: z.enum(['one', 'several']).default('several'),
  recordsMax: z.int().min(1).max(250).optional(),
  appendBytesMax: z.int().min(2_048).max(24_000).optional(),
  dataBytesMax: z.int().min(1_024).max(16_384).default(1_024),
  gasPriceMaxWei: z.bigint().min(0n).default(0n),
  pollMs: z.int().min(1).max(600_000).default(250),
  requestTimeoutMs: z.int().min(1).max(600_000).default(20_000),
  resendAfterMs: z.int().min(1).max(600_000).default(5_000),
  acceptWithinMs: z.int().min(1).max(86_400_000).default(60_000),
  finalWithinMs: z.int().min(1).default(15_000),
  reconnectForMs: z.int().min(0).max(86_400_000).default(60_000),
  waitingMax: z.int().min(1).max(1_000_000).default(4_096),
})

type CheckedHydraChainSettings = Readonly<z.output<typeof settingsSchema>>

/** How a HydraChain ledger is reached and what it waits for. */
export interface HydraChainLedgerSettings {
  /** JSON-RPC endpoints, `http` or `https`, 1 to 16; credentials may stand in them. One is used at a time, the next when it gives no answer. */
  readonly urls: readonly string[]
  /**
   * Hash of block 1, as `deployHydraChainContract` gives it: nodes know no chain id, and every chain with the same accounts at
   * the beginning has the same genesis block. A node of another chain is LEDGER_WRONG_CHAIN.
   */
  readonly firstBlock: string
  /** Address of the CareLedger contract. */
  readonly contract: string
  /**
   * How many validators make the blocks; only for the two defaults below. With `several`, HydraChain 0.3.2 stalls when a transaction is
   * larger than about a kilobyte. Default `several`.
   */
  readonly validators?: 'one' | 'several' | undefined
  /** Most records in one append, 1 to 250. Default 4 with several validators, 250 with one: what a block's gas takes. */
  readonly recordsMax?: number | undefined
  /** Most bytes in one append, 2,048 to 24,000. Default 2,048 with several validators, 24,000 with one. */
  readonly appendBytesMax?: number | undefined
  /** Most bytes of one record's data, 1,024 to 16,384. Default 1,024, the least that the port allows. */
  readonly dataBytesMax?: number | undefined
  /** Never pay more for a unit of gas, in wei. Default 0: validators take transactions without a fee, and accounts need no money. */
  readonly gasPriceMaxWei?: bigint | undefined
  /** Pause between two looks at the chain, in milliseconds. Default 250. */
  readonly pollMs?: number | undefined
  /** Longest that one request may take, in milliseconds. Default 20,000: a stalled node does not answer at all. */
  readonly requestTimeoutMs?: number | undefined
  /** A transaction in no block for so long is sent again under another hash, in milliseconds. Default 5,000. */
  readonly resendAfterMs?: number | undefined
  /** Longest that an append waits to be in a block, in milliseconds; then LEDGER_OUTCOME_UNKNOWN. Default 60,000. */
  readonly acceptWithinMs?: number | undefined
  /** The `finalWithinMs` of the description. Default 15,000. */
  readonly finalWithinMs?: number | undefined
  /** Longest outage that a watch bridges, in milliseconds. Default 60,000. */
  readonly reconnectForMs?: number | undefined
  /** Most appends waiting for one stream. Default 4,096. */
  readonly waitingMax?: number | undefined
}

/** Fills in the defaults. TypeError naming the member that is wrong. */
export function checkSettings(settings: HydraChainLedgerSettings): CheckedHydraChainSettings {
  return parseSettings('HydraChain', settingsSchema, settings)
}

/** The same as an Ethereum ledger has them: one transaction in flight, final in its block, few requests at once. */
export function toEthereumSettings(settings: CheckedHydraChainSettings): CheckedSettings {
  const { urls, contract, validators, pollMs, requestTimeoutMs, acceptWithinMs, finalWithinMs, reconnectForMs, waitingMax, dataBytesMax } = settings
  const least = dataBytesMax + RECORD_BYTES
  const { recordsMax, appendBytesMax } = validators === 'one' ? { recordsMax: 250, appendBytesMax: 24_000 } : { recordsMax: 4, appendBytesMax: 2_048 }
  return checkEthereumSettings({
    urls, contract, pollMs, requestTimeoutMs, acceptWithinMs, finalWithinMs, reconnectForMs, waitingMax, dataBytesMax,
    chainId: 0n,
    profile: 'legacy',
    finality: { confirmationsMin: 1 },
    inFlightMax: 1,
    requestsMax: 4,
    // The node looks at every block of the range: a second or two for so many.
    logBlocksMax: 5_000,
    recordsMax: settings.recordsMax ?? recordsMax,
    appendBytesMax: Math.max(settings.appendBytesMax ?? appendBytesMax, least),
    fees: { kind: 'legacy', maxFeePerGasWei: settings.gasPriceMaxWei, bumpAfterMs: settings.resendAfterMs },
    balanceForAppendsMin: settings.gasPriceMaxWei === 0n ? 0 : 10,
  })
}

/** What the Ethereum adapter counts for a record beside its data. */
const RECORD_BYTES = 96
