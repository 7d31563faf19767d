import type { DeferralEvent, DeferralRules, DonationType, DonorSex } from './deferral-rules.ts'

/** What the rules need to know of a donor. Days as `2026-11-26`, local to the donor. */
export interface DonorFacts {
  readonly sex: DonorSex
  readonly birthDate: string
  readonly donations: readonly { readonly type: DonationType; readonly date: string }[]
  readonly events?: readonly { readonly event: DeferralEvent; readonly date: string }[] | undefined
}

/** Why not earlier; `until` is the first day on which this reason no longer holds, absent: it always will. */
export type Deferral =
  | { readonly reason: 'interval'; readonly after: DonationType; readonly date: string; readonly until: string }
  | { readonly reason: 'frequency'; readonly most: number; readonly withinDays: number; readonly until: string }
  | { readonly reason: 'event'; readonly event: DeferralEvent; readonly until?: string | undefined }
  | { readonly reason: 'too-young'; readonly until: string }
  | { readonly reason: 'too-old'; readonly until?: undefined }

export interface Eligibility {
  /** First day, today at the earliest; absent: never again. */
  readonly from?: string | undefined
  /** What holds today, the one that lasts longest first; empty: the donor may give today. */
  readonly deferrals: readonly Deferral[]
}

const dayMs = 86_400_000

/**
 * When a donor may next give. Health on the day (weight, haemoglobin, questions) is decided where they give. A donor past `rules.age.to` may
 * only go on with a physician's permission, which this does not know: they get `too-old`; so do those who never gave and are past `firstTo`.
 */
export function nextEligible(rules: DeferralRules, donor: DonorFacts, type: DonationType, today: string): Eligibility {
  const deferrals = [...intervals(rules, donor, type), ...frequencies(rules, donor, type, today), ...events(rules, donor), ...ages(rules, donor, today)]
    .filter(({ until }) => until === undefined || until > today)
    .toSorted((one, other) => (other.until ?? '9999').localeCompare(one.until ?? '9999'))
  const longest = deferrals[0]
  return longest === undefined ? { from: today, deferrals } : { from: longest.until, deferrals }
}

function intervals(rules: DeferralRules, { sex, donations }: DonorFacts, type: DonationType): Deferral[] {
  return donations.flatMap(({ type: after, date }) => rules.intervals
    .filter((rule) => rule.after === after && rule.before.includes(type))
    .map((rule) => ({ reason: 'interval' as const, after, date, until: addDays(date, rule.days[sex]) })))
}

/** The oldest of the last `most` donations has to leave the window before another one fits. */
function frequencies(rules: DeferralRules, { sex, donations }: DonorFacts, type: DonationType, today: string): Deferral[] {
  return rules.frequencies.flatMap(({ types, most, withinDays }) => {
    if (!types.includes(type)) return []
    const dates = donations.filter((donation) => types.includes(donation.type) && donation.date <= today).map(({ date }) => date).toSorted()
    const oldest = dates.at(-most[sex])
    return oldest === undefined ? [] : [{ reason: 'frequency' as const, most: most[sex], withinDays, until: addDays(oldest, withinDays) }]
  })
}

function events(rules: DeferralRules, { events: had = [] }: DonorFacts): Deferral[] {
  return had.flatMap(({ event, date }) => rules.events.filter((rule) => rule.event === event).map(({ days }): Deferral => ({ reason: 'event', event, ...(days === 'permanent' ? {} : { until: addDays(date, days) }) })))
}

function ages({ age }: DeferralRules, { birthDate, donations }: DonorFacts, today: string): Deferral[] {
  const old = addYears(birthDate, (donations.length === 0 ? age.firstTo : age.to) + 1)
  return [{ reason: 'too-young', until: addYears(birthDate, age.from) }, ...(old <= today ? [{ reason: 'too-old' as const }] : [])]
}

function addDays(date: string, days: number): string {
  return new Date(Date.parse(date) + days * dayMs).toISOString().slice(0, 10)
}

/** The same day so many years later; 1 March for 29 February in a year without one, as the law counts birthdays. */
function addYears(date: string, years: number): string {
  return new Date(Date.UTC(Number(date.slice(0, 4)) + years, Number(date.slice(5, 7)) - 1, Number(date.slice(8, 10)))).toISOString().slice(0, 10)
}
