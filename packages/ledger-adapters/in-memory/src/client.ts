import { LedgerError } from '@careledger/ledger-spec'
import type { LedgerStore } from './ledger-store.ts'
import type { CheckedSettings } from './settings.ts'

/** One account's view of a ledger. */
export interface Client {
  readonly store: LedgerStore
  readonly settings: CheckedSettings
  readonly account: string
  readonly readOnly: boolean
}

/** LEDGER_UNAUTHORISED when `stream` is private and the account is no member (private-1): the same whatever is in it. */
export function checkMember(client: Client, stream: string): void {
  const members = client.store.members(stream)
  if (members === undefined || members.has(client.account)) return
  throw new LedgerError('LEDGER_UNAUTHORISED', 'The stream is private', { details: { stream } })
}

/** LEDGER_UNAUTHORISED for a client that only reads, and as `checkMember`. */
export function checkWriter(client: Client, stream: string): void {
  if (client.readOnly) throw new LedgerError('LEDGER_UNAUTHORISED', 'This client only reads', { details: { stream } })
  checkMember(client, stream)
}
