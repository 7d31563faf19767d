import { connect } from 'node:net'
import { createInMemoryStore } from '@careledger/data-in-memory'
import { createInMemoryReplayStore, createPasskeys, IdentityError } from '@careledger/identity'
import type { Parts } from '@careledger/logic'
import type { Actor, Authentication } from '@careledger/identity'
import { createServer } from '../http/create-server.ts'
import type { ServerOptions } from '../http/create-server.ts'
import type { Logger } from '../logger.ts'
import { smallOperations } from './small-tree.ts'

/** A server on loopback with the small tree; its tokens are `role:party`, so that transport is tested without cryptography. */
export async function startSmallServer(options: Partial<ServerOptions> = {}) {
  const lines: string[] = []
  const server = createServer({ operations: smallOperations, parts: smallParts(), auth: plainTokens, logger: listLogger(lines), ...options })
  const { url, port } = await server.listen()
  return { server, url, port, lines, [Symbol.asyncDispose]: () => server.stop() }
}

export function smallParts(): Parts {
  return { store: createInMemoryStore(), log: { origin: 'test.example/log' }, now: () => new Date() } as unknown as Parts
}

export function listLogger(lines: string[]): Logger {
  const line = (level: string) => (fields: object, message: string) => void lines.push(JSON.stringify({ level, ...fields, message }))
  return { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') }
}

export function actorOf(role: string, party = 'party-1'): Actor {
  const organisation = role === 'patient' ? {} : { organisation: 'org-1' }
  return { party, kind: 'person', displayName: 'Somebody', roles: [role], key: party.padEnd(43, 'k'), credential: '01890a5d-ac96-774b-bcce-b302099a8057', ...organisation }
}

export const plainTokens: Authentication = {
  challenge: () => Promise.reject(new IdentityError('CHALLENGE_INVALID', 'Not here.')),
  start: () => Promise.reject(new IdentityError('CHALLENGE_INVALID', 'Not here.')),
  clientCredentials: ({ assertion, now }) =>
    assertion === 'good' ? Promise.resolve({ token: 'system:party-9', expires: new Date(now.getTime() + 300_000), actor: actorOf('system', 'party-9') }) : Promise.reject(new IdentityError('ASSERTION_INVALID', 'No.', { details: { check: 'signature' } })),
  possession: ({ proof }) => (proof === 'bad' ? Promise.reject(new IdentityError('PROOF_INVALID', 'No.', { details: { check: 'form' } })) : Promise.resolve('p'.repeat(43))),
  authenticate({ token, proof }) {
    if (proof === 'late') return Promise.reject(new IdentityError('CLOCK_SKEW', 'No.', { details: { serverTime: '2026-11-22T12:00:00.000Z' } }))
    const [role, party] = token.split(':')
    if (role === undefined || party === undefined) return Promise.reject(new IdentityError('TOKEN_INVALID', 'No.'))
    return Promise.resolve({ actor: actorOf(role, party), session: { id: 's', expires: new Date(0), possession: 'p'.repeat(43) } })
  },
  useUp: () => Promise.resolve(),
  refresh: () => Promise.reject(new IdentityError('TOKEN_EXPIRED', 'Not here.')),
  end: () => Promise.resolve(),
  sessionsOf: () => Promise.resolve([]),
  passkeys: createPasskeys({ origin: 'http://careledger.test', secret: new Uint8Array(32), replay: createInMemoryReplayStore(() => new Date()) }),
}

/** Sends bytes on a socket of their own and gives what came back until the other side closed, was silent for 100 ms after its answer, or `waitMs` passed. */
export function rawExchange(port: number, bytes: string | Uint8Array | readonly (string | Uint8Array)[], waitMs = 2000): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    let answer = ''
    const timer = setTimeout(() => socket.destroy(), waitMs)
    let silence: NodeJS.Timeout | undefined
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1')
      clearTimeout(silence)
      silence = setTimeout(() => socket.destroy(), 100)
    })
    socket.on('error', () => undefined)
    socket.on('close', () => {
      clearTimeout(timer)
      clearTimeout(silence)
      resolve(answer)
    })
    for (const part of typeof bytes === 'string' || bytes instanceof Uint8Array ? [bytes] : bytes) socket.write(part)
  })
}

/** Status of the first answer in raw bytes; 0 where there was none. */
export function statusOf(answer: string): number {
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0)
}
