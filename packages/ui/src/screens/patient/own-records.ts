import { useClient } from '../../session/services.tsx'
import { useOperation } from '../../session/query.ts'

/** The patient's own records, one handle for each hospital that holds some; never those of somebody whom they act for. */
export function useOwnRecords() {
  const client = useClient()
  const { data, error, dataUpdatedAt, refetch } = useOperation(client.hospital.patients.list, 'hospital.patients.list', { limit: 50 })
  return { data: data && { ...data, items: data.items.filter(({ access }) => access.rule === 'self') }, error, dataUpdatedAt, refetch }
}

/** Decisions about the patient, as many as one page holds. */
export function useOwnAccess() {
  const client = useClient()
  return useOperation(client.hospital.access.list, 'hospital.access.list', { limit: 100 }, { refetchMs: 10_000 })
}

export function useOwnConsents() {
  const client = useClient()
  return useOperation(client.hospital.consents.list, 'hospital.consents.list', { limit: 100 }, { refetchMs: 10_000 })
}
