/** What the command's exit status means; the same for every command. */
export const exitCodes = {
  ok: 0,
  /** The answer is no: a proof does not hold, an audit found something, a request was refused. */
  no: 1,
  /** The command line was wrong. */
  usage: 2,
  /** The instance, store or ledger cannot be reached; nothing was changed. */
  unavailable: 3,
} as const
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

/** Ends a command with a sentence for the person and an exit status. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
  readonly exitCode: ExitCode
  readonly code: string
  /** Places of the input that are wrong, where a refusal lists them. */
  readonly problems: readonly { readonly path: string; readonly message: string }[]
  constructor(exitCode: ExitCode, code: string, message: string, options: { readonly cause?: unknown } = {}) {
    super(message, options)
    this.exitCode = exitCode
    this.code = code
    this.problems = problemsOf(options.cause)
  }
}

function problemsOf(cause: unknown): CommandError['problems'] {
  const listed = (cause as { details?: { problems?: unknown } } | undefined)?.details?.problems
  const texts = (Array.isArray(listed) ? listed : []) as readonly Readonly<Record<string, unknown>>[]
  return texts.flatMap(({ path, message }) => (typeof path === 'string' && typeof message === 'string' ? [{ path, message }] : []))
}

/** The exit status and code for anything that a command may throw. */
export function toCommandError(error: unknown): CommandError {
  if (error instanceof CommandError) return error
  const { code, message, name } = error as { code?: unknown; message?: unknown; name?: unknown }
  const text = typeof message === 'string' ? message : String(error)
  if (name === 'SettingsError') return new CommandError(exitCodes.usage, 'SETTINGS_INVALID', text)
  const known = typeof code === 'string' ? code : name === 'DirectoryInUseError' ? 'DIRECTORY_IN_USE' : name === 'NoInstanceError' ? 'NO_INSTANCE' : 'INTERNAL'
  const unavailable = ['UNAVAILABLE', 'BUSY', 'RATE_LIMITED', 'OUTCOME_UNKNOWN', 'STORE_UNAVAILABLE', 'STORE_LOCKED', 'LEDGER_UNAVAILABLE', 'DIRECTORY_IN_USE', 'ECONNREFUSED']
  if (unavailable.includes(known)) return new CommandError(exitCodes.unavailable, known, text, { cause: error })
  if (known === 'NO_INSTANCE' || known === 'ENOENT' || known === 'EISDIR' || known === 'EACCES') return new CommandError(exitCodes.usage, known, text, { cause: error })
  return new CommandError(exitCodes.no, known, text, { cause: error })
}
