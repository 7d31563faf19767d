import { useQuery } from '@tanstack/react-query'
import type { Trust } from '@careledger/proof'
import { useClient } from './services.tsx'
import type { TrustedKeys } from './shapes.ts'

/** The keys this page pins: asked once, kept for the visit. */
export function useTrust() {
  const client = useClient()
  return useQuery({ queryKey: ['trust'], queryFn: () => client.platform.trust.query({}), staleTime: Infinity, gcTime: Infinity })
}

/** The same, as the verifier takes them. */
export function toTrust({ origin, logKey, root, witnesses, witnessThreshold }: TrustedKeys): Trust {
  return { logs: [{ origin, key: logKey }], root, witnesses, witnessThreshold }
}
