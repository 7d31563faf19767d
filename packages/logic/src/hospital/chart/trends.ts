import type { Actor, PendingProof } from '@careledger/identity'
import type { Purpose } from '../../consent/consent-terms.ts'
import type { Decided } from '../../decisions/decide.ts'
import type { Reading } from '../../fhir/measure.ts'
import type { Parts } from '../../parts.ts'
import { decideJoined, type PersonDisclosure } from '../mpi/decide-person.ts'
import type { ChartItem } from './chart-item.ts'
import { touches } from './clinical-time.ts'
import { readingFlag, type Flag } from './flags.ts'
import { givenOf, joinedReach, readMembers, recordsOf, toJoinedItems, type JoinedCharts } from './joined-chart.ts'
import type { ChartRecord, Reach } from './read-chart.ts'
import { loadUnits, ucumOf, type Units } from './units.ts'

export interface TrendQuery {
  readonly patient: string
  readonly purpose: Purpose
  /** The request's proof of possession, to be used up by the write that records the decision. */
  readonly proof?: PendingProof | undefined
  /** Of a series, as `series` names it; absent: only which series there are. */
  readonly code?: string | undefined
  /** UCUM unit to show all points in; default: that of the newest result. */
  readonly unit?: string | undefined
  /** Days, both included. */
  readonly from?: string | undefined
  readonly to?: string | undefined
}

/** A series there is: one code of observations with numbers. */
export interface TrendSeries {
  /** `system|code`, or the name where the results have no code. */
  readonly code: string
  readonly name: string
  readonly category?: string | undefined
  readonly count: number
  readonly last: ChartItem
  /** The newest results that have the unit of the last one, oldest first, at most 24: of several parts the first. */
  readonly recent: readonly { readonly date: string; readonly value: number }[]
}

/** One result in a line. `value` is in the line's unit; absent where it cannot be converted, and then it is in no chart. */
export interface TrendPoint {
  readonly id: string
  readonly date: string
  readonly value?: number | undefined
  /** As the laboratory wrote it. */
  readonly original: { readonly value: string; readonly unit?: string | undefined; readonly comparator?: string | undefined }
  /** The range of this result, in the line's unit. */
  readonly low?: number | undefined
  readonly high?: number | undefined
  readonly range?: string | undefined
  readonly flag?: Flag | undefined
  readonly status?: string | undefined
  readonly author: { readonly party: string; readonly name: string }
  /** The patient record that it stands in, where that is not the one asked about. */
  readonly patient?: string | undefined
}

/** One measured thing over time, oldest first. A blood pressure has two. */
export interface TrendLine {
  readonly code?: string | undefined
  readonly name: string
  /** As people write it; absent where the numbers have none. */
  readonly unit?: string | undefined
  readonly points: readonly TrendPoint[]
}

export interface Trend {
  readonly code: string
  readonly name: string
  /** UCUM unit that the lines are shown in where they can be; empty where the numbers have none. */
  readonly unit: string
  /** UCUM units that results came in and that the newest can be shown in. */
  readonly units: readonly string[]
  readonly lines: readonly TrendLine[]
}

export interface Trends {
  readonly reach: Reach
  readonly series: readonly TrendSeries[]
  readonly trend?: Trend | undefined
}

/** Most results in one series: the newest. */
const pointsMax = 2000
const seriesMax = 200
const recentMax = 24

/** Which series a patient has, and one of them over time with the range of each result. Errors: NOT_ALLOWED. */
export function readTrends(parts: Parts, actor: Actor, query: TrendQuery): Promise<Decided<Trends>> {
  const request = { actor, operation: 'hospital.chart.trends', purpose: query.purpose, proof: query.proof, patients: () => Promise.resolve([query.patient]) }
  return decideJoined(parts, request, async (members) => collect(parts, await readMembers(members, ['Observation']), query))
}

