import { createCheckCaller, type CallerCheckSettings } from './caller-check.ts'
import { Problem } from './contracts/problem.ts'
import { toInputProblem, toPath } from './input-problems.ts'
import type { HeavyCalls } from './heavy-calls.ts'
import type { Logger } from './logger.ts'
import type { Metrics } from './metrics.ts'
import type { AnyOperation, Context } from './operation.ts'
import { checkAnswer } from './prepared-answers.ts'
import { PROBLEM_SENTENCE } from './problem-codes.ts'
import { toProblem } from './to-problem.ts'
import { inSpan, type Tracer } from './tracing.ts'

/**
 * The only way into an operation, whatever the transport: rule, rate, input, body, output, in this order.
 * Errors: always a `Problem`. Input is refused with paths and without values; an output that breaks its contract is INTERNAL.
 */
export type Invoke = (operation: AnyOperation, context: Context, input: unknown) => Promise<unknown>

export interface InvokeSettings extends CallerCheckSettings {
  readonly metrics: Metrics
  readonly logger: Logger
  /** Absent: nothing is traced. */
  readonly tracer?: Tracer | undefined
  /** Where large calls wait for their turn; absent: they do not. */
  readonly heavy?: HeavyCalls | undefined
  /** Milliseconds that never run backwards. */
  readonly elapsedMs?: () => number
}

/** What fits in so many bytes, a record or a few, costs about as much as a read. */
const smallBytesMax = 32 * 1024

export function createInvoke(settings: InvokeSettings): Invoke {
  const { metrics, logger, rate } = settings
  const elapsedMs = settings.elapsedMs ?? (() => performance.now())

  function takeRate(operation: AnyOperation, context: Context, atMs: number): void {
    if (context.actor === undefined) rate.addresses.take(context.address, operation.contract.cost, atMs)
    else rate.keys.take(context.actor.key, operation.contract.cost, atMs)
  }

  function settle(operation: AnyOperation, context: Context, beganMs: number, problem: Problem | undefined): void {
    const { name, audit, kind } = operation.contract
    const tookMs = elapsedMs() - beganMs
    metrics.operation(name, problem?.code ?? 'OK', tookMs / 1000)
    const fields = { requestId: context.requestId, operation: name, party: context.actor?.party, outcome: problem?.code ?? 'OK', tookMs: Math.round(tookMs * 10) / 10 }
    if (problem !== undefined && GRAVE.has(problem.code)) logger.error({ ...fields, ...causeOf(problem) }, 'operation failed')
    else if (problem !== undefined && audit !== 'none') logger.warn(fields, 'operation refused')
    else if (kind === 'command') logger.info(fields, 'operation done')
    else logger.debug(fields, 'operation done')
  }

  const { tracer, trail } = settings
  const checkCaller = createCheckCaller(settings)
  /** Large calls one at a time; everything else at once, also a small body of an operation that takes large ones. */
  async function inTurn<T>(operation: AnyOperation, { bodyBytes = Infinity }: Context, body: () => Promise<T>): Promise<T> {
    const { heavy } = settings
    if (heavy === undefined) return body()
    if (operation.contract.large === true && bodyBytes > smallBytesMax) return heavy.run(body)
    heavy.light()
    return body()
  }

  const invoke: Invoke = async (operation, context, input) => {
    const beganMs = elapsedMs()
    try {
      await checkCaller(operation.contract, context, beganMs)
      takeRate(operation, context, beganMs)
      const body = () => inTurn(operation, context, () => run(operation, context, input))
      const answer = await (trail === undefined ? body() : trail.run(operation.contract, context.actor, body))
      settle(operation, context, beganMs, undefined)
      return answer
    } catch (thrown) {
      const problem = toProblem(thrown)
      settle(operation, context, beganMs, problem)
      throw problem
    }
  }
  if (tracer === undefined) return invoke
  return (operation, context, input) => inSpan(tracer, operation.contract.name, { attributes: { 'careledger.kind': operation.contract.kind }, codeOf: (error) => toProblem(error).code }, () => invoke(operation, context, input))
}

async function run(operation: AnyOperation, context: Context, input: unknown): Promise<unknown> {
  const parsed = parseInput(operation, input)
  const answer = await operation.run(context, parsed as never)
  const checked = checkAnswer(operation.contract, answer)
  if (checked.success) return checked.data
  const places = checked.error.issues.slice(0, 5).map((issue) => `${toPath(issue.path)} ${issue.code}`)
  throw new Problem('INTERNAL', PROBLEM_SENTENCE.INTERNAL, { cause: new Error(`Output breaks its contract: ${places.join(', ')}.`) })
}

/**
 * The input as its contract has it. A check of the library that cannot even compare what it was given (an object that says it has a
 * length, in the place of a list) throws instead of telling: that too is input that is refused.
 */
function parseInput({ contract }: AnyOperation, input: unknown): unknown {
  let parsed
  try {
    parsed = contract.input.safeParse(input)
  } catch (error) {
    if (error instanceof TypeError) throw new Problem('INPUT_MALFORMED', PROBLEM_SENTENCE.INPUT_MALFORMED, { cause: error })
    throw error
  }
  if (!parsed.success) throw toInputProblem(parsed.error)
  return parsed.data
}

/** What an operator has to look at. */
const GRAVE: ReadonlySet<string> = new Set(['INTERNAL', 'CORRUPTION'])

/**
 * Name, code and place of a cause. Messages of errors from outside may quote data, so only those of our own levels, which never do, and
 * the first line of a stack's place are taken.
 */
function causeOf(problem: Problem): { readonly cause?: string; readonly at?: string } {
  const cause = problem.cause
  if (!(cause instanceof Error)) return {}
  const code = (cause as { code?: unknown }).code
  const at = cause.stack?.split('\n').find((line) => line.trimStart().startsWith('at '))?.trim()
  const own = OWN_ERRORS.has(cause.name) || cause.message.startsWith('Output breaks its contract')
  return { cause: [cause.name, typeof code === 'string' ? code : '', own ? cause.message : ''].filter((part) => part !== '').join(' '), ...(at === undefined ? {} : { at }) }
}

const OWN_ERRORS: ReadonlySet<string> = new Set(['LogicError', 'IdentityError', 'ProofError', 'StoreError', 'LedgerError'])
