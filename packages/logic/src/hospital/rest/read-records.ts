import type { Actor, PendingProof } from '@careledger/identity'
import type { ReadView } from '@careledger/data-spec'
import type { Purpose } from '../../consent/consent-terms.ts'
import { keptAnswer } from '../../decisions/kept-answers.ts'
import { decideEach } from '../../decisions/decide-each.ts'
import { loadDefinitions } from '../../fhir/definitions.ts'
import { timeRange, type TimeRange } from '../../fhir/search/time-range.ts'
import type { Summary } from '../../fhir/search/parse-search.ts'
import { LogicError } from '../../logic-error.ts'
import { decidePerson } from '../mpi/decide-person.ts'
import type { Parts } from '../../parts.ts'
import { patientsAt } from './addresses.ts'
import { readable } from './candidates.ts'
import { decideOne } from './decide-one.ts'
import { openPage, sealPage } from './page-token.ts'
import type { AddressedRecord } from './addressed-record.ts'
import { PatientRecords } from './patient-records.ts'
import { countTypes, toEntries, type RestEntry } from './rest-entry.ts'

export interface ReadRequest {
  readonly type: string
  readonly id: string
  /** Entry id of a version; absent: the one that holds. */
  readonly version?: string | undefined
  readonly purpose: Purpose
  readonly summary: Summary
  readonly elements?: readonly string[] | undefined
  /** The author's text and nothing else. */
  readonly exact?: boolean | undefined
  readonly proof?: PendingProof | undefined
}

/** One version of a resource: the author's text. Errors: NOT_ALLOWED; ENTRY_CONFLICT with check `multiple-matches`. */
export function readResource(parts: Parts, actor: Actor, request: ReadRequest): Promise<RestEntry> {
  const { proof, ...asked } = request
  return keptAnswer(parts, { actor, operation: 'hospital.fhir.read', asked, proof }, (watched) => decideResource(watched, actor, request))
}

async function decideResource(parts: Parts, actor: Actor, request: ReadRequest): Promise<RestEntry> {
  const { type, id, version, purpose, proof, summary, elements } = request
  const { summaries } = await loadDefinitions()
  const asked = { actor, operation: version === undefined ? 'hospital.fhir.read' : 'hospital.fhir.vread', purpose }
  return decideOne(parts, { ...asked, action: 'r', proof }, (view) => patientsAt(parts, view, { type, id }), async (permit) => {
    const records = new PatientRecords(parts, permit, asked)
    const versions = await records.at({ type, id })
    const found = versions.find((record) => (version === undefined ? record.row.replacedBy === undefined : record.id === version))
    if (found === undefined) return undefined
    const [value] = await toEntries([found], records, 'match', (version === undefined && request.exact !== true) || isShortened({ summary, elements }) ? { summary, elements, summaries } : undefined)
    return { value: value as RestEntry, types: { [type]: 1 }, consent: found.consent, entry: found.id, guards: records.guards, others: records.others }
  })
}

export interface HistoryRequest {
  readonly type: string
  /** Absent: of every record of the type that may be read. */
  readonly id?: string | undefined
  readonly since?: string | undefined
  readonly count: number
  readonly page?: string | undefined
  readonly purpose: Purpose
  readonly proof?: PendingProof | undefined
}

export interface EntryPage {
  readonly entries: readonly RestEntry[]
  readonly total?: number | undefined
  readonly next?: string | undefined
}

/** Most patients whose versions are put in one order. */
const historyPatientsMax = 200

/** Versions, newest first. Errors: NOT_ALLOWED for a record; INPUT_MALFORMED; INPUT_TOO_LARGE where too many patients would have to be looked at. */
export async function readHistory(parts: Parts, actor: Actor, request: HistoryRequest): Promise<EntryPage> {
  const operation = 'hospital.fhir.history'
  const page = request.page === undefined ? undefined : await openPage(parts, actor.party, operation, request.page)
  const { type, id } = page ?? request
  const purpose = (page?.purpose ?? request.purpose) as Purpose
  const { proof } = request
  const count = Number(valueIn(page?.parameters, '_count') ?? request.count)
  const since = instantOf(valueIn(page?.parameters, '_since') ?? request.since)
  const after = page?.place.after
  const wanted = (record: AddressedRecord): boolean => isSince(record, since) && (after === undefined || record.id < after)
  const limit = count + 1
  const asOne = { actor, operation, purpose, proof }
  let found: readonly RestEntry[]
  if (id !== undefined) {
    found = await decideOne(parts, { ...asOne, action: 'r' }, (view) => patientsAt(parts, view, { type, id }), async (permit) => {
      const records = new PatientRecords(parts, permit, asOne)
      const versions = await records.at({ type, id })
      const some = versions.filter(wanted).slice(0, limit)
      return versions.length === 0 ? undefined : { value: await toEntries(some, records, 'match'), types: { [type]: some.length }, consent: versions[0]?.consent }
    })
  } else {
    const { items, next } = await decideEach(parts, { actor, operation, purposes: [purpose], limit: historyPatientsMax, recordRefusals: false, action: 's', proof }, (view: ReadView) => readable(view, actor, undefined), async (permit) => {
      const records = new PatientRecords(parts, permit, asOne)
      const some = (await records.versions(type)).filter(wanted).slice(0, limit)
      return some.length === 0 ? undefined : { value: await toEntries(some, records, 'match'), types: { [type]: some.length }, consent: some[0]?.consent }
    })
    if (next !== undefined) throw new LogicError('INPUT_TOO_LARGE', 'The history of a type goes over at most 200 patients. Ask for one record\'s history.', { details: { limit: historyPatientsMax } })
    found = items.flatMap(({ value }) => value).sort((a, b) => (a.version < b.version ? 1 : -1))
  }
  const entries = found.slice(0, count)
  const last = entries.at(-1)
  if (found.length <= count || last === undefined) return { entries }
  const parameters: [string, string][] = [['_count', String(count)], ...(since === undefined ? [] : [['_since', new Date(since).toISOString()] as [string, string]])]
  return { entries, next: await sealPage(parts, actor.party, { operation, type, id, purpose, strict: false, parameters, place: { after: last.version } }) }
}

