import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** One answer of HTTP/1.1. */
export interface RawAnswer {
  readonly status: number
  readonly body: Buffer
}

/**
 * Sockets that stay open and cost the load generator as little as can be, so that the server is what is measured. One request at a time on
 * each. A server closes sockets that are idle for some seconds: open them anew for each round.
 */
export interface RawSockets {
  /** Sends a whole request as it is and reads its answer. Errors: `Error` where the connection ends or the answer is no HTTP/1.1. */
  send(client: number, request: Buffer): Promise<RawAnswer>
  close(): void
}

export async function openRawSockets(url: string, count: number): Promise<RawSockets> {
  const { port, hostname } = new URL(url)
  const lines = await Promise.all(Array.from({ length: count }, async () => {
    const socket = connect(Number(port), hostname).setNoDelay()
    await once(socket, 'connect')
    return createLine(socket)
  }))
  return {
    send: (client, request) => (lines[client] as Line).send(request),
    close: () => lines.forEach((line) => line.close()),
  }
}

interface Line { send(request: Buffer): Promise<RawAnswer>; close(): void }

function createLine(socket: Socket): Line {
  let waiting: { resolve(answer: RawAnswer): void; reject(error: Error): void } | undefined
  let received = Buffer.alloc(0)
  const fail = (error: Error): void => {
    waiting?.reject(error)
    waiting = undefined
  }
  socket.on('data', (chunk) => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk])
    const answer = readAnswer(received)
    if (answer === undefined) return
    received = Buffer.alloc(0)
    const settle = waiting
    waiting = undefined
    settle?.resolve(answer)
  })
  socket.on('error', fail)
  socket.on('close', () => fail(new Error('The server closed the connection.')))
  return {
    send: (request) => new Promise((resolve, reject) => {
      if (socket.closed || socket.readableEnded) return reject(new Error('The server closed the connection.'))
      waiting = { resolve, reject }
      socket.write(request)
    }),
    close: () => socket.destroy(),
  }
}

/** The answer once it is whole, by its Content-Length or its last chunk. */
function readAnswer(bytes: Buffer): RawAnswer | undefined {
  const end = bytes.indexOf('\r\n\r\n')
  if (end < 0) return undefined
  const head = bytes.toString('latin1', 0, end)
  const body = bytes.subarray(end + 4)
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1]
  if (length === undefined ? !body.subarray(-5).equals(lastChunk) : body.length < Number(length)) return undefined
  return { status: Number(head.slice(9, 12)), body }
}

const lastChunk = Buffer.from('0\r\n\r\n')

/** A request as it travels. */
export function toRawRequest(url: string, { method, headers, body }: { readonly method: string; readonly headers: Iterable<readonly [string, string]>; readonly body: string }): Buffer {
  const { pathname, search, host } = new URL(url)
  const lines = [...headers].map(([name, value]) => `${name}: ${value}\r\n`).join('')
  return Buffer.from(`${method} ${pathname}${search} HTTP/1.1\r\nhost: ${host}\r\n${lines}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
}
