import { createContext, useCallback, useContext, useEffect, useMemo, useRef, useState, type ReactNode } from 'react'
import { useQueryClient } from '@tanstack/react-query'
import type { SignedInActor } from '@careledger/client'
import type { Signer } from '@careledger/proof'
import { unlockWithPasskey } from './passkeys.ts'
import { useServices } from './services.tsx'

/** `restoring`: the key of the last visit is being proven again. */
export type SessionStatus = 'restoring' | 'signed-out' | 'signing-in' | 'signed-in'
/** Why nobody is signed in here any more, where that is worth saying. `locked`: the last key waits for its passkey. `lost`: this browser no longer has it. */
export type SignedOutBecause = 'locked' | 'lost' | 'idle' | 'elsewhere'

export interface Session {
  readonly status: SessionStatus
  readonly actor: SignedInActor | undefined
  readonly error: unknown
  readonly because: SignedOutBecause | undefined
  /** Keeps the key in this browser, signs the challenge with it, and answers who that is. Errors stay in `error` and are thrown. */
  signInWith(jwk: unknown): Promise<SignedInActor>
  /** The same with a key that is kept already. */
  signInAs(signer: Signer): Promise<SignedInActor>
  /** Signs in by an account that reads; see `finishByAccount`. Not remembered: the next visit begins anew. */
  signInByAccount(by: Signer, parameters: Readonly<Record<string, string>>): Promise<SignedInActor>
  /** Asks for a passkey and signs in with the key that it opens. */
  unlock(): Promise<SignedInActor>
  signOut(because?: 'idle'): Promise<void>
}

type State = Pick<Session, 'status' | 'actor' | 'error' | 'because'>

const SessionContext = createContext<Session | undefined>(undefined)
const CURRENT = 'careledger.key'
const signedOut = (because?: SignedOutBecause, error?: unknown): State => ({ status: 'signed-out', actor: undefined, error, because })

export function SessionProvider({ children }: { readonly children: ReactNode }) {
  const { client, keyring } = useServices()
  const queries = useQueryClient()
  const [state, setState] = useState<State>(() => (remembered() ? { ...signedOut(), status: 'restoring' } : signedOut()))
  const started = useRef(false)

  const start = useCallback(async (signer: Signer): Promise<SignedInActor> => {
    const actor = await client.signIn(signer)
    queries.clear()
    remember(signer.key)
    setState({ status: 'signed-in', actor, error: undefined, because: undefined })
    return actor
  }, [client, queries])

  const leave = useCallback((because?: SignedOutBecause): void => {
    // A locked key is still this browser's after an absence: its passkey opens it again.
    if (because === undefined || because === 'elsewhere') remember(undefined)
    keyring.lock()
    setState(signedOut(because))
    queries.clear()
  }, [keyring, queries])

  useEffect(() => client.onSessionEnd(() => leave('elsewhere')), [client, leave])

  useEffect(() => {
    const key = remembered()
    if (started.current || !key) return
    started.current = true
    void (async () => {
      const signer = await keyring.signer(key)
      if (signer) await start(signer)
      else setState(signedOut((await keyring.locked(key)) ? 'locked' : 'lost'))
    })().catch((error: unknown) => setState(signedOut(undefined, error)))
  }, [keyring, start])

  const session = useMemo<Session>(() => {
    const signIn = async (signer: () => Promise<Signer>): Promise<SignedInActor> => {
      setState((before) => ({ ...before, status: before.actor ? before.status : 'signing-in', error: undefined }))
      try {
        return await start(await signer())
      } catch (error) {
        setState((before) => ({ ...before, status: before.actor ? 'signed-in' : 'signed-out', error }))
        throw error
      }
    }
    return {
      ...state,
      signInWith: (jwk) => signIn(() => keyring.keep(jwk)),
      signInAs: (signer) => signIn(() => Promise.resolve(signer)),
      async signInByAccount(by, parameters) {
        const actor = await client.signInByAccount(by, parameters)
        queries.clear()
        remember(undefined)
        setState({ status: 'signed-in', actor, error: undefined, because: undefined })
        return actor
      },
      unlock: () => signIn(() => unlockWithPasskey(client, keyring)),
      async signOut(because) {
        const key = remembered()
        const locked = because === 'idle' && key !== undefined && (await keyring.locked(key)) !== undefined
        if (!locked) remember(undefined)
        leave(because)
        await client.signOut().catch(() => undefined)
      },
    }
  }, [state, start, leave, keyring, client, queries])

  return <SessionContext value={session}>{children}</SessionContext>
}

export function useSession(): Session {
  const session = useContext(SessionContext)
  if (!session) throw new TypeError('Screens stand inside <App>.')
  return session
}

/** Inside, somebody is signed in elsewhere as well: what they may do is judged by who they are there. */
export function ActorProvider({ actor, children }: { readonly actor: SignedInActor | undefined, readonly children: ReactNode }) {
  const session = useSession()
  const there = useMemo(() => ({ ...session, actor }), [session, actor])
  return <SessionContext value={there}>{children}</SessionContext>
}

function remembered(): string | undefined {
  try {
    return localStorage.getItem(CURRENT) ?? undefined
  } catch {
    return undefined
  }
}

function remember(key: string | undefined): void {
  try {
    if (key) localStorage.setItem(CURRENT, key)
    else localStorage.removeItem(CURRENT)
  } catch {
    // A browser that keeps nothing asks again at the next visit.
  }
}
