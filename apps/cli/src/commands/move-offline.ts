import { randomUUID } from 'node:crypto'
import type { AnyOperation, Context } from '@careledger/api'
import type { GlobalOptions } from '../global-options.ts'
import { withInstance } from '../open-offline.ts'
import type { Moves } from './moves.ts'

/**
 * Opens the stopped instance for this command alone, lets its log work, and drives a move through the same operations that the API
 * has. Stopped half way, the move is where it was, and goes on with the next start of the instance or of this command.
 */
export async function moveOffline(options: GlobalOptions, body: (moves: Moves) => Promise<void>): Promise<void> {
  const [{ createInvoke, createLogger, createMetrics, createOperations, createRateLimit }, { startLog }] = await Promise.all([import('@careledger/api'), import('@careledger/logic')])
  await withInstance(options, async ({ parts, authentication, file, rootSigner }) => {
    const log = await startLog(parts)
    const { moves } = createOperations().platform
    const rate = createRateLimit({ capacity: 1e9, perSecond: 1e9 })
    const invoke = createInvoke({ metrics: createMetrics(), logger: createLogger({ level: 'silent' }), rate: { keys: rate, addresses: rate } })
    const call = async <Answer>(operation: AnyOperation, input: unknown): Promise<Answer> => {
      const context: Context = {
        parts, auth: authentication, session: undefined, possession: undefined, address: 'local', requestId: randomUUID(), now: parts.now(), signal: AbortSignal.timeout(600_000),
        actor: { party: file.platform.party, kind: 'platform', displayName: file.platform.name, roles: ['platform'], key: rootSigner.key, credential: '' },
      }
      return (await invoke(operation, context, input)) as Answer
    }
    type Answer = Awaited<ReturnType<Moves['read']>>
    try {
      await body({
        plan: (request) => call(moves.plan, request),
        start: async (request) => (await call<Answer>(moves.start, request)).move,
        newest: async (network) => (await call<{ readonly items: readonly Answer['move'][] }>(moves.list, { network, limit: 1 })).items[0],
        read: (id) => call(moves.read, { id }),
        act: async (kind, id) => (await call<Answer>(moves[kind], { id })).move,
      })
    } finally {
      await log.stop()
    }
  })
}
