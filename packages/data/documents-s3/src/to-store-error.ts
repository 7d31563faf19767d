import { StoreError, type StoreErrorCode } from '@careledger/data-spec'

/** `asked`: nothing was sent that could have changed anything. `written`: the call that makes the document, whose answer may be what was lost. */
export type Phase = 'asked' | 'written'

interface Row {
  readonly code: StoreErrorCode
  readonly message: string
}

/**
 * Error codes of the S3 API. Source: "Error responses", Amazon S3 API Reference (docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html);
 * those marked (seen) were got from a running server.
 */
const BY_S3_CODE: Readonly<Record<string, Row>> = {
  /** (seen) */
  NoSuchBucket: { code: 'STORE_UNAVAILABLE', message: 'There is no such bucket.' },
  /** (seen) */
  AccessDenied: { code: 'STORE_UNAVAILABLE', message: 'The keys do not give the right to do this.' },
  /** (seen) */
  InvalidAccessKeyId: { code: 'STORE_UNAVAILABLE', message: 'The server does not know the access key.' },
  /** (seen) */
  SignatureDoesNotMatch: { code: 'STORE_UNAVAILABLE', message: 'The secret key is not the one of the access key.' },
  ExpiredToken: { code: 'STORE_UNAVAILABLE', message: 'The keys have expired.' },
  RequestTimeTooSkewed: { code: 'STORE_UNAVAILABLE', message: 'The clock of this machine is off.' },
  SlowDown: { code: 'STORE_BUSY', message: 'The server asks for fewer requests.' },
  ServiceUnavailable: { code: 'STORE_BUSY', message: 'The server is overloaded.' },
  /** RFC 4918's 507, from servers with a disk. */
  InsufficientStorage: { code: 'STORE_UNAVAILABLE', message: 'The server has no room left.' },
  XMinioStorageFull: { code: 'STORE_UNAVAILABLE', message: 'The server has no room left.' },
  QuotaExceeded: { code: 'STORE_UNAVAILABLE', message: 'The quota of the bucket is used up.' },
  /** The retention of an object forbids it; ours are erased by their keys, but sweeping fails. */
  ObjectLocked: { code: 'STORE_UNAVAILABLE', message: 'A retention rule of the bucket forbids this.' },
}

/** The answer to a HEAD has a status and no code. (seen) */
const BY_STATUS: Readonly<Record<number, Row>> = {
  403: { code: 'STORE_UNAVAILABLE', message: 'The server refuses the keys, or they do not give the right to do this.' },
  507: { code: 'STORE_UNAVAILABLE', message: 'The server has no room left.' },
}

/** A StoreError stays as it is; what is not recognised is UNAVAILABLE, or OUTCOME_UNKNOWN once the document may stand. */
export function toStoreError(error: unknown, phase: Phase = 'asked'): StoreError {
  if (error instanceof Error && error.name === 'StoreError') return error as StoreError
  const { name, status } = factsOf(error)
  const row = BY_S3_CODE[name] ?? BY_STATUS[status ?? 0]
  const details = { code: row === undefined && status === undefined ? 'no-answer' : name, ...(status === undefined ? {} : { status }) }
  if (row !== undefined) return new StoreError(row.code, row.message, { details })
  // The server said no in other words: nothing was stored. Without an answer, or with one about its own trouble, that is not certain.
  if (phase === 'written' && (status === undefined || status >= 500)) return new StoreError('STORE_OUTCOME_UNKNOWN', 'The server gave no answer.', { details })
  return new StoreError('STORE_UNAVAILABLE', status === undefined ? 'The server cannot be reached.' : 'The server refused the request.', { details })
}

/** Not found, by the code of a GET or the bare status of a HEAD, which has no body to say more. (seen) */
export function isNotFound(error: unknown): boolean {
  const { name, status } = factsOf(error)
  return name === 'NoSuchKey' || name === 'NotFound' || (status === 404 && name !== 'NoSuchBucket')
}

/** An `If-None-Match: *` found something. (seen) */
export function isTaken(error: unknown): boolean {
  return factsOf(error).name === 'PreconditionFailed' || factsOf(error).status === 412
}

/** Two conditional writes of one key at one moment: this one did not come through and may be repeated. */
export function isRaced(error: unknown): boolean {
  const { name, status } = factsOf(error)
  return name === 'ConditionalRequestConflict' || (status === 409 && name === 'OperationAborted')
}

/** Name and status only: messages and requests hold addresses, keys and hosts. */
function factsOf(error: unknown): { readonly name: string; readonly status?: number | undefined } {
  const { name, $metadata } = (typeof error === 'object' && error !== null ? error : {}) as { name?: unknown; $metadata?: { httpStatusCode?: number } }
  return { name: typeof name === 'string' ? name : 'unknown', status: $metadata?.httpStatusCode }
}
