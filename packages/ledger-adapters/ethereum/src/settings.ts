import { parseSettings } from '@careledger/ledger-kit'
import { isAddress } from 'ethers'
import { z } from 'zod'

const wei = z.bigint().min(0n)
const url = z.string().refine((text) => /^https?:$/.test(URL.parse(text)?.protocol ?? ''), 'An http or https URL')

const settingsSchema = z.strictObject({
  urls: z.array(url).min(1).max(16),
  chainId: z.bigint().min(0n),
  contract: z.string().refine((text) => isAddress(text), 'An address: 0x and 40 hex digits'),
  profile: z.enum(['modern', 'legacy']).default('modern'),
  finality: z.union([
    z.strictObject({ confirmationsMin: z.int().min(1).max(100_000) }),
    z.strictObject({ tag: z.enum(['finalized', 'safe']) }),
  ]).default({ tag: 'finalized' }),
  blockTimeMs: z.int().min(1).max(3_600_000).default(12_000),
  finalWithinMs: z.int().min(1).optional(),
  pollMs: z.int().min(1).max(600_000).default(1_000),
  requestTimeoutMs: z.int().min(1).max(600_000).default(20_000),
  requestsMax: z.int().min(1).max(256).default(16),
  acceptWithinMs: z.int().min(1).max(86_400_000).default(300_000),
  reconnectForMs: z.int().min(0).max(86_400_000).default(60_000),
  finalWaitMs: z.int().min(1).optional(),
  waitingMax: z.int().min(1).max(1_000_000).default(4_096),
  inFlightMax: z.int().min(1).max(64).default(16),
  logBlocksMax: z.int().min(1).default(10_000_000),
  recordsMax: z.int().min(1).max(1_024).default(1_024),
  appendBytesMax: z.int().min(2_048).max(122_880).default(110_000),
  dataBytesMax: z.int().min(1_024).max(65_536).default(65_536),
  fees: z.strictObject({
    kind: z.enum(['auto', 'eip1559', 'legacy']).default('auto'),
    maxFeePerGasWei: wei.default(500_000_000_000n),
    maxPriorityFeePerGasWei: wei.default(10_000_000_000n),
    bumpAfterMs: z.int().min(1).default(45_000),
  }).prefault({}),
  balanceForAppendsMin: z.int().min(0).default(10),
})

/** Settings with every default filled in. */
export type CheckedSettings = Readonly<z.output<typeof settingsSchema>>

/** How an Ethereum ledger is reached and what it waits for. */
export interface EthereumLedgerSettings {
  /** JSON-RPC endpoints, `http` or `https`, 1 to 16; credentials may stand in them. One is used at a time, the next when it gives no answer. */
  readonly urls: readonly string[]
  /** The chain that the nodes must be on (EIP-155); another is LEDGER_WRONG_CHAIN. */
  readonly chainId: bigint
  /** Address of the CareLedger contract. */
  readonly contract: string
  /** `legacy`: chains with Homestead rules and old nodes, where the contract is the tagged one. Default `modern`. */
  readonly profile?: 'modern' | 'legacy' | undefined
  /**
   * When a record is final: when its block and those behind it are at least `confirmationsMin` (1: in a block), or when the node
   * counts its block as `finalized` or `safe`. Default the tag `finalized`, which proof-of-stake chains have.
   */
  readonly finality?: { readonly confirmationsMin: number } | { readonly tag: 'finalized' | 'safe' } | undefined
  /** Usual time between two blocks, in milliseconds; only for the default of `finalWithinMs`. Default 12,000. */
  readonly blockTimeMs?: number | undefined
  /** The `finalWithinMs` of the description. Default: 3 times `confirmationsMin` blocks, or 100 blocks for a tag, and 5,000 ms. */
  readonly finalWithinMs?: number | undefined
  /** Pause between two looks at the chain, in milliseconds, 1 to 600,000. Default 1,000. */
  readonly pollMs?: number | undefined
  /** Longest that one request may take, in milliseconds. Default 20,000. */
  readonly requestTimeoutMs?: number | undefined
  /** Most requests to the node at once. Default 16. */
  readonly requestsMax?: number | undefined
  /** Longest that an append waits to be in a block, in milliseconds; then LEDGER_OUTCOME_UNKNOWN. Default 300,000. */
  readonly acceptWithinMs?: number | undefined
  /** Longest outage that a watch bridges, in milliseconds. Default 60,000. */
  readonly reconnectForMs?: number | undefined
  /** Longest that `until: 'final'` waits, in milliseconds. Default 3 times `finalWithinMs`, at least 60,000. */
  readonly finalWaitMs?: number | undefined
  /** Most appends waiting for one stream. Default 4,096. */
  readonly waitingMax?: number | undefined
  /** Most transactions of the account that are sent and in no block yet, 1 to 64 (geth's pool keeps 64 for an account). Default 16. */
  readonly inFlightMax?: number | undefined
  /** Most blocks that one `eth_getLogs` asks for. It is halved for a while when the node refuses. Default 10,000,000. */
  readonly logBlocksMax?: number | undefined
  /** Most records in one append, 1 to 1,024. Default 1,024. */
  readonly recordsMax?: number | undefined
  /** Most bytes in one append: a transaction is at most 128 KiB in geth's pool. Default 110,000. */
  readonly appendBytesMax?: number | undefined
  /** Most bytes of one record's data, 1,024 to 65,536. Default 65,536. */
  readonly dataBytesMax?: number | undefined
  readonly fees?: {
    /** EIP-1559 or type-0 fees. Default `auto`: EIP-1559 where blocks have a base fee. */
    readonly kind?: 'auto' | 'eip1559' | 'legacy' | undefined
    /** Never offer more for a unit of gas, in wei. Default 500 gwei. */
    readonly maxFeePerGasWei?: bigint | undefined
    /** Never offer a higher tip, in wei. Default 10 gwei. */
    readonly maxPriorityFeePerGasWei?: bigint | undefined
    /** A transaction in no block for so long is replaced by one with higher fees, in milliseconds. Default 45,000. */
    readonly bumpAfterMs?: number | undefined
  } | undefined
  /** Health reports a balance that pays for fewer full appends than this. 0: no matter. Default 10. */
  readonly balanceForAppendsMin?: number | undefined
}

/** Fills in the defaults. TypeError naming the member that is wrong. */
export function checkSettings(settings: EthereumLedgerSettings): CheckedSettings {
  return parseSettings('Ethereum', settingsSchema, settings)
}
