import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { Bench } from './bench.ts'
import { startChild } from './measure/child-server.ts'
import { cpuSecondsOf } from './measure/cpu.ts'
import { measureThroughput } from './measure/throughput.ts'

const clients = 32
const rounds = 5
/** Calls before anything is counted: V8 goes on making this code faster for as long. */
const warmUpCalls = 100_000
const peers = [{ name: 'ours', module: 'servers/our-transport.ts' }, { name: 'tRPC standalone', module: 'servers/stock-transport.ts' }] as const

/** What one query costs before any work of its own: our server with its limits, metrics and security headers beside tRPC's own. */
export const transport: Bench = {
  name: 'transport',
  claim: 'One validated query in the tRPC wire format: at least 4 times the calls per CPU-second of tRPC\'s standalone server.',
  async run(report) {
    const servers = await Promise.all(peers.map(({ module }) => startChild<object, { readonly url: string }>(module, {})))
    const callers = await Promise.all(servers.map((server) => openCallers(server.ready.url)))
    try {
      const perCpuSecond = peers.map((): number[] => [])
      for (const { call } of callers) await Promise.all(Array.from({ length: clients }, async (_, client) => {
        for (let n = 0; n < warmUpCalls / clients; n++) await call(client)
      }))
      for (let round = 0; round < rounds; round++) {
        for (const [at, server] of servers.entries()) {
          const { call } = callers[at] as (typeof callers)[number]
          const measured = await measureThroughput({ clients, forMs: 2000, cpuSeconds: () => cpuSecondsOf([server.pid]), operation: call })
          perCpuSecond[at]?.push(measured.perCpuSecond)
        }
      }
      const [ours = 0, stock = 0] = perCpuSecond.map(median)
      for (const [at, value] of [ours, stock].entries()) report.figure({ what: `${peers[at]?.name}, median of ${rounds} rounds in turn`, value, unit: 'calls per CPU-second' })
      report.aim({ what: 'ours to tRPC standalone', value: ours / stock, atLeast: 4, unit: 'times' })
    } finally {
      for (const { close } of callers) close()
      await Promise.all(servers.map((server) => server.stop()))
    }
  },
}

/** Sockets that stay open and cost the load generator as little as can be, so that the server is what is measured. */
async function openCallers(url: string): Promise<{ call(client: number): Promise<void>; close(): void }> {
  const { port, host } = new URL(url)
  const bytes = Buffer.from(`GET /trpc/echo?input=${encodeURIComponent('{"text":"hello"}')} HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
  const sockets = await Promise.all(Array.from({ length: clients }, async () => {
    const socket = connect(Number(port), '127.0.0.1').setNoDelay().setEncoding('latin1')
    await once(socket, 'connect')
    return socket
  }))
  return {
    call: (client) => exchange(sockets[client] as Socket, bytes),
    close: () => sockets.forEach((socket) => socket.destroy()),
  }
}

function exchange(socket: Socket, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    let answer = ''
    const read = (text: string) => {
      answer += text
      if (!answer.endsWith('}}}') && !answer.endsWith('\r\n0\r\n\r\n')) return
      socket.off('data', read)
      if (answer.startsWith('HTTP/1.1 200')) resolve()
      else reject(new Error(answer.slice(0, 60)))
    }
    socket.on('data', read).write(bytes)
  })
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}
