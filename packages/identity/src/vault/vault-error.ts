/** Every code a key vault may give; the caller's choice follows from it. */
export const VAULT_ERROR_CODES = [
  /** Another process has the vault's directory open. Stop the other one first. */
  'VAULT_LOCKED',
  /** Stored bytes contradict themselves. Stop; restore the vault's directory. */
  'VAULT_CORRUPT',
  /** The vault holds keys but its root file is missing. Bring the root back; without it nothing can be opened. */
  'VAULT_ROOT_MISSING',
  /** The server that keeps the root cannot be reached, or refuses. Nothing was decided; repeat when it answers. */
  'VAULT_ROOT_UNAVAILABLE',
  /** Root and vault are not of the same generation: one of them is an old copy. What was destroyed since stays destroyed. */
  'VAULT_ROOT_MISMATCH',
  /** The patient's keys were destroyed. Nothing sealed under them can be read again; no new ones are made under the same id. */
  'VAULT_DESTROYED',
  /** Wrong key, wrong associated data, or altered bytes. */
  'VAULT_UNSEAL_FAILED',
  /** The disk refused (full, gone). Nothing stands. Repeat later. */
  'VAULT_WRITE_FAILED',
  /** A write's outcome is unknown, so the vault has stopped. Open it anew: that decides. */
  'VAULT_BROKEN',
  'VAULT_CLOSED',
] as const
export type VaultErrorCode = (typeof VAULT_ERROR_CODES)[number]

/** The one error class of the KeyVault port. Recognise by `name` and `code`, not by `instanceof`. */
export class VaultError extends Error {
  override readonly name = 'VaultError'
  readonly code: VaultErrorCode
  /** Custodian, generation, file name, offset; never key material and no patient. */
  readonly details: Readonly<Record<string, string | number>>
  constructor(code: VaultErrorCode, message: string, options: { readonly cause?: unknown; readonly details?: VaultError['details'] } = {}) {
    super(message, { cause: options.cause })
    this.code = code
    this.details = options.details ?? {}
  }
}
