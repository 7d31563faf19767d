/**
 * Milliseconds at which a FHIR date, dateTime or instant begins; a date without a zone counts as UTC, so that order never depends on where
 * it is read. `undefined` for what is none.
 */
export function firstInstant(date: string): number | undefined {
  const match = /^(\d{4})(?:-(\d{2})(?:-(\d{2})(T.+)?)?)?$/.exec(date)
  if (match === null) return undefined
  const [, year, month = '01', day = '01', time] = match
  const at = Date.parse(time === undefined ? `${year}-${month}-${day}T00:00:00Z` : date)
  return Number.isNaN(at) ? undefined : at
}

/** The day as written, the month or the year where no more is known. */
export function dayOf(date: string): string {
  return date.slice(0, 10)
}

/** Whether any day that the date can mean lies in the range; both ends included. A date of less than a day counts where it touches. */
export function touches(date: string | undefined, from: string | undefined, to: string | undefined): boolean {
  if (from === undefined && to === undefined) return true
  if (date === undefined) return false
  const day = dayOf(date)
  return (from === undefined || day >= from.slice(0, day.length)) && (to === undefined || day <= to.slice(0, day.length))
}
