import type { LedgerTarget } from '@careledger/logic'

/** What opening one ledger is given. */
export interface LedgerOpening {
  /** The ledger's name in the file. */
  readonly name: string
  readonly settings: Readonly<Record<string, unknown>>
  /** The folder that relative paths start from. */
  readonly directory: string
  /** Opened to be looked at: a damaged journal is read as far as it can be, and nothing is written. */
  readonly inspect?: boolean | undefined
  /** Other processes of the instance have it open too. */
  readonly shared?: boolean | undefined
}

/** A ledger, and whether this process may append to it now. */
export type OpenedLedger = Pick<LedgerTarget, 'ledger' | 'mayAppend'>
