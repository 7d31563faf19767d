import { parseSettings } from '@careledger/ledger-kit'
import { z } from 'zod'

const settingsSchema = z.strictObject({
  account: z.string().regex(/^[\x21-\x7e]{1,64}$/).default('in-memory'),
  journal: z.strictObject({
    path: z.string().min(1),
    readOnly: z.boolean().default(false),
    inspect: z.boolean().default(false),
    pollMs: z.int().min(1).max(60_000).default(100),
  }).optional(),
  finalAfterMs: z.int().min(0).max(86_400_000).default(0),
  recordsMax: z.int().min(1).max(65_536).default(4_096),
  pageMax: z.int().min(1).max(65_536).default(1_000),
  dataBytesMax: z.int().min(1_024).max(16_777_216).default(1_048_576),
  waitingMax: z.int().min(1).default(4_096),
}).refine((settings) => settings.journal === undefined || settings.finalAfterMs === 0, {
  path: ['finalAfterMs'],
  message: 'A journaled record is final when it is accepted',
})

/** Settings with every default filled in. */
export type CheckedSettings = Readonly<z.output<typeof settingsSchema>>

/** How an in-memory ledger behaves. Every member may be left out. */
export interface InMemoryLedgerSettings {
  /** Name of the writing account, 1 to 64 printable ASCII characters. Default `in-memory`. */
  readonly account?: string | undefined
  /** Keeps the ledger in a file. Without it the ledger ends with the process. */
  readonly journal?: {
    /** One process may write it; any number may follow it. The folder must exist. */
    readonly path: string
    /** Follows a journal that another process writes: reads and watches, and `append` rejects with LEDGER_UNAUTHORISED. Default false. */
    readonly readOnly?: boolean | undefined
    /**
     * For an audit: reads what can be read of a journal that nobody writes, once, and changes nothing. A damaged one opens too; `health`
     * then names every block that is altered, removed, added or swapped, as a problem LEDGER_CORRUPTION whose details are `what`, `height`
     * and `ids`. `append` rejects with LEDGER_UNAUTHORISED. Default false.
     */
    readonly inspect?: boolean | undefined
    /** How often a follower that watches looks for more, in milliseconds, 1 to 60,000. Default 100. */
    readonly pollMs?: number | undefined
  } | undefined
  /** Time from accepted to final, in milliseconds, for tests of callers; only without a journal. Default 0: accepted is final. */
  readonly finalAfterMs?: number | undefined
  /** Most records in one append. Default 4,096. */
  readonly recordsMax?: number | undefined
  /** Most records in one page and ids in one call. Default 1,000. */
  readonly pageMax?: number | undefined
  /** Most bytes of one record's data, at least 1,024. Default 1 MiB. */
  readonly dataBytesMax?: number | undefined
  /** Most appends waiting for one stream. Default 4,096. */
  readonly waitingMax?: number | undefined
}

/** Fills in the defaults. TypeError naming the member that is wrong. */
export function checkSettings(settings: InMemoryLedgerSettings): CheckedSettings {
  return parseSettings('in-memory', settingsSchema, settings)
}
