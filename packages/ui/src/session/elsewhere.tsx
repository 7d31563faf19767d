import { createContext, useContext, useEffect, useMemo, type ReactNode } from 'react'
import { QueryClientProvider, useQuery } from '@tanstack/react-query'
import { connectThroughHome, type CareLedgerClient } from '@careledger/client'
import { createQueryClient } from './query.ts'
import { ServicesProvider, useServices } from './services.tsx'
import { ActorProvider, useSession } from './session.tsx'
import type { ElsewherePlace } from './shapes.ts'

const ElsewhereContext = createContext<ElsewherePlace | undefined>(undefined)

/** The other instance that everything around is read from; `undefined`: this one. */
export function useElsewhere(): ElsewherePlace | undefined {
  return useContext(ElsewhereContext)
}

/** Signs in at another instance through this one's server, with the person's own key: once for each visit. */
export function useAway(place: ElsewherePlace) {
  const { client } = useServices()
  const { actor } = useSession()
  return useQuery({
    queryKey: [actor?.key ?? 'nobody', 'elsewhere', place.name],
    queryFn: async () => ({ client: await connectThroughHome(client, place) }),
    enabled: actor !== undefined, staleTime: Infinity, gcTime: Infinity, retry: false, structuralSharing: false,
  })
}

/**
 * Everything inside speaks to the other instance as its guest, keeps its answers apart from home's, and checks proofs against the keys that were
 * pinned for it.
 */
export function ElsewhereProvider({ place, client, children }: { readonly place: ElsewherePlace, readonly client: CareLedgerClient, readonly children: ReactNode }) {
  const { keyring } = useServices()
  const services = useMemo(() => ({ client, keyring }), [client, keyring])
  const queries = useMemo(() => {
    const made = createQueryClient()
    made.setQueryDefaults(['trust'], { gcTime: Infinity })
    made.setQueryData(['trust'], { ...place.trust, demo: false, version: '' })
    return made
  }, [place])
  useEffect(() => () => queries.clear(), [queries])
  return (
    <ElsewhereContext value={place}>
      <QueryClientProvider client={queries}>
        <ServicesProvider services={services}><ActorProvider actor={client.actor}>{children}</ActorProvider></ServicesProvider>
      </QueryClientProvider>
    </ElsewhereContext>
  )
}
