import type { Language } from './bilingual.ts'

/** `patient` is the long, friendly form; `clinical` the short one for tables; `date` without a time; `time` alone. */
export type DateStyle = 'patient' | 'clinical' | 'date' | 'time'

/**
 * An instant in the reader's own time zone. Korean day periods are written by us: runtimes disagree ("PM 2:05" in some ICU versions).
 * Returns an empty string for what is no date.
 */
export function formatInstant(value: Date | string, language: Language, style: DateStyle, timeZone?: string): string {
  const instant = typeof value === 'string' ? new Date(value) : value
  if (Number.isNaN(instant.getTime())) return ''
  const parts = partsOf(instant, language, timeZone)
  return language === 'ko' ? korean(parts, style) : english(parts, style)
}

/** A FHIR date, which may be a year, a month, a day or an instant; shown as exactly as it was recorded. */
export function formatClinicalDate(value: string, language: Language, timeZone?: string): string {
  const match = /^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$/.exec(value)
  if (!match) return formatInstant(value, language, 'date', timeZone)
  const [, year, month, day] = match as unknown as [string, string, string | undefined, string | undefined]
  if (language === 'ko') return month === undefined ? `${year}년` : day === undefined ? `${year}년 ${Number(month)}월` : `${year}. ${Number(month)}. ${Number(day)}.`
  return [day && String(Number(day)), month && monthName(Number(month)), year].filter(Boolean).join(' ')
}

/** Whole years between a birth date and now, as doctors and Koreans (만 나이) count them; `undefined` without a full date. */
export function ageInYears(birthDate: string, now: Date): number | undefined {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(birthDate)
  if (!match) return undefined
  const [year, month, day] = match.slice(1).map(Number) as [number, number, number]
  const before = now.getMonth() + 1 < month || (now.getMonth() + 1 === month && now.getDate() < day)
  return now.getFullYear() - year - (before ? 1 : 0)
}

/** Whole days from now until an instant, rounded up; negative once it has passed. */
export function daysUntil(value: Date | string, now: Date): number {
  return Math.ceil((new Date(value).getTime() - now.getTime()) / 86_400_000)
}

interface Parts { readonly year: string, readonly month: number, readonly day: number, readonly weekday: string, readonly hour: number, readonly minute: string }

function partsOf(instant: Date, language: Language, timeZone: string | undefined): Parts {
  const format = new Intl.DateTimeFormat(language === 'ko' ? 'ko-KR' : 'en-GB', {
    year: 'numeric', month: 'numeric', day: 'numeric', weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23', ...(timeZone && { timeZone }),
  })
  const found = new Map(format.formatToParts(instant).map(({ type, value }) => [type, value]))
  const text = (type: Intl.DateTimeFormatPartTypes): string => found.get(type) ?? ''
  return { year: text('year'), month: Number(text('month')), day: Number(text('day')), weekday: text('weekday'), hour: Number(text('hour')), minute: text('minute').padStart(2, '0') }
}

function korean(parts: Parts, style: DateStyle): string {
  const { year, month, day, weekday, hour, minute } = parts
  const clock = `${hour < 12 ? '오전' : '오후'} ${hour % 12 === 0 ? 12 : hour % 12}:${minute}`
  if (style === 'clinical') return `${year}-${two(month)}-${two(day)} ${two(hour)}:${minute}`
  if (style === 'time') return clock
  if (style === 'date') return `${year}. ${month}. ${day}.`
  return `${year}. ${month}. ${day}. (${weekday}) ${clock}`
}

function english(parts: Parts, style: DateStyle): string {
  const { year, month, day, weekday, hour, minute } = parts
  const clock = `${two(hour)}:${minute}`
  if (style === 'clinical') return `${two(day)}-${monthName(month)}-${year} ${clock}`
  if (style === 'time') return clock
  if (style === 'date') return `${day} ${monthName(month)} ${year}`
  return `${weekday}, ${day} ${monthName(month)} ${year}, ${clock}`
}

function two(value: number): string {
  return String(value).padStart(2, '0')
}

function monthName(month: number): string {
  return ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'][month - 1] ?? ''
}
