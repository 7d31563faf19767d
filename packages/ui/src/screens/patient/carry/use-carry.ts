import { useQueryClient } from '@tanstack/react-query'
import { fetchCarried, proofContent, type LinkContent } from '@careledger/client'
import { useClient } from '../../../session/services.tsx'
import { useOperation } from '../../../session/query.ts'
import type { HealthLinkItem, PatientSummary } from '../../../session/shapes.ts'

export function useLinks() {
  const client = useClient()
  return useOperation(client.hospital.links.list, 'hospital.links.list', {}, { refetchMs: 10_000 })
}

export function useCards() {
  const client = useClient()
  return useOperation(client.hospital.cards.list, 'hospital.cards.list', {})
}

/** Stops links one after the other; what fails is thrown and the rest stays as it was. */
export function useStopLinks() {
  const client = useClient()
  const queries = useQueryClient()
  return async (links: readonly Pick<HealthLinkItem, 'patient' | 'link'>[]): Promise<void> => {
    for (const { patient, link } of links) await client.hospital.links.stop.mutate({ patient, link })
    await queries.invalidateQueries()
  }
}

export interface LinkChoice {
  readonly place: PatientSummary
  /** Kinds that go along with their proofs; absent: the summary alone. */
  readonly proofsOf?: readonly string[] | undefined
}

/** What goes behind a link: the summary, and with it proofs where they were chosen. Each is a reading in the patient's own list. */
export function useLinkContents() {
  const client = useClient()
  return async ({ place, proofsOf }: LinkChoice): Promise<{ readonly contents: readonly LinkContent[], readonly types: Readonly<Record<string, number>> }> => {
    const { bundle, counts } = await client.hospital.summary.read.query({ patient: place.patient, purpose: 'patient-request' })
    const summary: LinkContent = { contentType: 'application/fhir+json', text: bundle }
    if (proofsOf === undefined) return { contents: [summary], types: counts }
    const { proofs } = await fetchCarried(client, { patient: place.patient, custodian: { party: place.custodian, name: place.custodianName }, types: proofsOf })
    return { contents: [summary, proofContent(proofs)], types: counts }
  }
}