async function collect(parts: Parts, charts: JoinedCharts, query: TrendQuery): Promise<PersonDisclosure<Trends>> {
  const measured = recordsOf(charts).filter(({ row, at }) => at !== undefined && row.measure !== undefined && row.replacedBy === undefined && row.status !== 'entered-in-error' && row.status !== 'cancelled')
  const groups = [...Map.groupBy(measured, seriesCode)].map(([code, some]) => ({ code, some: some.toSorted((a, b) => (a.at as number) - (b.at as number)) }))
  const shown = groups.toSorted((a, b) => b.some.length - a.some.length).slice(0, seriesMax)
  const asked = query.code === undefined ? undefined : groups.find(({ code }) => code === query.code)?.some
  const points = asked?.filter(({ row }) => touches(row.date, query.from, query.to)).slice(-pointsMax)
  const lasts = shown.map(({ some }) => some.at(-1) as ChartRecord)
  const items = await toJoinedItems(parts, charts, [...new Set([...lasts, ...(points ?? [])])])
  const series = shown.map(({ code, some }, place): TrendSeries => {
    const { row, id } = lasts[place] as ChartRecord
    return { code, name: row.measure?.name ?? row.title, count: some.length, last: items.get(id) as ChartItem, recent: recentOf(some).map(({ date, value }) => ({ date, value })), ...(row.category === undefined ? {} : { category: row.category }) }
  })
  const trend = points === undefined || query.code === undefined ? undefined : toTrend(query.code, points.map(({ id }) => items.get(id) as ChartItem), await loadUnits(), query.unit)
  const value: Trends = { reach: joinedReach(charts, ['Observation']), series, ...(trend === undefined ? {} : { trend }) }
  return { value, of: givenOf(charts, [...(points ?? []), ...lasts, ...shown.flatMap(({ some }) => recentOf(some).map(({ record }) => record))]) }
}

function recentOf(records: readonly ChartRecord[]): readonly { readonly date: string; readonly value: number; readonly record: ChartRecord }[] {
  const firstOf = ({ row: { measure } }: ChartRecord): Reading | undefined => (measure?.value === undefined ? measure?.parts?.[0] : measure)
  const last = records.at(-1)
  const unit = last === undefined ? undefined : ucumOf(firstOf(last) ?? {})
  return records.slice(-recentMax).flatMap((record) => {
    const reading = firstOf(record)
    return reading?.value === undefined || ucumOf(reading) !== unit ? [] : [{ date: record.row.date as string, value: Number(reading.value), record }]
  })
}

export function seriesCode({ row }: Pick<ChartRecord, 'row'>): string {
  return row.code ?? row.measure?.name ?? row.title
}

/**
 * `items`: results of one code, oldest first. Every line is in `asked`, or else in the unit of the newest result, where its results can be
 * converted to it; in the unit of its own newest result otherwise.
 */
export function toTrend(code: string, items: readonly ChartItem[], units: Units, asked?: string): Trend {
  const readings = items.flatMap(readingsOf)
  const own = ucumOf(readings.at(-1)?.reading ?? {})
  const written = new Map(readings.map(({ reading }) => [ucumOf(reading), reading.unit ?? '']))
  const fits = (from: string, to: string): boolean => units.convert(1, from, to) !== undefined
  const unit = asked !== undefined && fits(own, asked) ? asked : own
  const lines = [...Map.groupBy(readings, ({ key }) => key).values()].map((some): TrendLine => {
    const [{ code: part, name }] = some as [MeasuredReading]
    const last = ucumOf((some.at(-1) as MeasuredReading).reading)
    const ucum = fits(last, unit) ? unit : last
    const words = written.get(ucum) ?? ucum
    return { name, points: some.map((one) => toPoint(one, ucum, units)), ...(part === undefined ? {} : { code: part }), ...(words === '' ? {} : { unit: words }) }
  })
  return { code, name: items.at(-1)?.measure?.name ?? code, unit, units: [...written.keys()].filter((ucum) => ucum !== '' && fits(own, ucum)), lines }
}

interface MeasuredReading {
  readonly key: string
  readonly code?: string | undefined
  readonly name: string
  readonly item: ChartItem
  readonly reading: Reading
}

function readingsOf(item: ChartItem): readonly MeasuredReading[] {
  const { measure } = item
  if (measure === undefined) return []
  const own = measure.value === undefined ? [] : [{ key: '', name: measure.name, item, reading: measure }]
  return [...own, ...(measure.parts ?? []).map((part) => ({ key: part.code ?? part.name, code: part.code, name: part.name, item, reading: part }))]
}

function toPoint({ item, reading }: MeasuredReading, unit: string, units: Units): TrendPoint {
  const from = ucumOf(reading)
  const rangeFrom = reading.rangeUnit === undefined ? from : ucumOf({ unit: reading.rangeUnit })
  const converted = (text: string | undefined, source: string): number | undefined => (text === undefined ? undefined : units.convert(Number(text), source, unit))
  const flag = readingFlag(reading) ?? (item.measure?.parts === undefined ? item.flag : undefined)
  const facts = { value: converted(reading.value, from), low: converted(reading.low, rangeFrom), high: converted(reading.high, rangeFrom), range: reading.range, flag, status: item.status, patient: item.patient }
  const original = { value: reading.value as string, unit: reading.unit, comparator: reading.comparator }
  return {
    id: item.id, date: item.date as string, author: { party: item.author.party, name: item.author.name },
    original: Object.fromEntries(Object.entries(original).filter(([, each]) => each !== undefined)) as TrendPoint['original'],
    ...Object.fromEntries(Object.entries(facts).filter(([, each]) => each !== undefined)),
  }
}
