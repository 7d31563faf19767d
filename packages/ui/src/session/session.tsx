import { createContext, useCallback, useContext, useEffect, useMemo, useRef, useState, type ReactNode } from 'react'
import { useQueryClient } from '@tanstack/react-query'
import type { SignedInActor } from '@careledger/client'
import type { Signer } from '@careledger/proof'
import { useServices } from './services.tsx'

/** `restoring`: the key of the last visit is being proven again. */
export type SessionStatus = 'restoring' | 'signed-out' | 'signing-in' | 'signed-in'

export interface Session {
  readonly status: SessionStatus
  readonly actor: SignedInActor | undefined
  readonly error: unknown
  /** Keeps the key in this browser, signs the challenge with it, and answers who that is. Errors stay in `error` and are thrown. */
  signInWith(jwk: unknown): Promise<SignedInActor>
  signOut(): Promise<void>
}

const SessionContext = createContext<Session | undefined>(undefined)
const CURRENT = 'careledger.key'

export function SessionProvider({ children }: { readonly children: ReactNode }) {
  const { client, keyring } = useServices()
  const queries = useQueryClient()
  const [state, setState] = useState<Pick<Session, 'status' | 'actor' | 'error'>>(() => ({ status: remembered() ? 'restoring' : 'signed-out', actor: undefined, error: undefined }))
  const started = useRef(false)

  const start = useCallback(async (signer: Signer): Promise<SignedInActor> => {
    const actor = await client.signIn(signer)
    queries.clear()
    remember(signer.key)
    setState({ status: 'signed-in', actor, error: undefined })
    return actor
  }, [client, queries])

  useEffect(() => {
    const key = remembered()
    if (started.current || !key) return
    started.current = true
    void (async () => {
      const signer = await keyring.signer(key)
      if (signer) await start(signer)
      else setState({ status: 'signed-out', actor: undefined, error: undefined })
    })().catch((error: unknown) => setState({ status: 'signed-out', actor: undefined, error }))
  }, [keyring, start])

  const session = useMemo<Session>(() => ({
    ...state,
    async signInWith(jwk) {
      setState((before) => ({ ...before, status: before.actor ? before.status : 'signing-in', error: undefined }))
      try {
        return await start(await keyring.keep(jwk))
      } catch (error) {
        setState((before) => ({ ...before, status: before.actor ? 'signed-in' : 'signed-out', error }))
        throw error
      }
    },
    async signOut() {
      remember(undefined)
      setState({ status: 'signed-out', actor: undefined, error: undefined })
      queries.clear()
      await client.signOut().catch(() => undefined)
    },
  }), [state, start, keyring, client, queries])

  return <SessionContext value={session}>{children}</SessionContext>
}

export function useSession(): Session {
  const session = useContext(SessionContext)
  if (!session) throw new TypeError('Screens stand inside <App>.')
  return session
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
