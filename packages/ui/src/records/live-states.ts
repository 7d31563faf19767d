import { useMemo } from 'react'
import { useQuery } from '@tanstack/react-query'
import { useClient } from '../session/services.tsx'
import { useSession } from '../session/session.tsx'
import type { RecordItem } from '../session/shapes.ts'

/**
 * Records with how far they have come by now. Only the states of those still on their way are asked again: looking at the list itself is
 * an access that the patient sees, so nothing here repeats it by itself.
 */
export function useLiveStates<Item extends Pick<RecordItem, 'id' | 'state'>>(items: readonly Item[] | undefined): readonly Item[] | undefined {
  const client = useClient()
  const { actor } = useSession()
  const ids = useMemo(() => (items ?? []).filter(({ state }) => state === 'stored' || state === 'sequenced').map(({ id }) => id).slice(0, 200), [items])
  const states = useQuery({
    queryKey: [actor?.key, 'hospital.records.states', ids],
    queryFn: async ({ signal }) => (await client.hospital.records.states.query({ ids }, { signal })).items,
    enabled: ids.length > 0,
    refetchInterval: ({ state }) => (state.data?.every((receipt) => receipt.state === 'anchored' || receipt.state === 'blocked') ? false : 3_000),
  })
  return useMemo(() => {
    if (!states.data) return items
    const found = new Map(states.data.map(({ id, state }) => [id, state]))
    return items?.map((item) => ({ ...item, state: found.get(item.id) ?? item.state }))
  }, [items, states.data])
}
