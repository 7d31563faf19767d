import type { RecordRow } from '../tables.ts'
import type { PlacedHold } from './retention-entries.ts'
import type { RetentionRule } from './retention-payloads.ts'

/** Why something may not be erased. */
export interface RetentionReason {
  readonly kind: 'period' | 'hold'
  readonly basis: string
  readonly source?: string | undefined
  /** First day on which it no longer holds, `YYYY-MM-DD`; absent for a hold, which ends when it is released. */
  readonly until?: string | undefined
}

type Kept = Pick<RecordRow, 'type' | 'date' | 'recordedAt'>

/**
 * The reasons why records must still be kept on the day `now`, longest first; empty: they may be erased. Of each rule the last day that any
 * record reaches. A record's day is the last one that its date can mean; without a date, the day it was written. Pure.
 */
export function reasonsToKeep(records: Iterable<Kept>, rules: readonly RetentionRule[], holds: readonly PlacedHold[], now: Date): readonly RetentionReason[] {
  const today = now.toISOString().slice(0, 10)
  const ends = new Map<RetentionRule, string>()
  let last = ''
  const touched = new Set<RetentionRule>()
  for (const record of records) {
    const day = lastDayOf(record)
    if (day > last) last = day
    for (const rule of rules) {
      if (rule.types !== undefined && !rule.types.includes(record.type)) continue
      touched.add(rule)
      const end = firstDayAfter(day, rule.years)
      if (rule.from === 'record' && end > (ends.get(rule) ?? '')) ends.set(rule, end)
    }
  }
  for (const rule of touched) if (rule.from === 'last-record') ends.set(rule, firstDayAfter(last, rule.years))
  const periods = [...ends].filter(([, until]) => until > today).sort(([, a], [, b]) => (a < b ? 1 : a > b ? -1 : 0))
  return [
    ...holds.map(({ basis, source }): RetentionReason => ({ kind: 'hold', basis, ...(source === undefined ? {} : { source }) })),
    ...periods.map(([{ basis, source }, until]): RetentionReason => ({ kind: 'period', basis, source, until })),
  ]
}

/** "2019" may mean the last day of 2019: a period that begins too late keeps too long, one that begins too early destroys. */
function lastDayOf({ date, recordedAt }: Kept): string {
  const [year, month, day] = (date ?? recordedAt).slice(0, 10).split('-')
  if (day !== undefined) return `${year}-${month}-${day}`
  return month === undefined ? `${year}-12-31` : new Date(Date.UTC(Number(year), Number(month), 0)).toISOString().slice(0, 10)
}

/** The day after the period: years later the same day is still kept. 29 February ends on 1 March of a common year. */
function firstDayAfter(day: string, years: number): string {
  const [year, month, date] = day.split('-').map(Number) as [number, number, number]
  return new Date(Date.UTC(year + years, month - 1, date + 1)).toISOString().slice(0, 10)
}
