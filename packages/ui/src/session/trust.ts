import { useQuery } from '@tanstack/react-query'
import { useClient } from './services.tsx'

/** The keys this page pins: asked once, kept for the visit. */
export function useTrust() {
  const client = useClient()
  return useQuery({ queryKey: ['trust'], queryFn: () => client.platform.trust.query({}), staleTime: Infinity, gcTime: Infinity })
}

/** The same, as the verifier takes them. */
export { toTrust } from '@careledger/client'
