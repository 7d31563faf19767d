import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** What happens on the way to a node: nothing; connections refused; nothing arrives until it is over; each answer late; each answer lost with its connection. */
export type Trouble = 'none' | 'refused' | 'hangs' | 'slow' | 'answers-cut'

/** Stands between an instance and its ledger's node. */
export interface TcpProxy {
  readonly address: string
  trouble: Trouble
  /** By how much `slow` holds back what the node sends, in milliseconds. */
  slowMs: number
  stop(): Promise<void>
}

export async function startTcpProxy(host: string, port: number): Promise<TcpProxy> {
  const open = new Set<Socket>()
  const held: (() => void)[] = []
  let trouble: Trouble = 'none'
  const pass = (to: Socket, bytes: Buffer): void => {
    const write = (): void => { if (!to.destroyed) to.write(bytes) }
    if (trouble === 'hangs' || held.length > 0) held.push(write)
    else write()
  }
  const server = createServer((near) => {
    open.add(near)
    near.on('error', () => near.destroy()).on('close', () => open.delete(near))
    if (proxy.trouble === 'refused') return void near.resetAndDestroy()
    const far = connect(port, host)
    open.add(far)
    far.on('error', () => near.destroy()).on('close', () => { open.delete(far); near.destroy() })
    near.on('close', () => far.destroy())
    near.on('data', (bytes) => {
      if (proxy.trouble === 'refused') return void near.resetAndDestroy()
      pass(far, bytes)
    })
    far.on('data', (bytes) => {
      if (proxy.trouble === 'refused' || proxy.trouble === 'answers-cut') return void near.resetAndDestroy()
      if (proxy.trouble === 'slow') setTimeout(pass, proxy.slowMs, near, bytes)
      else pass(near, bytes)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const proxy: TcpProxy = {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`, slowMs: 2000,
    get trouble() { return trouble },
    set trouble(next) {
      trouble = next
      if (next !== 'hangs') for (const write of held.splice(0)) write()
    },
    async stop() {
      server.close()
      for (const socket of open) socket.destroy()
      await once(server, 'close')
    },
  }
  return proxy
}
