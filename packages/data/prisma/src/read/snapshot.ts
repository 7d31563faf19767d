import { command, type Query, type Row, type Session } from '../driver/driver.ts'
import type { Question } from './question.ts'

interface Call {
  readonly question: Question<unknown, unknown>
  readonly request: unknown
  resolve(answer: unknown): void
  reject(error: unknown): void
}

/** One transaction's view, asked by many callers: what they ask in one turn of the event loop goes in one round trip. */
export interface Snapshot {
  ask<Request, Answer>(question: Question<Request, Answer>, request: Request): Promise<Answer>
  /** Resolves when its last round is answered, with whether a transaction stands open then: this one, or the former that nobody asked anything after. */
  settle(): Promise<boolean>
}

/** `failed` makes the error that callers get of the driver's. `left`: the session's former transaction still stands open, and ends in the round that begins this one. */
export function createSnapshot(session: Session, failed: (error: unknown) => Error, { left = false }: { readonly left?: boolean } = {}): Snapshot {
  const shared = new Map<string, Promise<unknown>>()
  let calls: Call[] = []
  let begun = false
  let round: Promise<void> | undefined

  const flush = async (): Promise<void> => {
    await new Promise((resolve) => setImmediate(resolve))
    while (calls.length > 0) {
      const asked = batches(calls)
      calls = []
      try {
        const first = begun ? [] : left ? [command('COMMIT'), begin] : [begin]
        begun = true
        const rows = await session.run([...first, ...asked.map(({ query }) => query)])
        asked.forEach((batch, at) => { answer(batch, rows[first.length + at] ?? []) })
      } catch (error) {
        for (const { batch } of asked) for (const call of batch) call.reject(failed(error))
      }
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  const put = (question: Question<unknown, unknown>, request: unknown): Promise<unknown> => new Promise((resolve, reject) => {
    calls.push({ question, request, resolve, reject })
    round ??= flush().finally(() => { round = undefined })
  })

  return {
    ask<Request, Answer>(question: Question<Request, Answer>, request: Request) {
      if (question.same === undefined) return put(question as Question<unknown, unknown>, request) as Promise<Answer>
      const name = `${question.name}\0${question.same(request)}`
      const known = shared.get(name) ?? put(question as Question<unknown, unknown>, request)
      shared.set(name, known)
      return known as Promise<Answer>
    },
    async settle() {
      await round
      return begun || left
    },
  }
}

/** Ends a transaction that stands open. */
export async function endTransaction(session: Session): Promise<void> {
  if (!session.broken) await session.run([command('COMMIT')]).catch(() => { session.destroy() })
}

const begin = command('BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY')
const requestsMax = 256

interface Batch { readonly batch: readonly Call[]; readonly query: Query }

/** Calls of one kind together, or one by one where the question takes only one. */
function batches(calls: readonly Call[]): readonly Batch[] {
  const kinds = new Map<string, Call[]>()
  for (const [at, call] of calls.entries()) {
    const name = call.question.single === true ? `${call.question.name}#${at}` : call.question.name
    const same = kinds.get(name)
    if (same === undefined) kinds.set(name, [call])
    else same.push(call)
  }
  return [...kinds.values()].flatMap((same) => {
    const parts = Array.from({ length: Math.ceil(same.length / requestsMax) }, (_, at) => same.slice(at * requestsMax, (at + 1) * requestsMax))
    return parts.map((batch) => ({ batch, query: (batch[0] as Call).question.query(batch.map((call) => call.request)) }))
  })
}

function answer({ batch }: Batch, rows: readonly Row[]): void {
  const answers = (batch[0] as Call).question.answers(batch.map((call) => call.request), rows)
  batch.forEach((call, at) => { call.resolve(answers[at]) })
}
