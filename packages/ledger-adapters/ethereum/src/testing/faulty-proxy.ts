import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** One call of a request. */
export interface SeenCall {
  readonly id: unknown
  readonly method: string
  readonly params: readonly unknown[]
}

/** What happens to a request: it goes through, its answer is lost, it is lost itself, or each of its calls is answered with an error. */
export type Fault = 'lose-answer' | 'lose-request' | { readonly code: number; readonly message: string } | undefined

/** An HTTP proxy between a ledger and its node that can be told to fail. */
export interface FaultyProxy {
  readonly url: string
  /** Asked for each request with the names of its methods, and its calls. */
  fault: (methods: readonly string[], calls: readonly SeenCall[]) => Fault
  /** Every method that went through since the start. */
  readonly seen: string[]
  /** Cuts every connection, and refuses new requests for `ms` milliseconds. */
  cut(ms: number): Promise<void>
  stop(): Promise<void>
}

export async function startFaultyProxy(target: string): Promise<FaultyProxy> {
  const seen: string[] = []
  let isCut = false

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks).toString()
    const calls = [JSON.parse(body) as SeenCall | readonly SeenCall[]].flat()
    const methods = calls.map(({ method }) => method)
    const fault = isCut ? 'lose-request' : proxy.fault(methods, calls)
    if (typeof fault === 'object') return void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(calls.map(({ id }) => ({ jsonrpc: '2.0', id, error: fault }))))
    if (fault === 'lose-request') return void request.socket.destroy()
    seen.push(...methods)
    const answer = await fetch(target, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
    const text = await answer.text()
    if (fault === 'lose-answer' || isCut) return void request.socket.destroy()
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(text)
  }

  const server = createServer((request, response) => { handle(request, response).catch(() => request.socket.destroy()) }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const proxy: FaultyProxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    fault: () => undefined,
    seen,
    async cut(ms) {
      isCut = true
      server.closeAllConnections()
      await new Promise((resolve) => { setTimeout(resolve, ms) })
      isCut = false
    },
    async stop() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  return proxy
}
