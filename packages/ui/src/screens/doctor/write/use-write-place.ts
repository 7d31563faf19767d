import { VITAL_SIGNS, type WriteContext } from '@careledger/client'
import { useClient } from '../../../session/services.tsx'
import { useSession } from '../../../session/session.tsx'
import { useOperation } from '../../../session/query.ts'
import type { WritingPlace } from '../../../session/shapes.ts'

const results = VITAL_SIGNS.map(({ code }) => code)

/** What writing in this chart needs, asked once while it is written: each asking is an access that the patient sees. */
export function useWritePlace(patient: string) {
  const client = useClient()
  const place = useOperation(client.hospital.writing.prepare, 'hospital.records.writing', { patient, results })
  const summary = useOperation(client.hospital.patients.read, 'hospital.patients.read', { patient })
  return { place, summary }
}

/** The writer and the time, as resources say them. */
export function useWriteContext(): (place: WritingPlace) => WriteContext {
  const client = useClient()
  const { actor } = useSession()
  return (place) => ({ patient: place.reference, author: { party: actor?.party ?? '', name: actor?.displayName ?? '' }, at: client.now() })
}
