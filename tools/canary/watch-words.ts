import { ChildProcess } from 'node:child_process'
import { canaries } from '../../apps/reference/src/testing/canary-bundle.ts'
import type { CanaryFound } from './find-canaries.ts'

type Tell = (found: readonly CanaryFound[]) => void
type Words = readonly string[]

/** Most of an answer that is looked at: an error is smaller. */
const answerMax = 1_000_000

/**
 * Looks at what the processes that a test starts print on standard error, where an instance's log lines and a command's errors go, as somebody reads
 * it. What a command prints as its result people are given. Gives back how things were.
 */
export function watchPrinted(tell: Tell, words: Words = canaries): () => void {
  const prototype = ChildProcess.prototype as unknown as { spawn(options: unknown): unknown }
  const { spawn } = prototype
  prototype.spawn = function (this: ChildProcess, options: unknown): unknown {
    const result = spawn.call(this, options)
    const stream = this.stderr
    if (stream !== null && stream !== undefined) {
      let end = ''
      const emit = stream.emit.bind(stream)
      stream.emit = (event: string | symbol, ...given: readonly unknown[]): boolean => {
        if (event === 'data') {
          const text = end + String(given[0])
          tell(words.filter((word) => text.includes(word)).map((word) => ({ file: `standard error of ${this.spawnargs.slice(0, 6).join(' ')}`, word })))
          // A word may come in two pieces.
          end = text.slice(-64).split(new RegExp(words.join('|'))).at(-1) ?? ''
        }
        return emit(event, ...given)
      }
    }
    return result
  }
  return () => { prototype.spawn = spawn }
}

/** Looks at every error and every metric that a test is answered over HTTP. Gives back how things were. */
export function watchAnswers(tell: Tell, words: Words = canaries): () => void {
  const { fetch } = globalThis
  globalThis.fetch = async (...given) => {
    const answer = await fetch(...given)
    if (answer.status < 400 && !answer.url.endsWith('/metrics')) return answer
    if (answer.bodyUsed || Number(answer.headers.get('content-length') ?? 0) > answerMax) return answer
    void answer.clone().text().then((text) => tell(words.filter((word) => text.includes(word)).map((word) => ({ file: `answer ${answer.status} of ${new URL(answer.url).pathname}`, word }))), () => undefined)
    return answer
  }
  return () => { globalThis.fetch = fetch }
}
