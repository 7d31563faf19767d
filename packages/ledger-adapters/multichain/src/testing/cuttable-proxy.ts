import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** A way to a server that can be cut. */
export interface CuttableProxy {
  readonly url: string
  /** Ends every connection and refuses new ones for `ms` milliseconds. */
  cut(ms: number): Promise<void>
  close(): Promise<void>
}

/** Forwards a free port of loopback to `target`. */
export async function createCuttableProxy(target: string): Promise<CuttableProxy> {
  const { hostname, port } = new URL(target)
  const sockets = new Set<Socket>()
  let open = true
  const server = createServer((near) => {
    if (!open) {
      near.destroy()
      return
    }
    const far = connect({ host: hostname, port: Number(port) })
    for (const [socket, other] of [[near, far], [far, near]] as const) {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => { sockets.delete(socket); other.destroy() })
      socket.pipe(other)
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const end = (): void => { for (const socket of sockets) socket.destroy() }
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async cut(ms) {
      open = false
      end()
      await new Promise((resolve) => { setTimeout(resolve, ms) })
      open = true
    },
    async close() {
      end()
      server.close()
      await once(server, 'close')
    },
  }
}
