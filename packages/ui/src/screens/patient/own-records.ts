import { useClient } from '../../session/services.tsx'
import { useOperation } from '../../session/query.ts'

/** The patient's records, one handle for each hospital that holds some. */
export function useOwnRecords() {
  const client = useClient()
  return useOperation(client.hospital.patients.list, 'hospital.patients.list', { limit: 50 })
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
