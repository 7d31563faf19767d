import { useClient } from '../../session/services.tsx'
import { useOperation } from '../../session/query.ts'

/** Asked every five seconds; every figure on these screens carries the time of the answer. */
export function useOverview() {
  const client = useClient()
  return useOperation(client.platform.overview, 'platform.overview', {}, { refetchMs: 5_000 })
}
