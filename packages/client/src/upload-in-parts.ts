import { Problem } from '@careledger/api/contracts'
import { commit, fromBase64url, readJson, toBase64url, nodeValue } from '@careledger/proof'
import type { CallOptions, CareLedgerClient } from './client-types.ts'
import type { SignedEntry } from './build-entry.ts'
import { reportingFetch } from './reporting-fetch.ts'
import { problemInBody, toClientProblem, toProblem } from './to-client-problem.ts'

/** Bytes of one part: what is sent again where a connection breaks is less. */
export const PART_BYTES = 8 * 1_048_576
/** Repeats of one part in a row without a byte more. */
const repeatsMax = 8
const pauseMsMax = 30_000

export type UploadInput = Parameters<CareLedgerClient['hospital']['attachments']['begin']['mutate']>[0]
export type UploadReceipts = readonly { readonly id: string; readonly state: string; readonly duplicate: boolean }[]

export interface Sending {
  readonly id: string
  readonly input: UploadInput
  readonly file: Blob
  readonly onDone: (bytes: number) => void
  readonly signal: AbortSignal | undefined
  readonly pauseMs: number
}

interface Appended {
  readonly offset: number
  readonly done: boolean
  readonly receipts?: UploadReceipts | undefined
}

/** Sends what is missing, part by part, from where the server says that it stands. Errors: Problem, after eight repeats without a byte more. */
export async function sendInParts(client: CareLedgerClient, sending: Sending): Promise<UploadReceipts> {
  const { id, input, file, onDone, signal, pauseMs } = sending
  const options: CallOptions = { signal }
  let repeats = 0
  let state: Appended | undefined
  for (;;) {
    try {
      state ??= await client.hospital.attachments.begin.mutate(input, options)
      onDone(state.offset)
      signal?.throwIfAborted()
      if (state.done) return state.receipts ?? [id, ...input.records?.map((record) => idIn(record.entry)) ?? []].map((one) => ({ id: one, state: 'stored', duplicate: true }))
      state = await append(client, id, state.offset, file, onDone, signal)
      repeats = 0
    } catch (thrown) {
      const problem = toClientProblem(thrown, 'command', signal)
      const isElsewhere = problem instanceof Problem && problem.code === 'STALE' && typeof problem.details['offset'] === 'number'
      if (!isElsewhere && !isPassing(problem)) throw problem
      if (++repeats > repeatsMax) throw problem
      // Where it stands is the server's to say.
      state = undefined
      if (!isElsewhere) await pause(Math.min(pauseMs * 2 ** (repeats - 1), pauseMsMax))
    }
  }
}

async function append(client: CareLedgerClient, id: string, offset: number, file: Blob, onDone: (bytes: number) => void, signal: AbortSignal | undefined): Promise<Appended> {
  const part = file.slice(offset, offset + PART_BYTES)
  const headers = { 'content-type': 'application/octet-stream', 'upload-offset': String(offset) }
  const response = await client.fetch(`/attachments/${id}`, { method: 'PATCH', headers, body: await bodyOf(part), ...(signal === undefined ? {} : { signal }) }, reportingFetch((sent) => onDone(offset + sent)))
  return answerOf<Appended>(response)
}

/** A page is told of a Blob how far it has come; elsewhere bytes say their length, which a stream of a Blob does not. */
const bodyOf = async (part: Blob): Promise<Blob | Uint8Array<ArrayBuffer>> => ('XMLHttpRequest' in globalThis ? part : new Uint8Array(await part.arrayBuffer()))

export async function answerOf<T>(response: Response): Promise<T> {
  const answer: unknown = await response.json()
  if (response.ok) return answer as T
  throw toProblem(problemInBody(answer) ?? { code: 'UNAVAILABLE', message: 'The server gave no answer that this client knows.' })
}

export interface SoughtUpload {
  readonly patient: string
  readonly mediaType: string
  readonly payloadHash: Uint8Array
  readonly title: string | undefined
  readonly size: number
  readonly resume: string | undefined
}

/** What was signed for an upload that was begun before. */
export interface BegunUpload {
  readonly id: string
  readonly record: string | undefined
  readonly attachment: Pick<UploadInput, 'entry' | 'signature' | 'opening'>
  readonly records: readonly SignedEntry[]
}

/**
 * An unfinished upload of the same bytes, by what its author committed to: the one named, or the newest with the same title. `undefined`: there is
 * none. Errors: Problem ENTRY_CONFLICT where the one named is of another file; NOT_ALLOWED where it is gone.
 */
export async function begunBefore(client: CareLedgerClient, { patient, mediaType, payloadHash, title, size, resume }: SoughtUpload, signal: AbortSignal | undefined): Promise<BegunUpload | undefined> {
  const { items } = await client.hospital.attachments.uploads.query({ patient }, { signal })
  const isSame = ({ entry, opening, size: asked }: (typeof items)[number], type: string): boolean => asked === size && payloadIn(entry) === toBase64url(commit({ salt: fromBase64url(opening.salt), mediaType: type, payloadHash }))
  const named = items.find(({ id }) => id === resume)
  if (resume !== undefined && named === undefined) throw new Problem('NOT_ALLOWED', 'This upload is no longer kept. Begin it anew.')
  if (named !== undefined && !isSame(named, named.opening.mediaType)) throw new Problem('ENTRY_CONFLICT', 'This is another file than the one that was begun.')
  const found = named ?? items.find((item) => item.opening.mediaType === mediaType && titleIn(item.records[0]) === title && isSame(item, mediaType))
  if (found === undefined) return undefined
  const { id, entry, signature, opening, records } = found
  return { id, attachment: { entry, signature, opening }, records, record: records[0] === undefined ? undefined : idIn(records[0].entry) }
}

/** The title of an unfinished upload, from the record that will lead to it. */
export function titleIn(record: Pick<SignedEntry, 'opening'> | undefined): string | undefined {
  if (record?.opening === undefined) return undefined
  const { content } = nodeValue(readJson(fromBase64url(record.opening.payload))) as { readonly content?: readonly { readonly attachment?: { readonly title?: string } }[] }
  return content?.[0]?.attachment?.title
}

const idIn = (entry: string): string => (JSON.parse(entry) as { readonly id: string }).id
const payloadIn = (entry: string): string | undefined => (JSON.parse(entry) as { readonly payload?: string }).payload

const REPEAT: ReadonlySet<string> = new Set(['OUTCOME_UNKNOWN', 'BUSY', 'UNAVAILABLE'])

/** A refusal that passes by itself. */
export const isPassing = (problem: unknown): boolean => problem instanceof Problem && REPEAT.has(problem.code)

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
