import { invalid } from './check-values.ts'

const idForm = /^[a-z0-9][a-z0-9_-]{0,127}$/

/** Throws STORE_INVALID unless `id` is one of a document. [document-5] */
export function checkDocumentId(id: string): void {
  if (typeof id !== 'string' || !idForm.test(id)) throw invalid('A document id is 1 to 128 of a-z, 0-9, - and _, and begins with a letter or digit.')
}

/** The range with its defaults filled in. Throws STORE_INVALID unless it is within a document of `size` bytes. [stream-5] */
export function checkRange({ from = 0, to }: { readonly from?: number | undefined; readonly to?: number | undefined }, size: number): { readonly from: number; readonly to: number } {
  const end = to ?? size
  if (!Number.isSafeInteger(from) || !Number.isSafeInteger(end) || from < 0 || from > end || end > size) throw invalid('The range is not within the document.', { size })
  return { from, to: end }
}

/** What ended a stream that the caller handed in: its own failure or abort. The store rejects with `cause`. [stream-3] */
export class SourceFailure extends Error {
  override readonly name = 'SourceFailure'
  constructor(cause: unknown) {
    super('The stream of the caller failed.', { cause })
  }
}

/**
 * The caller's chunks, until they end, fail or `signal` is aborted, even while the next one is being waited for. Whoever stops reading here
 * ends the caller's stream too. Throws SourceFailure.
 */
export async function* takeChunks(chunks: AsyncIterable<Uint8Array>, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  const iterator = chunks[Symbol.asyncIterator]()
  let interrupt: (() => void) | undefined
  const onAbort = (): void => interrupt?.()
  signal?.addEventListener('abort', onAbort)
  let ended = false
  try {
    for (;;) {
      const next = await new Promise<IteratorResult<Uint8Array>>((resolve, reject) => {
        interrupt = () => reject(signal?.reason as Error)
        if (signal?.aborted === true) return interrupt()
        iterator.next().then(resolve, (error: Error) => {
          ended = true
          reject(error)
        })
      })
      if (next.done === true) {
        ended = true
        return
      }
      if (!(next.value instanceof Uint8Array)) throw invalid('A chunk is bytes.')
      yield next.value
    }
  } catch (cause) {
    throw new SourceFailure(cause)
  } finally {
    signal?.removeEventListener('abort', onAbort)
    // Not awaited: a stream that is stuck in its next chunk would keep the store waiting.
    if (!ended) Promise.resolve(iterator.return?.()).catch(() => undefined)
  }
}
