import type { IncomingMessage, ServerResponse } from 'node:http'
import { Problem } from '../contracts/problem.ts'
import type { ServerLimits } from './limits.ts'

/**
 * A body as it comes in, with its back-pressure: nothing is read ahead of whoever reads this. While it is waited for, it must bring
 * `bodyPaceBytes` in each `slowMs`; a reader that takes its time costs the caller nothing. Errors: Problem UNAVAILABLE where the caller
 * went away or was too slow; the socket is closed then.
 */
export async function* streamBody(request: IncomingMessage, response: ServerResponse, limits: Pick<ServerLimits, 'slowMs' | 'bodyPaceBytes'>): AsyncGenerator<Uint8Array> {
  if (request.headers.expect !== undefined) response.writeContinue()
  const iterator = request[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  let waitedMs = 0
  let bytes = 0
  for (;;) {
    const beganMs = performance.now()
    const next = await within(iterator.next(), limits.slowMs - waitedMs, request)
    if (next.done === true) return
    waitedMs += performance.now() - beganMs
    bytes += next.value.length
    if (bytes >= limits.bodyPaceBytes) waitedMs = bytes = 0
    yield next.value
  }
}

async function within<T>(work: Promise<T>, ms: number, request: IncomingMessage): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Problem('UNAVAILABLE', 'The body came too slowly.')), Math.max(1, ms))
  })
  try {
    return await Promise.race([work, late])
  } catch (error) {
    work.catch(() => undefined)
    request.destroy()
    throw error instanceof Problem ? error : new Problem('UNAVAILABLE', 'The caller went away.', { cause: error })
  } finally {
    clearTimeout(timer)
  }
}
