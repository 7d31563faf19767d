import { isUtf8 } from 'node:buffer'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Problem } from '../contracts/problem.ts'
import { PROBLEM_SENTENCE } from '../problem-codes.ts'
import type { ServerLimits } from './limits.ts'

/** Reads bodies within bounds; one for each server, since it counts the bytes of all bodies being read. */
export interface BodyReader {
  /**
   * The whole body as text, `''` without one. Errors: Problem INPUT_TOO_LARGE beyond `bytesMax` (from Content-Length before a byte is
   * read), BUSY where all bodies together pass their bound, INPUT_MALFORMED for bytes that are not UTF-8 or for an encoding
   * (compressed bodies are not taken), UNAVAILABLE where the caller went away or was too slow; the socket is closed then.
   */
  read(request: IncomingMessage, response: ServerResponse, bytesMax: number): Promise<string>
}

export function createBodyReader(limits: ServerLimits): BodyReader {
  let reserved = 0
  return {
    async read(request, response, bytesMax) {
      const declared = declaredBytes(request)
      if (declared === 0) return ''
      if (request.headers['content-encoding'] !== undefined) throw new Problem('INPUT_MALFORMED', 'Compressed bodies are not taken.')
      if (declared !== undefined && declared > bytesMax) throw tooLarge(bytesMax)
      const reserve = declared ?? bytesMax
      if (reserved + reserve > limits.bodyBytesTotalMax) throw new Problem('BUSY', PROBLEM_SENTENCE.BUSY, { details: { retryAfterSeconds: 1 } })
      reserved += reserve
      try {
        if (request.headers.expect !== undefined) response.writeContinue()
        return toText(await collect(request, bytesMax, limits))
      } finally {
        reserved -= reserve
      }
    },
  }
}

/** `undefined`: chunked, of unknown length. */
export function declaredBytes(request: IncomingMessage): number | undefined {
  if (request.headers['transfer-encoding'] !== undefined) return undefined
  const length = request.headers['content-length']
  return length === undefined ? 0 : Number(length)
}

function collect(request: IncomingMessage, bytesMax: number, limits: ServerLimits): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let total = 0
    let paced = 0
    const pace = setInterval(() => {
      if (total - paced >= limits.bodyPaceBytes) paced = total
      else fail(new Problem('UNAVAILABLE', 'The body came too slowly.'), true)
    }, limits.slowMs)
    const whole = setTimeout(() => fail(new Problem('UNAVAILABLE', 'The body came too slowly.'), true), limits.slowMs * 30)
    const stop = () => {
      clearInterval(pace)
      clearTimeout(whole)
      request.off('data', onData).off('end', onEnd).off('error', onGone).off('close', onGone)
    }
    const fail = (problem: Problem, destroy: boolean) => {
      stop()
      chunks.length = 0
      reject(problem)
      if (destroy) request.destroy()
    }
    const onData = (chunk: Buffer) => {
      total += chunk.length
      if (total > bytesMax) fail(tooLarge(bytesMax), false)
      else chunks.push(chunk)
    }
    const onEnd = () => {
      stop()
      resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, total))
    }
    const onGone = () => fail(new Problem('UNAVAILABLE', 'The caller went away.'), true)
    request.on('data', onData).on('end', onEnd).on('error', onGone).on('close', onGone)
  })
}

function toText(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw new Problem('INPUT_MALFORMED', 'The body is not UTF-8.')
  return bytes.toString('utf8')
}

function tooLarge(limit: number): Problem {
  return new Problem('INPUT_TOO_LARGE', PROBLEM_SENTENCE.INPUT_TOO_LARGE, { details: { limit } })
}
