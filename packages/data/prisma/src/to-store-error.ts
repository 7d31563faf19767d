import { StoreError, type StoreErrorCode } from '@careledger/data-spec'

/** Where a call stood when it failed: after COMMIT was sent, a lost connection leaves its outcome open. */
export type Phase = 'connect' | 'before-commit' | 'commit'

/**
 * Codes by SQLSTATE, whole or by class (its first two characters). Source: PostgreSQL documentation, appendix A.
 * `again` marks what the store repeats by itself before it gives the code.
 */
const table: Readonly<Record<string, { readonly code: StoreErrorCode; readonly again?: true; readonly message: string }>> = {
  '08': { code: 'STORE_UNAVAILABLE', message: 'The connection to the database failed.' },
  '28': { code: 'STORE_UNAVAILABLE', message: 'The database refuses this user.' },
  '3D': { code: 'STORE_UNAVAILABLE', message: 'The database does not exist.' },
  '53100': { code: 'STORE_UNAVAILABLE', message: "The database's disk is full." },
  '53': { code: 'STORE_UNAVAILABLE', message: 'The database lacks a resource.' },
  '57': { code: 'STORE_UNAVAILABLE', message: 'The database was stopped or took too long.' },
  '58': { code: 'STORE_UNAVAILABLE', message: "The database's disk failed." },
  '25006': { code: 'STORE_UNAVAILABLE', message: 'The database only reads: it is a standby.' },
  '25P03': { code: 'STORE_UNAVAILABLE', message: 'The transaction stood idle for too long.' },
  '40': { code: 'STORE_BUSY', again: true, message: 'Others kept the rows for too long.' },
  '55P03': { code: 'STORE_BUSY', again: true, message: 'Others kept the rows for too long.' },
  XX001: { code: 'STORE_CORRUPTION', message: 'The database found damaged data.' },
  XX002: { code: 'STORE_CORRUPTION', message: 'The database found a damaged index.' },
}

/** Names that Node and node-postgres give to a connection that is not there or went away. */
const lost = /ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|ENOENT|EACCES|terminated|not queryable|timeout|Connection ended/i

/** Whether the store may run the whole transaction again: the server undid it and says so. */
export function mayRepeat(error: unknown): boolean {
  return row(sqlState(error))?.again === true
}

/** The port's error for the driver's. A server's own answer means that nothing stands; only a lost answer to COMMIT leaves it open. */
export function toStoreError(error: unknown, phase: Phase): StoreError {
  if (error instanceof Error && error.name === 'StoreError') {
    const known = error as StoreError
    return phase === 'commit' && known.code === 'STORE_CLOSED' ? unknownOutcome(error) : known
  }
  const state = sqlState(error)
  const fatal = (error as { readonly severity?: unknown }).severity === 'FATAL'
  if (phase === 'commit' && (state === undefined || fatal || state.startsWith('08'))) return unknownOutcome(error)
  const found = row(state)
  if (found !== undefined) return new StoreError(found.code, found.message, { cause: slim(error), details: { sqlstate: state ?? '' } })
  const message = lost.test(`${(error as NodeJS.ErrnoException).code ?? ''} ${(error as Error).message}`) ? 'The database cannot be reached.' : 'The database refused a statement.'
  return new StoreError('STORE_UNAVAILABLE', message, { cause: slim(error), ...(state === undefined ? {} : { details: { sqlstate: state } }) })
}

function unknownOutcome(error: unknown): StoreError {
  return new StoreError('STORE_OUTCOME_UNKNOWN', 'COMMIT was sent and its answer was lost.', { cause: slim(error) })
}

function row(state: string | undefined): (typeof table)[string] | undefined {
  return state === undefined ? undefined : table[state] ?? table[state.slice(0, 2)]
}

function sqlState(error: unknown): string | undefined {
  const { code } = error as { readonly code?: unknown }
  return typeof code === 'string' && /^[0-9FHPX][0-9A-Z]{4}$/.test(code) ? code : undefined
}

/** Only the message: the detail that PostgreSQL adds holds values of rows. */
function slim(error: unknown): Error {
  return new Error(error instanceof Error ? error.message : String(error))
}
