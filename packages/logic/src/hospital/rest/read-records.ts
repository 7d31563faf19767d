import type { Actor, PendingProof } from '@careledger/identity'
import type { ReadView } from '@careledger/data-spec'
import type { Purpose } from '../../consent/consent-terms.ts'
import { decideEach } from '../../decisions/decide-each.ts'
import { loadDefinitions } from '../../fhir/definitions.ts'
import { timeRange, type TimeRange } from '../../fhir/search/time-range.ts'
import type { Summary } from '../../fhir/search/parse-search.ts'
import { LogicError } from '../../logic-error.ts'
import type { Parts } from '../../parts.ts'
import { patientsAt } from './addresses.ts'
import { readable } from './candidates.ts'
import { decideOne } from './decide-one.ts'
import { openPage, sealPage } from './page-token.ts'
import { PatientRecords, type AddressedRecord } from './patient-records.ts'
import { countTypes, toEntries, type RestEntry } from './rest-entry.ts'

export interface ReadRequest {
  readonly type: string
  readonly id: string
  /** Entry id of a version; absent: the one that holds. */
  readonly version?: string | undefined
  readonly purpose: Purpose
  readonly summary: Summary
  readonly elements?: readonly string[] | undefined
  readonly proof?: PendingProof | undefined
}

/** One version of a resource: the author's text. Errors: NOT_ALLOWED; ENTRY_CONFLICT with check `multiple-matches`. */
export async function readResource(parts: Parts, actor: Actor, request: ReadRequest): Promise<RestEntry> {
  const { type, id, version, purpose, proof, summary, elements } = request
  const { summaries } = await loadDefinitions()
  return decideOne(parts, { actor, operation: version === undefined ? 'hospital.fhir.read' : 'hospital.fhir.vread', purpose, action: 'r', proof }, (view) => patientsAt(parts, view, { type, id }), async (permit) => {
    const records = new PatientRecords(parts, permit)
    const versions = await records.at({ type, id })
    const found = versions.find((record) => (version === undefined ? record.row.replacedBy === undefined : record.id === version))
    if (found === undefined) return undefined
    const [value] = await toEntries([found], records, 'match', { summary, elements, summaries })
    return { value: value as RestEntry, types: { [type]: 1 }, consent: found.consent, entry: found.id }
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
      const records = new PatientRecords(parts, permit)
      const versions = await records.at({ type, id })
      const some = versions.filter(wanted).slice(0, limit)
      return versions.length === 0 ? undefined : { value: await toEntries(some, records, 'match'), types: { [type]: some.length }, consent: versions[0]?.consent }
    })
  } else {
    const { items, next } = await decideEach(parts, { actor, operation, purposes: [purpose], limit: historyPatientsMax, recordRefusals: false, action: 's', proof }, (view: ReadView) => readable(view, actor, undefined), async (permit) => {
      const records = new PatientRecords(parts, permit)
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
 * Patient/$everything: what the permit reaches of one patient, the versions that hold, newest first. `start` and `end` keep what has no clinical
 * date. Errors: NOT_ALLOWED, INPUT_MALFORMED.
 */
export async function readEverything(parts: Parts, actor: Actor, request: EverythingRequest): Promise<EntryPage> {
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
  const found = await decideOne(parts, { actor, operation, purpose, action: 's', proof }, (view) => patientsAt(parts, view, { type: 'Patient', id }), async (permit) => {
    const records = new PatientRecords(parts, permit)
    const every = (await records.current()).filter(wanted)
    const some = every.filter((record) => after === undefined || record.id < after).slice(0, count + 1)
    const entries = await toEntries(some.slice(0, count), records, 'match')
    const whole = { entries, more: some.length > count, total: every.length }
    return { value: whole, types: countTypes(entries), consent: some[0]?.consent }
  })
  const last = found.entries.at(-1)
  if (!found.more || last === undefined) return { entries: found.entries, total: found.total }
  return { entries: found.entries, total: found.total, next: await sealPage(parts, actor.party, { operation, type: 'Patient', id, purpose, strict: false, parameters: asked.map(([name, text]) => [name, text]), place: { after: last.version } }) }
}

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
