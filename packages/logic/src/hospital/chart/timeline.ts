import type { Actor, PendingProof } from '@careledger/identity'
import type { Purpose } from '../../consent/consent-terms.ts'
import { groundsOf } from '../../decisions/authorize.ts'
import { openCursor, sealCursor } from '../../decisions/cursor.ts'
import { toDecisionView } from '../../decisions/decision-record.ts'
import { keptAnswer } from '../../decisions/kept-answers.ts'
import type { Decided } from '../../decisions/decide.ts'
import { LogicError } from '../../logic-error.ts'
import type { Parts } from '../../parts.ts'
import { decideJoined, type PersonDisclosure } from '../mpi/decide-person.ts'
import { remembered } from '../remembered.ts'
import { countTypes, type ChartItem } from './chart-item.ts'
import { givenOf, readMembers, recordsOf, toJoinedItems, type JoinedCharts } from './joined-chart.ts'
import type { ChartRecord } from './read-chart.ts'
import { compareVisits, toVisits, type Visit, type VisitFilter } from './visits.ts'

export interface TimelineQuery extends VisitFilter {
  readonly patient: string
  readonly purpose: Purpose
  /** The request's proof of possession, to be used up by the write that records the decision. */
  readonly proof?: PendingProof | undefined
  readonly after?: string | undefined
  /** A page ends with the visit in which it reaches so many records: visits are never cut. */
  readonly limit: number
}

export interface TimelineVisit {
  readonly key: string
  /** The patient record that it stands in, where that is not the one asked about: records are joined, visits are not. */
  readonly patient?: string | undefined
  readonly date?: string | undefined
  readonly encounter?: ChartItem | undefined
  readonly items: readonly ChartItem[]
  /** Records of this visit past the 300 that are given. */
  readonly more: number
}

export interface TimelinePage {
  readonly visits: readonly TimelineVisit[]
  readonly next?: string | undefined
  /** Current records by type within the permit, whatever the filter; on the first page only. */
  readonly counts?: Readonly<Record<string, number>> | undefined
  readonly truncated: boolean
}

const visitMax = 300

/**
 * A person's records by visit, newest first by clinical date, of every patient record that clerks joined with the one asked about and that the
 * caller may read. What was amended is folded under what amended it. Errors: NOT_ALLOWED,
 * INPUT_MALFORMED for a cursor of another list.
 */
export function readTimeline(parts: Parts, actor: Actor, query: TimelineQuery): Promise<Decided<TimelinePage>> {
  const operation = 'hospital.chart.timeline'
  const { proof, ...asked } = query
  const request = { actor, operation, purpose: query.purpose, proof, patients: () => Promise.resolve([query.patient]) }
  return keptAnswer(
    parts, { actor, operation, asked, proof },
    (watched) => decideJoined(watched, request, async (members) => readPage(watched, await readMembers(members), query)),
    (kept, decision) => ({ ...kept, decision: toDecisionView(decision) }),
  )
}

async function readPage(parts: Parts, charts: JoinedCharts, query: TimelineQuery): Promise<PersonDisclosure<TimelinePage>> {
  const grounds = groundsOf(charts[0].permit)
  const after = placeOf(openCursor(grounds.keys, 'timeline', query.after))
  const { page, next } = pageOf(joinedVisits(charts, query), after, query.limit)
  const given = page.flatMap(shownOf)
  const items = await toJoinedItems(parts, charts, given)
  const visits = page.map((visit): TimelineVisit => {
    const encounter = visit.encounter === undefined ? undefined : items.get(visit.encounter.id)
    const shown = visit.records.slice(0, visitMax).flatMap(({ id }) => items.get(id) ?? [])
    return { key: visit.key, items: shown, more: visit.size - shown.length, ...(visit.patient === undefined ? {} : { patient: visit.patient }), ...(visit.date === undefined ? {} : { date: visit.date }), ...(encounter === undefined ? {} : { encounter }) }
  })
  const value: TimelinePage = {
    visits, truncated: charts.some(({ truncated }) => truncated),
    ...(next === undefined ? {} : { next: sealCursor(grounds.keys, 'timeline', `${next.at}|${next.key}`) }),
    ...(query.after === undefined ? { counts: countCurrent(recordsOf(charts)) } : {}),
  }
  return { value, of: givenOf(charts, given) }
}

interface JoinedVisit extends Visit {
  readonly patient?: string | undefined
}

/** Each patient's visits are that patient's own, with a key that says whose they are. */
function joinedVisits([first, ...others]: JoinedCharts, query: TimelineQuery): readonly JoinedVisit[] {
  const own = toVisits(first.records, query)
  if (others.length === 0) return own
  const further = others.flatMap(({ patient, records }) => toVisits(records, query).map((visit): JoinedVisit => ({ patient, key: `${patient}/${visit.key}`, at: visit.at, date: visit.date, encounter: visit.encounter, records: visit.records, size: visit.size })))
  return [...own, ...further].toSorted(compareVisits)
}

const countCurrent = remembered((records: readonly ChartRecord[]) => countTypes(records.filter(({ row }) => row.replacedBy === undefined)))

/** The visits behind `after`, as many as reach `limit` records, and where the next page begins. */
export function pageOf<V extends Visit>(visits: readonly V[], after: Pick<Visit, 'at' | 'key'> | undefined, limit: number): { readonly page: readonly V[]; readonly next?: V | undefined } {
  const rest = after === undefined ? visits : visits.filter((visit) => compareVisits(after, visit) < 0)
  const page: V[] = []
  let count = 0
  for (const visit of rest) {
    if (count >= limit) return { page, next: page.at(-1) }
    page.push(visit)
    count += (visit.encounter === undefined ? 0 : 1) + Math.min(visit.size, visitMax)
  }
  return { page }
}

function shownOf({ encounter, records }: Visit): readonly ChartRecord[] {
  return [...(encounter === undefined ? [] : [encounter]), ...records.slice(0, visitMax)]
}

function placeOf(cursor: string | undefined): Pick<Visit, 'at' | 'key'> | undefined {
  if (cursor === undefined) return undefined
  const [, at, key] = /^(-?(?:\d+|Infinity))\|(.+)$/.exec(cursor) ?? []
  if (at === undefined || key === undefined) throw new LogicError('INPUT_MALFORMED', 'This is no cursor of this list.')
  return { at: Number(at), key }
}
