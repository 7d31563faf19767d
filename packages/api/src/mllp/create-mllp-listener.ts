import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { hl7BytesMax } from '@careledger/logic'

/** Minimal Lower Layer Protocol (HL7 v2 Implementation Guide, appendix C): 0x0B, the message, 0x1C 0x0D. */
const START = 0x0b
const END = 0x1c
const RETURN = 0x0d

export interface MllpOptions {
  /** Answers one message with its acknowledgement; must not reject. */
  readonly receive: (message: Uint8Array) => Promise<{ readonly ack: string }>
  /** Default 127.0.0.1: this machine only. MLLP itself knows no callers, so anything wider wants TLS with client certificates. */
  readonly host?: string | undefined
  /** 0 (default): any free port. */
  readonly port?: number | undefined
  /** PEM texts; `ca`: only clients with a certificate of this authority get in. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly ca?: string | undefined } | undefined
  /** Default 32. */
  readonly connectionsMax?: number | undefined
  /** A message must be whole within this time of its first byte. Default 30 s. */
  readonly slowMs?: number | undefined
}

export interface MllpListener {
  listen(): Promise<{ readonly port: number }>
  /** Takes no more messages, answers the one under way, closes. Idempotent. */
  stop(): Promise<void>
}

/**
 * Listens for HL7 v2 messages. All connections together are one line: a message is taken when the one before it has been answered, in the
 * order in which they were whole, so that what a hospital sends about one patient over two connections is not overtaken. While messages
 * wait, nothing more is read from their connection. Bytes outside a frame end the connection; a frame larger than 1 MiB does too.
 */
export function createMllpListener(options: MllpOptions): MllpListener {
  const sockets = new Set<Socket>()
  let line: Promise<void> = Promise.resolve()
  let stopped: Promise<void> | undefined
  const take = (socket: Socket, message: Buffer): Promise<void> => {
    line = line.then(async () => {
      if (stopped !== undefined || socket.destroyed) return
      const { ack } = await options.receive(message)
      if (!socket.destroyed) socket.write(frame(ack))
    })
    return line
  }
  const connected = (socket: Socket): void => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy())
    readFrames(socket, { slowMs: options.slowMs ?? 30_000, take: (message) => take(socket, message) })
  }
  const { tls } = options
  const server: Server = tls === undefined ? createServer(connected) : createTlsServer({ cert: tls.cert, key: tls.key, ...(tls.ca === undefined ? {} : { ca: tls.ca, requestCert: true, rejectUnauthorized: true }) }, connected)
  server.maxConnections = options.connectionsMax ?? 32
  return {
    async listen() {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject)
        server.listen(options.port ?? 0, options.host ?? '127.0.0.1', () => resolve(void server.off('error', reject)))
      })
      return { port: (server.address() as AddressInfo).port }
    },
    stop: () => (stopped ??= (async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      await line
      for (const socket of sockets) socket.end(() => socket.destroy())
      await closed
    })()),
  }
}

/** The acknowledgement's bytes are those of the message's header, so they go back one by one. */
function frame(text: string): Buffer {
  return Buffer.concat([Buffer.of(START), Buffer.from(text, 'latin1'), Buffer.of(END, RETURN)])
}

function readFrames(socket: Socket, { slowMs, take }: { readonly slowMs: number; readonly take: (message: Buffer) => Promise<void> }): void {
  let buffered: Buffer = Buffer.alloc(0)
  let slow: NodeJS.Timeout | undefined
  const go = async (): Promise<void> => {
    socket.pause()
    for (;;) {
      const next = cut(buffered)
      if (next === 'bad') return void socket.destroy()
      if (next === undefined) break
      buffered = next.rest
      clearTimeout(slow)
      slow = undefined
      await take(next.message)
    }
    if (buffered.length > 0) slow ??= setTimeout(() => socket.destroy(), slowMs)
    if (!socket.destroyed) socket.resume()
  }
  socket.on('data', (chunk: Buffer) => {
    buffered = buffered.length === 0 ? chunk : Buffer.concat([buffered, chunk])
    void go()
  })
  socket.on('close', () => clearTimeout(slow))
}

/** The first whole frame; `undefined`: it is not whole yet; `bad`: no frame begins here, or it is too long. */
function cut(bytes: Buffer): { readonly message: Buffer; readonly rest: Buffer } | 'bad' | undefined {
  // Some senders put a line end between frames.
  let start = 0
  while (bytes[start] === RETURN || bytes[start] === 0x0a) start++
  if (start === bytes.length) return undefined
  if (bytes[start] !== START) return 'bad'
  const end = bytes.indexOf(Buffer.of(END, RETURN), start + 1)
  if (end === -1) return bytes.length - start > hl7BytesMax + 3 ? 'bad' : undefined
  return { message: bytes.subarray(start + 1, end), rest: bytes.subarray(end + 2) }
}
