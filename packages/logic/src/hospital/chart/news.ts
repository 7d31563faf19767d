import type { ReadView } from '@careledger/data-spec'
import type { Actor, PendingProof } from '@careledger/identity'
import type { Purpose } from '../../consent/consent-terms.ts'
import { groundsOf, type Permit } from '../../decisions/authorize.ts'
import type { Decided } from '../../decisions/decide.ts'
import { fromStoredDecision, type DecisionRecord } from '../../decisions/decision-record.ts'
import type { Parts } from '../../parts.ts'
import { decideJoined, type PersonDisclosure, type PersonMember } from '../mpi/decide-person.ts'
import { countTypes, type ChartItem } from './chart-item.ts'
import { givenOf, recordsOf, toJoinedItems, type JoinedCharts } from './joined-chart.ts'
import { fold, type ChartRecord } from './read-chart.ts'
import { permittedRecord, scanRecords, type PermittedRecord } from '../permitted-records.ts'

/** What came into a chart since the caller last looked. */
export interface ChartNews {
  /** The last time the caller looked before this visit; absent: never, or longer ago than was searched. */
  readonly since?: string | undefined
  /** New records and corrections, the newest entry first; at most 50. */
  readonly items: readonly ChartItem[]
  readonly counts: Readonly<Record<string, number>>
  /** There are more than are counted. */
  readonly more: boolean
}

/** Decisions closer together than this are one visit, as on the patient's own page. */
const visitMs = 30 * 60_000
/** Most decisions and most rows looked at. */
const decisionsMax = 5000
const newsMax = 500
const itemsMax = 50
/** Operations that show what is in a chart; naming a patient in a list does not. */
const looks = /^hospital\.(chart|records)\.|^hospital\.patients\.read$/

/**
 * What is new since the caller's last visit, found from the caller's own decisions about this patient. By the time at which the author
 * signed: what was signed before that visit and came in after it is not named. Errors: NOT_ALLOWED.
 */
export function readNews(parts: Parts, actor: Actor, query: { readonly patient: string; readonly purpose: Purpose; readonly proof?: PendingProof | undefined }): Promise<Decided<ChartNews>> {
  const request = { actor, operation: 'hospital.chart.news', purpose: query.purpose, proof: query.proof, patients: () => Promise.resolve([query.patient]) }
  return decideJoined(parts, request, (members) => collect(parts, members, actor))
}

async function collect(parts: Parts, members: readonly PersonMember[], actor: Actor): Promise<PersonDisclosure<ChartNews>> {
  const { view, patient } = groundsOf((members[0] as PersonMember).permit)
  const since = await lastVisit(view, patient, actor.party, parts.now())
  if (since === undefined) return { value: { items: [], counts: {}, more: false }, of: () => ({ types: {} }) }
  const charts = (await Promise.all(members.map(async (member) => {
    const { records, more } = await newSince(member.permit, since)
    return { ...member, records, truncated: more }
  }))) as unknown as JoinedCharts
  const records = recordsOf(charts)
  const shown = records.slice(0, itemsMax)
  const value: ChartNews = { since, items: [...(await toJoinedItems(parts, charts, shown)).values()].toSorted((a, b) => (a.id < b.id ? 1 : -1)), counts: countTypes(records), more: charts.some(({ truncated }) => truncated) }
  return { value, of: givenOf(charts, shown) }
}

/** Entry ids rise with the time of signing, so the scan stops at the first that is older; an amendment brings its older version along. */
async function newSince(permit: Permit, since: string): Promise<{ readonly records: readonly ChartRecord[]; readonly more: boolean }> {
  const found: PermittedRecord[] = []
  let more = false
  const oldest = Date.parse(since)
  for await (const { key, record } of scanRecords(permit, { page: 100 })) {
    if (signedAt(key) <= oldest) break
    if (record === undefined) continue
    more = found.length === newsMax
    if (more) break
    found.push(record)
  }
  const ids = new Set(found.map(({ id }) => id))
  const former = await Promise.all(found.flatMap(({ row: { replaces } }) => (replaces === undefined || ids.has(replaces) ? [] : [permittedRecord(permit, replaces)])))
  return { records: fold([...found, ...former.filter((record) => record !== undefined)]).filter(({ id, row }) => ids.has(id) && row.replacedBy === undefined), more }
}

/** Milliseconds in the first 48 bits of a UUIDv7 (RFC 9562 §5.7). */
function signedAt(id: string): number {
  return Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16)
}

/** When the caller's last visit ended: the newest look that no chain of looks, each within half an hour, joins with now. */
export async function lastVisit(view: Pick<ReadView, 'decisions'>, patient: string, party: string, now: Date): Promise<string | undefined> {
  let after: string | undefined
  let edge = now.getTime()
  for (let looked = 0; looked < decisionsMax; ) {
    const page = await view.decisions({ about: patient, after, limit: 500, newestFirst: true })
    for (const stored of page.rows) {
      const decision = fromStoredDecision(stored)
      if (!isLook(decision, party)) continue
      const at = Date.parse(decision.at)
      if (edge - at >= visitMs) return decision.at
      edge = Math.min(edge, at)
    }
    looked += page.rows.length
    after = page.next
    if (after === undefined) return undefined
  }
  return undefined
}

function isLook({ party, outcome, operation }: DecisionRecord, caller: string): boolean {
  return party === caller && outcome === 'permitted' && looks.test(operation)
}
