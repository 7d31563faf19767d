import { Problem } from '@careledger/api/contracts'
import { createTRPCUntypedClient, httpBatchLink, httpLink, splitLink } from '@trpc/client'
import type { TRPCUntypedClient } from '@trpc/client'
import type { AnyRouter } from '@trpc/server'
import type { CallOptions, CareLedgerClient, ClientSettings } from './client-types.ts'
import { followEvents } from './events.ts'
import type { EventOptions } from './events.ts'
import { createSession } from './session.ts'
import { toClientProblem } from './to-client-problem.ts'

/** Characters or items of one member beyond which a call travels alone. */
const ALONE_FROM = 16_384

/**
 * A client of one instance. Calls made in one tick travel together; large ones alone. Every call is sent by POST, so that nothing of an
 * input stands in an address, which others log. It takes nothing from `node:` and runs in a browser as it does in Node.
 */
export function createCareLedgerClient(settings: ClientSettings = {}): CareLedgerClient {
  const url = (settings.url ?? globalThis.location.origin).replace(/\/$/, '')
  const session = createSession({ url, fetch: settings.fetch ?? ((input, init) => globalThis.fetch(input, init)) })
  const options = { url: `${url}/trpc`, fetch: session.fetch as never, methodOverride: 'POST' as const }
  const link = splitLink<AnyRouter>({
    condition: ({ input }) => travelsAlone(input),
    true: httpLink(options),
    false: httpBatchLink({ ...options, maxItems: Math.min(20, settings.batchMax ?? 10) }),
  })
  const calls = callsUnder(createTRPCUntypedClient<AnyRouter>({ links: [link] }), '')
  const own = {
    signIn: session.signIn,
    introduceBy: session.introduceBy,
    signInByAccount: session.signInByAccount,
    async signOut() {
      try {
        if (session.actor !== undefined) await (calls as CareLedgerClient).session.end.mutate({})
      } catch (thrown) {
        if (!isOver(thrown)) throw thrown
      } finally {
        session.forget()
      }
    },
    get actor() {
      return session.actor
    },
    get signer() {
      return session.signer
    },
    callAs: session.callAs,
    onSessionEnd: session.onEnd,
    events: (events: EventOptions = {}) => followEvents({ url, fetch: session.fetch }, events),
    now: session.now,
    fetch: (path: string, init: RequestInit = {}, over?: typeof globalThis.fetch) => (over === undefined ? session.fetch : session.fetchOver(over))(`${url}${path}`, init),
  }
  return new Proxy(own, { get: (target, name) => (name in target ? target[name as keyof typeof own] : typeof name === 'string' && name !== 'then' ? Reflect.get(calls, name) : undefined) }) as unknown as CareLedgerClient
}

/** Calls by path: `.a.b.query(input)` asks for `a.b`. Every step is kept, so that the same path gives the same object. */
function callsUnder(client: TRPCUntypedClient<AnyRouter>, path: string): object {
  const known = new Map<string, unknown>()
  const make = (name: string): unknown => {
    if (path !== '' && name === 'query') return (input: unknown, options: CallOptions = {}) => settle(client.query(path, input, toTrpc(options)), 'query', options)
    if (path !== '' && name === 'mutate') return (input: unknown, options: CallOptions = {}) => settle(client.mutation(path, input, toTrpc(options)), 'command', options)
    return callsUnder(client, path === '' ? name : `${path}.${name}`)
  }
  return new Proxy({}, {
    get(_target, name) {
      if (typeof name !== 'string' || name === 'then') return undefined
      const found = known.get(name) ?? make(name)
      known.set(name, found)
      return found
    },
  })
}

function toTrpc({ signal }: CallOptions): { readonly signal?: AbortSignal } {
  return signal === undefined ? {} : { signal }
}

async function settle(answer: Promise<unknown>, kind: 'query' | 'command', { signal }: CallOptions): Promise<unknown> {
  try {
    return await answer
  } catch (thrown) {
    throw toClientProblem(thrown, kind, signal)
  }
}

function travelsAlone(input: unknown): boolean {
  if (typeof input !== 'object' || input === null) return false
  return Object.values(input).some((value) => (typeof value === 'string' && value.length > ALONE_FROM) || (Array.isArray(value) && value.length > 32))
}

/** A session that the server no longer knows has ended already. */
function isOver(thrown: unknown): boolean {
  return thrown instanceof Problem && (thrown.code === 'NOT_SIGNED_IN' || thrown.code === 'KEY_REVOKED')
}
