import type { ReadView } from '@careledger/data-spec'
import { asList, asObject, asText, conceptText, first, type Json } from '../../fhir/read-values.ts'
import { partyNames } from '../party-names.ts'
import type { PermittedResource } from '../permitted-records.ts'
import { parseResource } from '../record-created.ts'
import type { ChartRecord } from './read-chart.ts'

/** What a FHIR Provenance says of a record: who had which part in it, for whom, and when. */
export interface Provenance {
  readonly id: string
  readonly recorded?: string | undefined
  readonly activity?: string | undefined
  readonly reason?: string | undefined
  readonly agents: readonly { readonly role?: string | undefined; readonly who?: string | undefined; readonly onBehalfOf?: string | undefined }[]
  /** Who wrote the Provenance into this log. */
  readonly author: { readonly party: string; readonly name: string }
}

const agentsMax = 20

/** `referenced`: what references are named by. */
export async function provenanceOf(view: ReadView, resources: readonly PermittedResource[], referenced: ReadonlyMap<string, ChartRecord>): Promise<readonly Provenance[]> {
  const names = await partyNames(view, resources.map(({ row }) => row.author))
  const nameOf = (value: unknown): string | undefined => {
    const reference = asObject(value)
    return asText(reference?.['display']) ?? referenced.get(asText(reference?.['reference']) ?? '')?.row.title ?? asText(asObject(reference?.['identifier'])?.['value'])
  }
  return resources.map(({ id, row, opening }) => {
    const value = asObject(parseResource(opening.payload, id).value) ?? {}
    const agents = asList(value['agent']).slice(0, agentsMax).map((each) => toAgent(asObject(each) ?? {}, nameOf))
    const facts = { recorded: asText(value['recorded']), activity: conceptText(value['activity']), reason: conceptText(value['reason']) }
    return { id, agents, author: { party: row.author, name: names.of(row.author) }, ...Object.fromEntries(Object.entries(facts).filter(([, fact]) => fact !== undefined)) }
  }).toSorted((a: Provenance, b: Provenance) => ((a.recorded ?? '') < (b.recorded ?? '') ? 1 : -1))
}

function toAgent(agent: Json, nameOf: (value: unknown) => string | undefined): Provenance['agents'][number] {
  const facts = { role: conceptText(agent['type']) ?? conceptText(first(agent['role'])), who: nameOf(agent['who']), onBehalfOf: nameOf(agent['onBehalfOf']) }
  return Object.fromEntries(Object.entries(facts).filter(([, fact]) => fact !== undefined))
}
