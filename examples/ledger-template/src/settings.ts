import type { Node } from './node.ts'

/** How the ledger is reached: an address and a signer, most likely. Say units and defaults. */
export interface TemplateLedgerSettings {
  readonly node: Node
  /** The account that this client writes under, 1 to 64 letters, digits and dashes. */
  readonly account: string
  /** Pause between two looks for new records, in milliseconds. Default 100. */
  readonly pollMs?: number | undefined
}

/** TypeError naming the setting that is wrong. */
export function checkSettings({ account }: TemplateLedgerSettings): void {
  if (!/^[A-Za-z0-9-]{1,64}$/.test(account)) throw new TypeError('account is not 1 to 64 letters, digits and dashes')
}
