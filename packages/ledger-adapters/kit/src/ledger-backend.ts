import type {
  Evidence,
  Finality,
  LedgerDescription,
  LedgerError,
  LedgerHealth,
  LedgerRecord,
  ListQuery,
  Membership,
  NewRecord,
  Page,
  Position,
  PrivateStreams,
  Receipt,
  RecordId,
  StreamName,
} from '@careledger/ledger-spec'
import type { Phase } from './safe-error.ts'

/** What became of one `send`. */
export type Sent =
  | {
      readonly outcome: 'accepted'
      /** Whether accepted is final on this ledger, here and now. */
      readonly state: 'pending' | 'final'
      /** The vendor's handle of the transaction, copied into each receipt. */
      readonly raw?: Readonly<Record<string, string>> | undefined
    }
  /** Certainly not on the ledger, because somebody else wrote in between: look again. */
  | { readonly outcome: 'moved' }

/**
 * What an adapter writes itself; `composeLedger` makes a Ledger of it. Input has been checked and the object is open whenever a
 * method is called. `signal` aborts when the caller aborts or the object is closed; honouring it early is a courtesy, the caller
 * is answered in any case. What a method throws goes through `toLedgerError`.
 */
export interface LedgerBackend {
  readonly description: LedgerDescription

  /**
   * Read before the look-up of every append and given to `send`: an ordered ledger's stream size, so that the ledger can refuse
   * when anything came in between. Leave it out where the ledger checks by itself (Fabric's MVCC) or not at all (MultiChain).
   */
  mark?(stream: StreamName, signal: AbortSignal): Promise<unknown>

  /**
   * One ledger transaction with all of `records`: at least one, distinct, none visible at the look-up. One call at a time for
   * each stream. Throws LEDGER_OUTCOME_UNKNOWN when it may have been sent and no answer came; every other error says that
   * nothing of it is or will be on the ledger. `signal` aborts on close only: an append that was sent is not called back.
   */
  send(stream: StreamName, records: readonly NewRecord[], mark: unknown, signal: AbortSignal): Promise<Sent>

  /** At most `limits.pageMax` ids. The effective records, pending ones included. */
  getMany(stream: StreamName, ids: readonly RecordId[], signal: AbortSignal): Promise<readonly (LedgerRecord | undefined)[]>

  /** Final records only; `limit` has been checked. A malformed position that only the adapter can tell: LEDGER_INVALID_RECORD. */
  list(stream: StreamName, query: ListQuery, signal: AbortSignal): Promise<Page>

  /** Only where the ledger knows more than `getMany` shows; otherwise it is derived from `getMany`. */
  finality?(
    receipts: readonly Pick<Receipt, 'stream' | 'id' | 'digest'>[],
    signal: AbortSignal,
  ): Promise<readonly Finality[]>

  /** Resolves when there may be a final record after `after`, now or later. Without it a watch polls. */
  changed?(stream: StreamName, after: Position | undefined, signal: AbortSignal): Promise<void>

  /** May throw: that becomes a problem in the answer. */
  health(signal: AbortSignal): Promise<LedgerHealth>

  /** Called once. */
  close(): Promise<void>

  /** The adapter's one table from the vendor's errors to ours. `undefined`: not recognised, and never guessed. */
  toLedgerError(error: unknown, phase: Phase): LedgerError | undefined

  /** Give exactly the parts that `description.capabilities` declares. */
  readonly privateStreams?: PrivateStreams | undefined
  readonly membership?: Membership | undefined
  readonly evidence?: Evidence | undefined
}
