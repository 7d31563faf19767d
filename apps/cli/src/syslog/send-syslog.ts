import { once } from 'node:events'
import { connect, type TLSSocket } from 'node:tls'
import { CommandError, exitCodes } from '../exit-codes.ts'
import { toFrame } from './to-syslog.ts'

export interface SyslogServer {
  readonly host: string
  readonly port: number
  /** PEM. Absent: the authorities that this machine trusts. */
  readonly ca?: string | undefined
  /** PEM, for a server that asks who sends. */
  readonly certificate?: { readonly cert: string; readonly key: string } | undefined
}

export interface SyslogSender {
  /** Resolves when the message has left; waits while the server is slow. */
  send(message: string): Promise<void>
  /** Ends the connection after all was sent. */
  close(): Promise<void>
}

/**
 * Syslog over TLS (RFC 5425): TLS 1.2 or later, and the server's certificate is checked against its name. Errors: CommandError UNREACHABLE. The
 * transport has no answers: what a server loses after it was sent cannot be known here.
 */
export async function connectSyslog({ host, port, ca, certificate }: SyslogServer): Promise<SyslogSender> {
  const socket = connect({ host, port, servername: host, minVersion: 'TLSv1.2', ...(ca === undefined ? {} : { ca }), ...certificate })
  let failed: Error | undefined
  socket.on('error', (error) => { failed = error })
  await once(socket, 'secureConnect').catch((error: unknown) => { throw unreachable(host, port, error) })
  const check = (): void => { if (failed !== undefined || socket.destroyed) throw unreachable(host, port, failed) }
  return {
    async send(message) {
      check()
      if (!socket.write(toFrame(message))) await drained(socket)
      check()
    },
    async close() {
      check()
      socket.end()
      await once(socket, 'close')
      if (failed !== undefined) throw unreachable(host, port, failed)
    },
  }
}

async function drained(socket: TLSSocket): Promise<void> {
  await Promise.race([once(socket, 'drain'), once(socket, 'close')]).catch(() => undefined)
}

function unreachable(host: string, port: number, cause: unknown): CommandError {
  const code = (cause as { code?: string } | undefined)?.code ?? 'the connection ended'
  return new CommandError(exitCodes.unavailable, 'UNREACHABLE', `The syslog server ${host}:${port} does not take messages (${code}).`, { cause })
}
