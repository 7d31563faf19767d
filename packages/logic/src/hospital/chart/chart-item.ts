import type { Measure } from '../../fhir/measure.ts'
import type { Grounds } from '../../decisions/authorize.ts'
import type { EntryState } from '../../entries/signed-entry.ts'
import { readStates } from '../../log/entry-states.ts'
import type { Parts } from '../../parts.ts'
import { partyNames, type PartyNames } from '../party-names.ts'
import type { PermittedRecord } from '../permitted-records.ts'
import { ACTING_TYPES } from '../writing/writing-rules.ts'
import type { Flag } from './flags.ts'
import type { ChartRecord } from './read-chart.ts'

/** An older version of a record, as far as a list names it. */
export interface ChartVersion {
  readonly id: string
  readonly title: string
  readonly date?: string | undefined
  readonly author: { readonly party: string; readonly name: string }
  readonly recordedAt: string
}

/** One record as a chart shows it: who wrote it and when, what it means, and what it corrected. */
export interface ChartItem {
  readonly id: string
  readonly type: string
  readonly title: string
  readonly date?: string | undefined
  readonly status?: string | undefined
  readonly custodian: string
  /** Of a person with several patient records: the one it stands in, where that is not the one asked about. */
  readonly patient?: string | undefined
  readonly author: { readonly party: string; readonly name: string; readonly organisationName?: string | undefined }
  readonly recordedAt: string
  readonly state: EntryState
  readonly replacedBy?: string | undefined
  readonly code?: string | undefined
  readonly category?: string | undefined
  readonly dose?: string | undefined
  readonly measure?: Measure | undefined
  readonly flag?: Flag | undefined
  /** A prescription or order that its signer did not make: they recorded what somebody else ordered. */
  readonly recorded?: true | undefined
  /** Newest first. */
  readonly versions: readonly ChartVersion[]
}

/** Records as items, in their order; names and states in one look-up each, for at most 1,000 records at once. */
export async function toChartItems(parts: Parts, grounds: Pick<Grounds, 'view' | 'custodian'>, records: readonly ChartRecord[]): Promise<readonly ChartItem[]> {
  const { view, custodian } = grounds
  const items: ChartItem[] = []
  for (let from = 0; from < records.length; from += 1000) {
    const some = records.slice(from, from + 1000)
    const authors = some.flatMap(({ row, versions }) => [row.author, ...versions.map((version) => version.row.author)])
    const [states, names] = await Promise.all([readStates(parts, view, some.map(({ id }) => id)), authorNames(view, authors, custodian)])
    some.forEach((record, place) => items.push(toItem(record, custodian, names, states[place]?.state ?? 'stored')))
  }
  return items
}

/** Names of authors and of their organisations. Nearly all belong to the custodian, which is asked for at once. */
async function authorNames(view: Grounds['view'], parties: readonly string[], custodian: string): Promise<PartyNames & { organisationOf(party: string): string | undefined }> {
  const people = await partyNames(view, [...parties, custodian])
  const others = new Set(parties.flatMap((party) => people.record(party)?.organisation ?? []))
  others.delete(custodian)
  const organisations = await partyNames(view, [...others])
  return {
    ...people,
    organisationOf(party) {
      const organisation = people.record(party)?.organisation
      return organisation === undefined ? undefined : organisation === custodian ? people.of(custodian) : organisations.of(organisation)
    },
  }
}

function toItem({ id, row, flag, versions }: ChartRecord, custodian: string, names: Awaited<ReturnType<typeof authorNames>>, state: EntryState): ChartItem {
  const { type, title, date, status, recordedAt, replacedBy, code, category, dose, measure } = row
  const organisationName = names.organisationOf(row.author)
  const recorded = ACTING_TYPES.includes(type) && row.maker !== row.author ? true : undefined
  return {
    id, type, title, custodian, recordedAt, state, recorded, date, status, replacedBy, code, category, dose, measure, flag,
    author: { party: row.author, name: names.of(row.author), organisationName },
    versions: versions.map((version) => toVersion(version, names)),
  }
}

function toVersion({ id, row }: PermittedRecord, names: PartyNames): ChartVersion {
  return { id, title: row.title, recordedAt: row.recordedAt, author: { party: row.author, name: names.of(row.author) }, ...(row.date === undefined ? {} : { date: row.date }) }
}

/** How many records of each type are given out; one that is shown twice counts once. */
export function countTypes(records: Iterable<PermittedRecord>): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const type of new Map([...records].map(({ id, row }) => [id, row.type])).values()) counts[type] = (counts[type] ?? 0) + 1
  return counts
}
