/** How a folder ledger is reached. */
export interface FolderLedgerSettings {
  /** An existing folder that every member can reach. The first client makes it a ledger. */
  readonly folder: string
  /** The account that this client writes under, 1 to 64 letters, digits and dashes. */
  readonly account: string
  /** Accounts that may write, for the client that makes the ledger; later ones read them from the ledger. */
  readonly writers: readonly string[]
  /** Pause between two looks for new records, in milliseconds. Default 100. */
  readonly pollMs?: number | undefined
}

/** TypeError naming the setting that is wrong. */
export function checkSettings(settings: FolderLedgerSettings): void {
  if (settings.folder === '') throw new TypeError('folder is empty')
  for (const account of [settings.account, ...settings.writers]) {
    if (!/^[A-Za-z0-9-]{1,64}$/.test(account)) throw new TypeError('an account is 1 to 64 letters, digits and dashes')
  }
}
