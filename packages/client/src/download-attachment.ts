import { Problem } from '@careledger/api/contracts'
import type { CareLedgerClient } from './client-types.ts'
import { problemInBody, toClientProblem, toProblem } from './to-client-problem.ts'

export interface DownloadOptions {
  /** Entry id of the record that leads to it; needed under a consent for some types or days only. */
  readonly record?: string | undefined
  readonly purpose?: string | undefined
  /** Bytes `from` to `to` (exclusive); default all. */
  readonly range?: { readonly from: number; readonly to?: number | undefined } | undefined
  readonly onProgress?: ((progress: { readonly done: number; readonly total: number }) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

/** An attachment as it comes in. */
export interface AttachmentStream {
  /** As the server gives it out: what could run in a page is `application/octet-stream`. */
  readonly mediaType: string
  /** Bytes of the whole attachment. */
  readonly size: number
  /** The bytes asked for; to be read once. Errors: Problem, once a broken connection cannot be taken up again. */
  readonly chunks: AsyncIterable<Uint8Array>
}

/** How often a broken connection is taken up again without a byte in between. */
const RESUMES_MAX = 3

/**
 * Reads an attachment as a stream, so that nothing of its size is in memory. A broken connection is taken up where it broke; each time the
 * server decides anew. Errors: Problem NOT_ALLOWED also for what does not exist; UNAVAILABLE.
 */
export async function readAttachmentStream(client: CareLedgerClient, id: string, options: DownloadOptions = {}): Promise<AttachmentStream> {
  const from = options.range?.from ?? 0
  const first = await ask(client, id, options, from)
  const size = sizeOf(first)
  const end = Math.min(options.range?.to ?? size, size)
  return { mediaType: first.headers.get('content-type') ?? 'application/octet-stream', size, chunks: chunksOf(client, id, options, first, { from, end }) }
}

/** The same as a Blob, which browsers keep on disk when it is large. */
export async function downloadAttachment(client: CareLedgerClient, id: string, options: DownloadOptions = {}): Promise<Blob> {
  const { mediaType, chunks } = await readAttachmentStream(client, id, options)
  const parts: Blob[] = []
  for await (const piece of joined(chunks)) parts.push(new Blob([piece]))
  return new Blob(parts, { type: mediaType })
}

async function* chunksOf(client: CareLedgerClient, id: string, options: DownloadOptions, first: Response, { from, end }: { readonly from: number; readonly end: number }): AsyncGenerator<Uint8Array> {
  let at = from
  let response: Response | undefined = first
  for (let resumes = 0; at < end; resumes++) {
    try {
      response ??= await ask(client, id, options, at)
      for await (const piece of piecesOf(response)) {
        const taken = piece.subarray(0, end - at)
        at += taken.length
        resumes = 0
        options.onProgress?.({ done: at - from, total: end - from })
        yield taken
        if (at === end) return
      }
    } catch (thrown) {
      const problem = toClientProblem(thrown, 'query', options.signal)
      if (!(problem instanceof Problem) || problem.code !== 'UNAVAILABLE' || resumes >= RESUMES_MAX) throw problem
    }
    if (at < end && resumes >= RESUMES_MAX) throw new Problem('UNAVAILABLE', 'The connection broke and could not be taken up again.')
    response = undefined
  }
}

async function ask(client: CareLedgerClient, id: string, { record, purpose, range, signal }: DownloadOptions, from: number): Promise<Response> {
  const query = new URLSearchParams({ ...(record === undefined ? {} : { record }), ...(purpose === undefined ? {} : { purpose }) }).toString()
  const partial = from > 0 || range?.to !== undefined
  let response: Response
  try {
    response = await client.fetch(`/attachments/${id}${query === '' ? '' : `?${query}`}`, { headers: partial ? { range: `bytes=${from}-${range?.to === undefined ? '' : range.to - 1}` } : {}, ...(signal === undefined ? {} : { signal }) })
  } catch (thrown) {
    throw toClientProblem(thrown, 'query', signal)
  }
  if (response.ok || response.status === 416) return response
  throw toProblem(problemInBody(await response.json().catch(() => undefined)) ?? { code: 'UNAVAILABLE', message: 'The server gave no answer that this client knows.' })
}

function sizeOf({ headers }: Response): number {
  const total = /\/(\d+)$/.exec(headers.get('content-range') ?? '')?.[1] ?? headers.get('content-length')
  return Number(total ?? 0)
}

/** Not every browser can iterate a stream. Whoever breaks off ends the request. */
async function* piecesOf({ body }: Response): AsyncGenerator<Uint8Array> {
  const reader = body?.getReader()
  if (reader === undefined) return
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value
  } finally {
    reader.cancel().catch(() => undefined)
  }
}

/** Pieces joined to some MiB, so that a Blob of gigabytes has hundreds of parts and not ten thousands. */
async function* joined(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  let parts: Uint8Array[] = []
  let bytes = 0
  const take = (): Uint8Array<ArrayBuffer> => {
    const whole = new Uint8Array(bytes)
    let at = 0
    for (const part of parts) {
      whole.set(part, at)
      at += part.length
    }
    parts = []
    bytes = 0
    return whole
  }
  for await (const piece of chunks) {
    parts.push(piece)
    bytes += piece.length
    if (bytes >= 8_388_608) yield take()
  }
  if (bytes > 0) yield take()
}
