import { parseSettings } from '@careledger/ledger-kit'
import { z } from 'zod'

const hash = z.string().regex(/^[0-9a-f]{64}$/)
const address = z.string().regex(/^[1-9A-HJ-NP-Za-km-z]{20,64}$/)
const chainStream = z.string().regex(/^[A-Za-z0-9_-]{1,32}$/)
const milliseconds = z.int().min(1).max(86_400_000)
const login = z.strictObject({ user: z.string().min(1), password: z.string().min(1) })
type Login = Readonly<z.output<typeof login>>

const settingsSchema = z.strictObject({
  url: z.url({ protocol: /^https?$/ }).refine((text) => { const { username, password } = new URL(text); return username === '' && password === '' }, 'Give user and password as credentials, not in the URL'),
  credentials: z.union([login, z.custom<() => Login | Promise<Login>>((value) => typeof value === 'function')]),
  chain: z.strictObject({ name: z.string().min(1).max(32), genesisHash: hash.optional() }),
  address: address.optional(),
  adminAddress: address.optional(),
  streams: z.strictObject({
    prefix: z.string().regex(/^[A-Za-z0-9_-]{0,31}$/).default('careledger-'),
    names: z.record(z.string().regex(/^[a-z0-9][a-z0-9-]{0,30}$/), chainStream).default({}),
  }).prefault({}),
  confirmationsMin: z.int().min(1).max(10, 'An idle chain stops at about 11 confirmations: at most 10').default(8),
  callsMax: z.int().min(1).max(16).default(8),
  timeoutMs: milliseconds.default(60_000),
  busyForMs: milliseconds.default(30_000),
  subscribeForMs: milliseconds.default(600_000),
  pollMs: milliseconds.default(1_000),
  reconnectForMs: milliseconds.default(60_000),
  waitingMax: z.int().min(1).default(4_096),
  forksSettledBelow: z.int().min(0).default(0),
})

/** Settings with every default filled in. */
export type CheckedSettings = Readonly<z.output<typeof settingsSchema>>

/** How a MultiChain node is reached and what of its chain is ours. */
export interface MultiChainLedgerSettings {
  /** JSON-RPC address of the node, `http:` or `https:`, without user and password. */
  readonly url: string
  /** `rpcuser` and `rpcpassword` of the node, or a function that gives them, asked before every call so that they may change. */
  readonly credentials: Login | (() => Login | Promise<Login>)
  /** The chain that must be there: its name, and the hash of block 0 as 64 hex digits to pin it. */
  readonly chain: { readonly name: string; readonly genesisHash?: string | undefined }
  /** Address of the node's wallet that publishes. Without it the client only reads. */
  readonly address?: string | undefined
  /** Address of the node's wallet that grants and revokes. Default `address`. */
  readonly adminAddress?: string | undefined
  /**
   * Names of the streams on the chain: `prefix` and the port's name, default prefix `careledger-`, or what `names` says for a
   * stream. At most 32 characters on the chain. Streams of the chain that match are subscribed when the ledger is opened.
   */
  readonly streams?: { readonly prefix?: string | undefined; readonly names?: Readonly<Record<string, string>> | undefined } | undefined
  /** Confirmations of a final record, 1 to 10. Below 8 only on a chain with mining-diversity 1. Default 8. */
  readonly confirmationsMin?: number | undefined
  /** Most calls of the node in flight, 1 to 16. Default 8: two clients fit in the node's default work queue. */
  readonly callsMax?: number | undefined
  /** Longest wait for one answer of the node, in milliseconds. Default 60,000. */
  readonly timeoutMs?: number | undefined
  /** Longest that a call is repeated to a node that is warming up or overloaded, in milliseconds. Default 30,000. */
  readonly busyForMs?: number | undefined
  /** Longest that subscribing to an existing stream may take, in milliseconds: the node reads the whole chain. Default 600,000. */
  readonly subscribeForMs?: number | undefined
  /** Pause between two looks for finality or a new block, in milliseconds. Default 1,000. */
  readonly pollMs?: number | undefined
  /** Longest outage that a watch bridges silently, in milliseconds. Default 60,000. */
  readonly reconnectForMs?: number | undefined
  /** Most appends waiting for one stream, and most calls waiting for the node. Default 4,096. */
  readonly waitingMax?: number | undefined
  /** Forks that end below this height do not count as corruption in `health`, because a person has looked into them. Default 0. */
  readonly forksSettledBelow?: number | undefined
}

/** Fills in the defaults. TypeError naming the member that is wrong. */
export function checkSettings(settings: MultiChainLedgerSettings): CheckedSettings {
  return parseSettings('MultiChain', settingsSchema, settings)
}
