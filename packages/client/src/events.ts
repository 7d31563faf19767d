import { liveEvent, Problem } from '@careledger/api/contracts'
import type { z } from 'zod'
import { problemInBody, toProblem } from './to-client-problem.ts'

export type LiveEvent = z.output<typeof liveEvent>

/** What an event stream gives: something that happened, or how the stream itself is. */
export type StreamItem =
  | { readonly kind: 'event'; readonly event: LiveEvent; readonly position: string | undefined }
  /** Connected, for the first time or again; `position` is where the stream stands, to go on from. */
  | { readonly kind: 'connected'; readonly position: string | undefined }
  /** The connection was lost or could not be made; it is tried again. */
  | { readonly kind: 'paused'; readonly code: string }
  /** Too much has happened meanwhile to be told one by one: read again what is shown. */
  | { readonly kind: 'reset'; readonly position: string | undefined }

export interface EventOptions {
  /** One patient to follow besides oneself. */
  readonly patient?: string | undefined
  /** Where to go on; absent: from now on. */
  readonly after?: string | undefined
  readonly signal?: AbortSignal | undefined
}

export interface EventSource {
  readonly url: string
  /** Adds token and proof of possession. */
  readonly fetch: typeof globalThis.fetch
}

const retryMinMs = 1_000
const retryMaxMs = 30_000
/** A stream that says nothing for this long, not even that it is still there, is taken for dead. */
const silenceMaxMs = 45_000
/** Refusals that do not end by waiting. */
const FINAL: ReadonlySet<string> = new Set(['NOT_SIGNED_IN', 'KEY_REVOKED', 'KEY_UNKNOWN', 'NOT_ALLOWED', 'INPUT_MALFORMED'])

/**
 * Follows the events of an instance until the signal aborts (then it ends without an error) or access ends. A lost connection is made
 * again from the last event on, after 1 to 30 s with jitter; an event may come twice then, none is left out but by a `reset`.
 * Errors: Problem NOT_SIGNED_IN, KEY_REVOKED, KEY_UNKNOWN, NOT_ALLOWED, INPUT_MALFORMED.
 */
export async function* followEvents(source: EventSource, options: EventOptions = {}): AsyncGenerator<StreamItem> {
  const { signal } = options
  const address = `${source.url}/events${options.patient === undefined ? '' : `?patient=${options.patient}`}`
  const over = (): boolean => signal?.aborted === true
  let after = options.after
  for (let failures = 0; !over(); failures++) {
    const silence = new AbortController()
    const either = signal === undefined ? silence.signal : AbortSignal.any([signal, silence.signal])
    let code = 'UNAVAILABLE'
    try {
      const response = await source.fetch(address, { headers: { accept: 'text/event-stream', ...(after === undefined ? {} : { 'last-event-id': after }) }, signal: either })
      if (!response.ok || response.body === null) throw await refusal(response)
      for await (const frame of framesOf(response.body, silence)) {
        if (frame.id !== undefined) after = frame.id
        failures = 0
        if (frame.event === 'end') {
          code = (JSON.parse(frame.data) as { readonly code: string }).code
          break
        }
        const item = toItem(frame, after)
        if (item !== undefined) yield item
      }
    } catch (thrown) {
      if (over()) return
      code = (thrown as { code?: unknown }).code === undefined ? 'UNAVAILABLE' : String((thrown as { code: unknown }).code)
      if (thrown instanceof Problem && FINAL.has(thrown.code)) throw thrown
    }
    if (over()) return
    yield { kind: 'paused', code }
    await pause(Math.min(retryMaxMs, retryMinMs * 2 ** Math.min(failures, 5)) * (0.5 + Math.random() / 2), signal)
  }
}

async function refusal(response: Response): Promise<Problem> {
  const body = problemInBody(await response.json().catch(() => undefined))
  return body === undefined ? new Problem('UNAVAILABLE', 'The server gave no answer that this client knows.') : toProblem(body)
}

interface Frame { readonly event: string; readonly data: string; readonly id?: string | undefined }

/** Frames of a body in the form of WHATWG HTML §9.2.6; ends quietly with the body. */
async function* framesOf(body: ReadableStream<Uint8Array>, silence: AbortController): AsyncGenerator<Frame> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let text = ''
  let timer: ReturnType<typeof setTimeout> | undefined
  const hear = (): void => {
    clearTimeout(timer)
    timer = setTimeout(() => silence.abort(), silenceMaxMs)
  }
  try {
    for (;;) {
      hear()
      const { done, value } = await reader.read()
      if (done) return
      text += decoder.decode(value, { stream: true })
      for (let end = text.indexOf('\n\n'); end !== -1; end = text.indexOf('\n\n')) {
        yield toFrame(text.slice(0, end))
        text = text.slice(end + 2)
      }
    }
  } finally {
    clearTimeout(timer)
    await reader.cancel().catch(() => undefined)
  }
}

function toFrame(block: string): Frame {
  let event = ''
  let id: string | undefined
  const data: string[] = []
  for (const line of block.split('\n')) {
    const [, name, value] = /^([a-z]+): ?(.*)$/.exec(line) ?? []
    if (name === 'event') event = value ?? ''
    else if (name === 'id') id = value
    else if (name === 'data') data.push(value ?? '')
  }
  return { event: event === '' ? (data.length > 0 ? 'message' : 'comment') : event, data: data.join('\n'), id }
}

function toItem({ event, data }: Frame, position: string | undefined): StreamItem | undefined {
  if (event === 'ready') return { kind: 'connected', position }
  if (event === 'reset') return { kind: 'reset', position }
  return event === 'message' ? { kind: 'event', position, event: liveEvent.parse(JSON.parse(data)) } : undefined
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal?.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    }, { once: true })
  })
}
