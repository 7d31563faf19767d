import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Method } from './double-methods.ts'
import { NodeError } from './node-error.ts'

/** What lies between client and node, and can be broken. */
export interface DoubleServer {
  readonly url: string
  /** Refuses and cuts every connection while it is on. */
  offline(on: boolean): void
  /** Takes requests and never answers them while it is on. */
  hang(on: boolean): void
  /** The next `count` calls of `method` are carried out, and their connections cut instead of answered. */
  cutAnswers(method: string, count: number): void
  /** The next `count` calls of `method` are carried out, and answered with an error of the node's own making. */
  failAnswers(method: string, count: number, message: string): void
  close(): Promise<void>
}

interface Request {
  readonly jsonrpc?: unknown
  readonly id?: unknown
  readonly method?: unknown
  readonly params?: unknown
}

/** JSON-RPC as tinyrpc 0.5 speaks it: always 200 and text/plain; batches; 405 for all but POST. Answers one request at a time for each connection. */
export async function startDoubleServer(methods: () => Readonly<Record<string, Method>>): Promise<DoubleServer> {
  let offline = false
  let hanging = false
  const cuts = new Map<string, number>()
  const failures = new Map<string, { count: number; readonly message: string }>()
  const server = createServer((request, response) => {
    if (offline) request.destroy()
    else if (!hanging) void answer(request, response).catch(() => response.destroy())
  })
  server.on('connection', (socket) => {
    if (offline) socket.destroy()
  })
  const port = await listen(server)

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    if (request.method !== 'POST') return reply(response, 405, 'Only POST supported')
    const text = Buffer.concat(chunks).toString()
    const called: string[] = []
    const body = await answerText(text, withFailures(methods(), failures), called)
    if (body === undefined) return
    const cut = called.find((method) => (cuts.get(method) ?? 0) > 0)
    if (cut !== undefined) {
      cuts.set(cut, (cuts.get(cut) ?? 0) - 1)
      response.destroy()
    } else if (offline || hanging) response.destroy()
    else reply(response, 200, body)
  }

  return {
    url: `http://127.0.0.1:${port}`,
    offline(on) {
      offline = on
      if (on) server.closeAllConnections()
    },
    hang(on) { hanging = on },
    cutAnswers: (method, count) => { cuts.set(method, count) },
    failAnswers: (method, count, message) => { failures.set(method, { count, message }) },
    async close() {
      const closed = new Promise<void>((resolve) => { server.close(() => resolve()) })
      server.closeAllConnections()
      await closed
    },
  }
}

function withFailures(methods: Readonly<Record<string, Method>>, failures: ReadonlyMap<string, { count: number; readonly message: string }>): Readonly<Record<string, Method>> {
  const changed: Record<string, Method> = { ...methods }
  for (const [name, failure] of failures) {
    const method = methods[name]
    if (method === undefined || failure.count <= 0) continue
    changed[name] = {
      ...method,
      async run(...params) {
        await method.run(...params)
        failure.count -= 1
        throw new NodeError(failure.message)
      },
    }
  }
  return changed
}

/** `undefined`: never answered. tinyrpc takes an id that is false to Python for none, and pyethapp stumbles over the answer that is not there. */
async function answerText(text: string, methods: Readonly<Record<string, Method>>, called: string[]): Promise<string | undefined> {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    return JSON.stringify(failure(null, new NodeError('Parse error', -32_700)))
  }
  const answers = []
  for (const request of [parsed].flat() as readonly Request[]) answers.push(await answerOne(request, methods, called))
  if (answers.includes(undefined)) return undefined
  return JSON.stringify(Array.isArray(parsed) ? answers : answers[0])
}

async function answerOne(request: Request, methods: Readonly<Record<string, Method>>, called: string[]) {
  const { jsonrpc, id, method, params = [] } = request
  if (jsonrpc !== '2.0' || typeof method !== 'string') return failure(null, new NodeError('Invalid Request', -32_600))
  const found = methods[method]
  const isNotification = id === undefined || id === null || id === 0 || id === ''
  if (isNotification) return void await found?.run(...params as readonly unknown[])
  if (found === undefined) return failure(id, new NodeError('Method not found', -32_601))
  called.push(method)
  try {
    const given = params as readonly unknown[]
    checkCount(method, found, given.length)
    return { jsonrpc: '2.0', id, result: await found.run(...given) ?? null }
  } catch (error) {
    if (error instanceof NodeError) return failure(id, error)
    throw error
  }
}

/** Python's words; `self` counts. */
function checkCount(method: string, { takes: [least, most] }: Method, given: number): void {
  if (given >= least && given <= most) return
  const count = (given < least ? least : most) + 1
  const how = least === most ? 'exactly' : given < least ? 'at least' : 'at most'
  const name = method.slice(method.indexOf('_') + 1)
  throw new NodeError(`${name}() takes ${how} ${count} argument${count === 1 ? '' : 's'} (${given + 1} given)`, -32_602)
}

function failure(id: unknown, { message, code }: NodeError) {
  return { jsonrpc: '2.0', id, error: { message, code } }
}

function reply(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' })
  response.end(body)
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  return (server.address() as AddressInfo).port
}
