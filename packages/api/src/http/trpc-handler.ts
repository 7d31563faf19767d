import type { IncomingMessage } from 'node:http'
import type { PendingProof } from '@careledger/identity'
import { Problem } from '../contracts/problem.ts'
import type { AnyOperation, Context } from '../operation.ts'
import { PROBLEM_TRANSPORT } from '../problem-codes.ts'
import { isPrepared, preparedJson } from '../prepared-answers.ts'
import { toProblem } from '../to-problem.ts'
import { toErrorShape } from '../trpc-shape.ts'
import type { ErrorShape } from '../trpc-shape.ts'
import { CallContext } from './call-context.ts'
import { parseJson } from './check-json.ts'
import { identify } from './identify.ts'
import type { Caller } from './identify.ts'
import { problemHeaders, send } from './respond.ts'
import type { RouteRequest } from './route-request.ts'
import type { ServerParts } from './server-parts.ts'
import { inputsOf, parseTrpcUrl } from './trpc-request.ts'
import type { TrpcCall, TrpcRequest } from './trpc-request.ts'

/** What one call is answered with. */
type Answer = { readonly result: { readonly data: unknown } } | { readonly error: ErrorShape }

/**
 * Answers `/trpc/...` in tRPC's wire format (version 11, no transformer), straight from node:http. Who calls and whether it may is settled
 * from the headers, before a byte of the body is read. Queries are taken by GET and by POST, commands by POST only.
 */
export async function handleTrpc(route: RouteRequest, server: ServerParts): Promise<void> {
  const { request, requestId } = route
  const worst: { problem: Problem | undefined } = { problem: undefined }
  const refuse = (thrown: unknown, path?: string, transport = PROBLEM_TRANSPORT[toProblem(thrown).code]): Answer => {
    const problem = toProblem(thrown)
    worst.problem ??= problem
    return { error: toErrorShape(problem, path, requestId, transport) }
  }
  let asked: TrpcRequest
  try {
    asked = parseTrpcUrl(route.path.slice('/trpc/'.length), route.query, server.operations, server.limits.batchMax)
    checkMethod(request, asked.calls)
  } catch (thrown) {
    const transport = thrown instanceof MethodRefused ? thrown.transport : undefined
    return reply(route, [refuse(thrown instanceof MethodRefused ? thrown.problem : thrown, undefined, transport)], false, worst.problem)
  }
  const begun = nobody(request, asked) ?? (await begin(route, server, asked))
  const calls = await Promise.all(asked.calls.map(async (call): Promise<Answer | AnyOperation> => {
    if (call.operation === undefined) return refuse(new Problem('INPUT_MALFORMED', 'There is no such operation.'), undefined, NOT_FOUND)
    const problem = await refusedBefore(route, server, call.operation, begun)
    if (problem === undefined) return call.operation
    server.metrics.operation(call.path, problem.code, 0)
    return refuse(problem, call.path)
  }))
  const settle = async (answers: readonly Answer[]): Promise<void> => {
    const problem = await useUp(route, server, begun.caller.proof)
    reply(route, problem === undefined ? answers : asked.calls.map((call) => refuse(problem, call.path)), asked.batch, problem ?? worst.problem)
  }
  if (!calls.some(isRunnable)) return settle(calls as Answer[])
  let inputs: readonly unknown[]
  try {
    inputs = inputsOf(asked, request.method === 'POST' ? await readBody(route, server, asked) : readQuery(server, asked))
  } catch (thrown) {
    return settle(asked.calls.map((call) => refuse(thrown, call.path)))
  }
  const context = new CallContext(route, server, begun.caller)
  const answerOne = (call: Answer | AnyOperation, index: number) => (isRunnable(call) ? answer(call, context, inputs[index], server, refuse) : call)
  const [first] = calls
  const answers = calls.length === 1 && first !== undefined ? [await answerOne(first, 0)] : await Promise.all(calls.map(answerOne))
  await settle(answers)
}

/** Nothing is answered before the request's proof is used up; the problem where it was used before. Most operations have done it. */
async function useUp(route: RouteRequest, server: ServerParts, proof: PendingProof | undefined): Promise<Problem | undefined> {
  if (proof === undefined || proof.used) return undefined
  try {
    await server.auth.useUp(proof)
    return undefined
  } catch (thrown) {
    return server.chargeFailure(route, toProblem(thrown))
  }
}

function isRunnable(call: Answer | AnyOperation): call is AnyOperation {
  return 'run' in call
}

async function answer(operation: AnyOperation, context: Context, input: unknown, server: ServerParts, refuse: (thrown: unknown, path: string) => Answer): Promise<Answer> {
  try {
    return { result: { data: await server.invoke(operation, context, input) } }
  } catch (thrown) {
    return refuse(thrown, operation.contract.name)
  }
}

/** Who calls, or why that is not known. Public calls that travel with others go on without it. */
type Begun = { readonly caller: Caller; readonly problem: Problem | undefined; readonly actorNeeded: boolean }

