import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Witness } from '@careledger/logic'

/** A path of 63 hashes and a note: more than this is no request. */
const bodyBytesMax = 128 * 1024

export interface WitnessServer {
  readonly url: string
  stop(): Promise<void>
}

/** `POST /add-checkpoint` (C2SP tlog-witness) and `GET /` with what `about` says. */
export async function startWitnessServer(witness: Witness, about: () => Promise<unknown>, at: { readonly host: string; readonly port: number }): Promise<WitnessServer> {
  const server = createServer({ headersTimeout: 10_000, requestTimeout: 15_000, maxHeaderSize: 8_192 }, (request, response) => {
    const reply = (status: number, type: string, body: string): void => void response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body), 'x-content-type-options': 'nosniff' }).end(body)
    const work = async (): Promise<void> => {
      if (request.method === 'GET' && request.url === '/') return reply(200, 'application/json', `${JSON.stringify(await about())}\n`)
      if (request.method !== 'POST' || request.url !== '/add-checkpoint') return reply(404, 'text/plain', 'POST /add-checkpoint (C2SP tlog-witness) or GET /\n')
      const body = await readBody(request)
      if (body === undefined) return reply(413, 'text/plain', 'The request is too long.\n')
      const answer = await witness.addCheckpoint(body)
      reply(answer.status, answer.status === 409 ? 'text/x.tlog.size' : 'text/plain; charset=utf-8', answer.body)
    }
    work().catch(() => { if (!response.headersSent) reply(500, 'text/plain', 'The witness cannot answer now.\n') })
  })
  server.listen(at.port, at.host)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://${at.host.includes(':') ? `[${at.host}]` : at.host}:${port}`,
    async stop() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

/** `undefined`: longer than it may be. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > bodyBytesMax) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
