import { useQuery } from '@tanstack/react-query'
import { useClient } from './services.tsx'
import type { DemoPerson } from './shapes.ts'

export function usePeopleQuery() {
  const client = useClient()
  return useQuery({ queryKey: ['people'], queryFn: () => client.demo.people.query({}), staleTime: Infinity, gcTime: Infinity })
}

/** Demo people to look around as; empty where the instance holds real organisations. */
export function usePeople(): readonly DemoPerson[] {
  return usePeopleQuery().data?.items ?? []
}
