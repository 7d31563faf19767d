import { useOperation } from '../../session/query.ts'
import { useClient } from '../../session/services.tsx'
import type { DelegationItem } from '../../session/shapes.ts'
import type { SharedFrom } from '../patient/consent-draft.ts'

/** Whose records the person may share: their own at each place, and those of everybody for whom they may consent. */
export function useSharedFrom() {
  const client = useClient()
  const own = useOperation(client.hospital.consents.subjects, 'hospital.consents.subjects', {})
  const acting = useOperation(client.hospital.delegations.list, 'hospital.delegations.list', {})
  const data = own.data && acting.data ? [...own.data.items, ...acting.data.byMe.flatMap(sharedFor)] : undefined
  return { data, error: own.error ?? acting.error, dataUpdatedAt: Math.min(own.dataUpdatedAt, acting.dataUpdatedAt), refetch: () => Promise.all([own.refetch(), acting.refetch()]) }
}

function sharedFor({ patient, subject, custodian, custodianName, basis, scope, state }: DelegationItem): readonly SharedFrom[] {
  return state === 'active' && scope.includes('consent') ? [{ patient, subject, custodian, custodianName, acting: basis }] : []
}
