import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * Answers plain HTTP with a redirect to the same address at `origin`, and nothing else. Only GET and HEAD: what a caller sends in the clear must not be
 * sent again by itself. Errors: those of `net.Server.listen`.
 */
export async function startRedirect({ host = '127.0.0.1', port, origin }: { readonly host?: string | undefined; readonly port: number; readonly origin: string }): Promise<{ readonly port: number; stop(): Promise<void> }> {
  const server = createServer({ maxHeaderSize: 8192, headersTimeout: 5000, requestTimeout: 5000 }, (request, response) => {
    const safe = request.method === 'GET' || request.method === 'HEAD'
    const path = request.url?.startsWith('/') === true ? request.url : '/'
    response.writeHead(safe ? 308 : 403, { connection: 'close', 'content-length': 0, ...(safe ? { location: `${origin}${path}` } : {}) }).end()
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => resolve(void server.off('error', reject)))
  })
  return {
    port: (server.address() as AddressInfo).port,
    stop: () => new Promise((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    }),
  }
}
