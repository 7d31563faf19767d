/** What is used of a schema (Zod's, or another's with the same form). */
export interface SettingsSchema<T> {
  safeParse(value: unknown):
    | { readonly success: true; readonly data: T }
    | { readonly success: false; readonly error: { readonly issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[] } }
}

/** Checked settings with their defaults. TypeError naming every setting that is wrong, never a value: one may be a password. */
export function parseSettings<T>(ledger: string, schema: SettingsSchema<T>, settings: unknown): T {
  const checked = schema.safeParse(settings)
  if (checked.success) return checked.data
  throw new TypeError(`Settings of the ${ledger} ledger: ${checked.error.issues.map(({ path, message }) => `${path.map(String).join('.')}: ${message}`).join('; ')}`)
}