export interface EverythingRequest {
  readonly id: string
  readonly types?: readonly string[] | undefined
  readonly since?: string | undefined
  readonly start?: string | undefined
  readonly end?: string | undefined
  readonly count: number
  readonly page?: string | undefined
  readonly purpose: Purpose
  readonly proof?: PendingProof | undefined
}

/**
 * Patient/$everything: what the permits reach of one person, under every patient that was said to be them; the versions that hold, those first
 * written last in front. `start` and `end` keep what has no clinical date. Errors: NOT_ALLOWED, INPUT_MALFORMED.
 */
export function readEverything(parts: Parts, actor: Actor, request: EverythingRequest): Promise<EntryPage> {
  const { proof, ...asked } = request
  return keptAnswer(parts, { actor, operation: 'hospital.fhir.everything', asked, proof }, (watched) => decideEverything(watched, actor, request))
}

async function decideEverything(parts: Parts, actor: Actor, request: EverythingRequest): Promise<EntryPage> {
  const operation = 'hospital.fhir.everything'
  const { proof } = request
  const page = request.page === undefined ? undefined : await openPage(parts, actor.party, operation, request.page)
  const asked = page === undefined ? parametersOf(request) : page.parameters
  const id = page?.id ?? request.id
  const purpose = (page?.purpose ?? request.purpose) as Purpose
  const value = (name: string): string | undefined => valueIn(asked, name)
  const count = Number(value('_count') ?? request.count)
  const [since, start, end, types] = [instantOf(value('_since')), rangeOf(value('start')), rangeOf(value('end')), value('_type')?.split(',')]
  const after = page?.place.after
  const wanted = (record: AddressedRecord): boolean => {
    const time = record.row.date === undefined ? undefined : timeRange(record.row.date)
    const inTime = time === undefined || ((start === undefined || time.high > start.low) && (end === undefined || time.low < end.high))
    return inTime && isSince(record, since) && (types === undefined || types.includes(record.address.type))
  }
  const { summaries } = await loadDefinitions()
  const found = await decidePerson(parts, { actor, operation, purpose, action: 's', proof, patients: (view) => patientsAt(parts, view, { type: 'Patient', id }) }, async (members) => {
    const each = await Promise.all(members.map(async ({ patient, permit }) => {
      const records = new PatientRecords(parts, permit, { actor, operation, purpose })
      const consents = types?.includes('Consent') === true ? (await records.current('Consent')).filter(({ changing }) => changing !== undefined) : []
      return { patient, records, every: [...(await records.current()), ...consents].filter(wanted) }
    }))
    const newest = each.flatMap(({ patient, every }) => every.map((record) => ({ patient, record }))).sort((a, b) => (a.record.first < b.record.first ? 1 : -1))
    const some = newest.filter(({ record }) => after === undefined || record.first < after).slice(0, count + 1)
    const given = some.slice(0, count)
    const opened = await Promise.all(each.map(async ({ patient, records }) => toEntries(given.filter((one) => one.patient === patient).map(({ record }) => record), records, 'match', { summary: 'false', summaries })))
    const byVersion = new Map(opened.flat().map((entry) => [entry.version, entry]))
    const entries = given.map(({ record }) => byVersion.get(record.id) as RestEntry)
    const of = (whose: string) => ({ types: countTypes(given.filter(({ patient }) => patient === whose).map(({ record }) => record.address)), consent: some.find(({ patient }) => patient === whose)?.record.consent })
    return { value: { entries, last: given.at(-1)?.record.first, more: some.length > count, total: newest.length }, of, guards: each.flatMap(({ records }) => records.guards), others: each.flatMap(({ records }) => records.others) }
  })
  const { entries, total, last } = found
  if (!found.more || last === undefined) return { entries, total }
  return { entries, total, next: await sealPage(parts, actor.party, { operation, type: 'Patient', id, purpose, strict: false, parameters: asked.map(([name, text]) => [name, text]), place: { after: last } }) }
}

const isShortened = ({ summary, elements }: Pick<ReadRequest, 'summary' | 'elements'>): boolean => summary !== 'false' || elements !== undefined

function valueIn(parameters: readonly (readonly [string, string])[] | undefined, name: string): string | undefined {
  return parameters?.find(([each]) => each === name)?.[1]
}

function parametersOf({ types, since, start, end, count }: EverythingRequest): readonly (readonly [string, string])[] {
  const asked: readonly (readonly [string, string | undefined])[] = [['_type', types?.join(',')], ['_since', since], ['start', start], ['end', end], ['_count', String(count)]]
  return asked.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]))
}

function rangeOf(text: string | undefined): TimeRange | undefined {
  if (text === undefined) return undefined
  const range = timeRange(text)
  if (range === undefined) throw new LogicError('INPUT_MALFORMED', 'This is no date.')
  return range
}

const instantOf = (text: string | undefined): number | undefined => rangeOf(text)?.low
const isSince = ({ row }: AddressedRecord, since: number | undefined): boolean => since === undefined || Date.parse(row.recordedAt) >= since
