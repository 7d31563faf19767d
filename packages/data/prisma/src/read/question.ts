import type { Query, Row } from '../driver/driver.ts'

/** How the calls of one kind, from many callers, become one statement and its rows their answers. */
export interface Question<Request, Answer> {
  readonly name: string
  query(requests: readonly Request[]): Query
  /** In the order of `requests`. */
  answers(requests: readonly Request[], rows: readonly Row[]): readonly Answer[]
  /** Takes one request at a time. */
  readonly single?: true
  /** Calls of the same text share one answer for as long as the snapshot lives. Only for answers that callers cannot alter. */
  same?(request: Request): string
}

/** A question that is asked one call at a time. */
export function single<Request, Answer>(name: string, query: (request: Request) => Query, answer: (rows: readonly Row[], request: Request) => Answer): Question<Request, Answer> {
  return { name, single: true, query: ([request]) => query(request as Request), answers: ([request], rows) => [answer(rows, request as Request)] }
}
