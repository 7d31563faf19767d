import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { DoubleChain } from './double-chain.ts'
import { DoubleRefusal, type DoubleNode } from './double-node.ts'
import type { NodeAccess } from './node-access.ts'

/** What goes wrong with the coming calls, in this order; each entry is one call. */
export type DoubleFault =
  /** 503 and plain text: not executed. */
  | 'busy'
  /** -28: not executed. */
  | 'warm-up'
  /** libevent's page while the node stops: not executed. */
  | 'stopping'
  /** Executed, and the connection ends before the answer. */
  | 'cut-after'
  /** Not executed, and the connection ends. */
  | 'cut-before'
  /** An answer that is not JSON. */
  | 'garbage'
  | 'ok'

/** One node behind JSON-RPC on a free port of loopback. */
export interface DoubleServer {
  readonly access: NodeAccess
  readonly node: DoubleNode
  /** Calls that were executed, newest last. */
  readonly executed: readonly string[]
  /** Queues faults for calls of `method`, or of any. */
  fail(faults: readonly DoubleFault[], method?: string): void
  close(): Promise<void>
}

export interface DoubleServerOptions {
  readonly chainName: string
  /** Every so many calls one is refused as by a full work queue. */
  readonly busyEvery?: number | undefined
}

const USER = 'multichainrpc'
const PASSWORD = 'a password of the double'

export async function createDoubleServer(chain: DoubleChain, node: DoubleNode, { chainName, busyEvery = 0 }: DoubleServerOptions): Promise<DoubleServer> {
  const executed: string[] = []
  const queued: { readonly fault: DoubleFault; readonly method: string | undefined }[] = []
  const authorization = `Basic ${Buffer.from(`${USER}:${PASSWORD}`).toString('base64')}`
  let calls = 0

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
    if (request.headers.authorization !== authorization) return reply(response, 401, '', { 'www-authenticate': 'Basic realm="jsonrpc"' })
    if (request.method !== 'POST') return reply(response, 405, 'JSONRPC server handles only POST requests')
    const { id, method, params, chain_name: name } = JSON.parse(Buffer.concat(chunks).toString()) as { id: number; method: string; params: unknown[]; chain_name?: string }
    calls += 1
    const fault = takeFault(method) ?? (busyEvery > 0 && calls % busyEvery === 0 ? 'busy' : 'ok')
    if (fault === 'busy') return reply(response, 503, 'Work queue depth exceeded')
    if (fault === 'stopping') return reply(response, 503, '<HTML><HEAD>\n<TITLE>503 Service Unavailable</TITLE>\n</HEAD><BODY>\n<H1>Service Unavailable</H1>\n</BODY></HTML>\n')
    if (fault === 'warm-up') return refuse(response, 500, -28, 'RPC server started', 0)
    if (fault === 'cut-before') return void request.socket.destroy()
    if (name !== undefined && name !== chainName) return refuse(response, 400, -32_600, 'Wrong chain name', 0)
    chain.tick()
    let result: unknown
    try {
      result = node.answer(method, params)
      executed.push(method)
    } catch (error) {
      if (!(error instanceof DoubleRefusal)) throw error
      return refuse(response, error.code === -32_601 ? 404 : 500, error.code, error.message, id)
    }
    if (fault === 'cut-after') return void request.socket.destroy()
    if (fault === 'garbage') return reply(response, 200, '<html>')
    reply(response, 200, JSON.stringify({ result: result ?? null, error: null, id }))
  }

  function takeFault(method: string): DoubleFault | undefined {
    const index = queued.findIndex((entry) => entry.method === undefined || entry.method === method)
    return index < 0 ? undefined : queued.splice(index, 1)[0]?.fault
  }

  const server = createServer({ keepAliveTimeout: 500 }, (request, response) => { serve(request, response).catch(() => request.socket.destroy()) })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    access: { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, user: USER, password: PASSWORD },
    node,
    executed,
    fail: (faults, method) => { queued.push(...faults.map((fault) => ({ fault, method }))) },
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function reply(response: ServerResponse, status: number, body: string, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': body.startsWith('{') ? 'application/json' : 'text/html', ...headers }).end(body)
}

function refuse(response: ServerResponse, status: number, code: number, message: string, id: number): void {
  reply(response, status, `${JSON.stringify({ result: null, error: { code, message }, id })}\n`)
}