const NOBODY: Begun = { caller: { actor: undefined, session: undefined, possession: undefined }, problem: undefined, actorNeeded: false }

function needsActor(asked: TrpcRequest): boolean {
  return asked.calls.some((call) => call.operation !== undefined && call.operation.contract.rule !== 'public')
}

/** Public calls without a proof need no look at who calls. */
function nobody(request: IncomingMessage, asked: TrpcRequest): Begun | undefined {
  return request.headers['dpop'] === undefined && !needsActor(asked) ? NOBODY : undefined
}

async function begin(route: RouteRequest, server: ServerParts, asked: TrpcRequest): Promise<Begun> {
  const actorNeeded = needsActor(asked)
  const pending = asked.calls.length === 1 && asked.calls[0]?.operation?.usesProof === true
  try {
    return { caller: await identify({ request: route.request, auth: server.auth, origin: route.origin, path: route.path, actorNeeded, pending, remembered: asked.calls[0]?.operation?.contract.kind === 'query', now: route.now }), problem: undefined, actorNeeded }
  } catch (thrown) {
    return { ...NOBODY, problem: server.chargeFailure(route, toProblem(thrown)), actorNeeded }
  }
}

async function refusedBefore(route: RouteRequest, server: ServerParts, operation: AnyOperation, begun: Begun): Promise<Problem | undefined> {
  if (begun.problem !== undefined && (operation.contract.rule !== 'public' || !begun.actorNeeded)) return begun.problem
  try {
    await server.checkCaller(operation.contract, { actor: begun.caller.actor, address: route.address }, performance.now())
    return undefined
  } catch (thrown) {
    return toProblem(thrown)
  }
}

function readQuery({ limits }: ServerParts, { inputText }: TrpcRequest): unknown {
  return inputText === undefined ? undefined : parseJson(inputText, limits.jsonDepthMax)
}

async function readBody(route: RouteRequest, { limits, bodies }: ServerParts, { calls }: TrpcRequest): Promise<unknown> {
  const large = calls.length === 1 && calls[0]?.operation?.contract.large === true
  const text = await bodies.read(route.request, route.response, large ? limits.largeBodyBytesMax : limits.bodyBytesMax)
  return text === '' ? undefined : parseJson(text, limits.jsonDepthMax)
}

const NOT_FOUND = { trpc: 'NOT_FOUND', status: 404 } as const

class MethodRefused extends Error {
  readonly problem: Problem
  readonly transport: { readonly trpc: 'METHOD_NOT_SUPPORTED' | 'UNSUPPORTED_MEDIA_TYPE'; readonly status: number }
  constructor(message: string, transport: MethodRefused['transport']) {
    super(message)
    this.problem = new Problem('INPUT_MALFORMED', message)
    this.transport = transport
  }
}

/** A form of another site can send neither: commands take JSON by POST only (and a proof in a header that no form can set). */
function checkMethod(request: IncomingMessage, calls: readonly TrpcCall[]): void {
  if (request.method !== 'GET' && request.method !== 'POST') throw new MethodRefused('Use GET or POST.', { trpc: 'METHOD_NOT_SUPPORTED', status: 405 })
  if (request.method === 'GET' && calls.some((call) => call.operation?.contract.kind === 'command')) throw new MethodRefused('A command is sent by POST.', { trpc: 'METHOD_NOT_SUPPORTED', status: 405 })
  if (request.method === 'POST' && !isJson(request.headers['content-type'])) throw new MethodRefused('Send application/json.', { trpc: 'UNSUPPORTED_MEDIA_TYPE', status: 415 })
}

function isJson(type: string | undefined): boolean {
  return type === 'application/json' || type?.split(';', 1)[0]?.trim().toLowerCase() === 'application/json'
}

function reply(route: RouteRequest, answers: readonly Answer[], batch: boolean, problem: Problem | undefined): void {
  const [first] = answers
  const status = statusOf(first)
  const mixed = answers.length > 1 && answers.some((one) => statusOf(one) !== status)
  send(route.request, route.response, mixed ? 207 : status, bodyOf(answers, batch), {
    'content-type': 'application/json',
    'x-request-id': route.requestId,
    ...(problem === undefined ? {} : problemHeaders(problem)),
  })
}

/** The answers as JSON. One whose JSON is kept is joined and not written anew. */
function bodyOf(answers: readonly Answer[], batch: boolean): string | readonly Buffer[] {
  const [first] = answers
  if (answers.length !== 1 || first === undefined || !('result' in first) || !isPrepared(first.result.data)) return JSON.stringify(batch ? answers : first)
  const { before, behind } = batch ? AROUND.batch : AROUND.one
  return [before, ...preparedJson(first.result.data), behind]
}

const AROUND = {
  one: { before: Buffer.from('{"result":{"data":'), behind: Buffer.from('}}') },
  batch: { before: Buffer.from('[{"result":{"data":'), behind: Buffer.from('}}]') },
}

function statusOf(answer: Answer | undefined): number {
  return answer !== undefined && 'error' in answer ? answer.error.data.httpStatus : 200
}
