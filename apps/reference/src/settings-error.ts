/** A setting that is wrong or missing, in a sentence that says what to do and holds no value. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError'
}
