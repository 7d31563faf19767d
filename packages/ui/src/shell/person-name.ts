import { usePeople } from '../session/people.ts'
import { useClient } from '../session/services.tsx'
import { useOperation } from '../session/query.ts'
import { useSession } from '../session/session.tsx'

/** The name of who is signed in. A patient's is in their own record and nowhere in the identity of the platform. */
export function usePersonName(): string {
  const { actor } = useSession()
  const client = useClient()
  const known = usePeople().find(({ party }) => party === actor?.party)
  const own = useOperation(client.hospital.patients.list, 'hospital.patients.list', { limit: 50 }, { enabled: actor?.roles.includes('patient') === true && known === undefined })
  return known?.name ?? own.data?.items.find(({ access, name }) => access.rule === 'self' && name !== undefined)?.name ?? actor?.displayName ?? ''
}
