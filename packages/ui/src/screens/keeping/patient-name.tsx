import { useClient } from '../../session/services.tsx'
import { useOperation } from '../../session/query.ts'
import { useSession } from '../../session/session.tsx'

/** The patient's name for whoever may read it; for an administrator, who may not, the handle. */
export function PatientName({ patient }: { readonly patient: string }) {
  const client = useClient()
  const { actor } = useSession()
  const reads = actor?.roles.some((role) => role === 'records-clerk' || role === 'doctor') ?? false
  const banner = useOperation(client.hospital.patients.read, 'hospital.patients.read', { patient, purpose: 'operations' }, { enabled: reads })
  return banner.data?.name === undefined ? <code>{patient.slice(0, 8)}</code> : <span lang="en">{banner.data.name}</span>
}
