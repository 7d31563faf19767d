import { accountLinked, accountTable, accountUnlinked } from './account-entries.ts'

export { keyOfAccount, listAccounts, type AccountItem } from './accounts.ts'

/** Entry types of staff's accounts at an identity provider, and the table they fill. */
export const accountTypes = { 'account-linked': accountLinked, 'account-unlinked': accountUnlinked }
export const accountTableDefinitions = { [accountTable]: { readBack: true } } as const
