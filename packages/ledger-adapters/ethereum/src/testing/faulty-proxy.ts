import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What happens to a request: it goes through, its answer is lost, it is lost itself, or it is answered after a while. */
export type Fault = 'lose-answer' | 'lose-request' | undefined

/** An HTTP proxy between a ledger and its node that can be told to fail. */
export interface FaultyProxy {
  readonly url: string
  /** Asked for each request with the names of its methods. */
  fault: (methods: readonly string[]) => Fault
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
    const methods = [JSON.parse(body) as unknown].flat().map((call) => (call as { readonly method: string }).method)
    const fault = isCut ? 'lose-request' : proxy.fault(methods)
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
