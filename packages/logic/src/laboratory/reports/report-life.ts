/** FHIR DiagnosticReport.status, as far as a laboratory uses it. */
export const REPORT_STATES = ['registered', 'partial', 'preliminary', 'final', 'amended', 'corrected', 'cancelled', 'entered-in-error'] as const
export type ReportState = (typeof REPORT_STATES)[number]

/** Which status may follow which: a report that was final is never taken back silently, only superseded by one that says so. Source: FHIR R4, DiagnosticReport.status. */
const next: Readonly<Record<ReportState, readonly ReportState[]>> = {
  registered: ['partial', 'preliminary', 'final', 'cancelled', 'entered-in-error'],
  partial: ['partial', 'preliminary', 'final', 'cancelled', 'entered-in-error'],
  preliminary: ['preliminary', 'final', 'cancelled', 'entered-in-error'],
  final: ['amended', 'corrected', 'entered-in-error'],
  amended: ['amended', 'corrected', 'entered-in-error'],
  corrected: ['amended', 'corrected', 'entered-in-error'],
  cancelled: ['entered-in-error'],
  'entered-in-error': [],
}

export function mayFollow(from: ReportState | undefined, to: ReportState): boolean {
  return from === undefined ? to !== 'amended' && to !== 'corrected' && to !== 'entered-in-error' : next[from].includes(to)
}

/** Whether people outside the laboratory see it as a result: only what somebody answers for. */
export function isIssued(state: ReportState): boolean {
  return ['final', 'amended', 'corrected'].includes(state)
}

/** When the results of a panel leave the laboratory. */
export type ReleaseRule = 'at-once' | 'after-review' | 'by-a-person'

export interface ResultForRelease {
  readonly interpretation?: 'LL' | 'L' | 'N' | 'H' | 'HH' | undefined
  readonly deltaExceeded: boolean
  /** Of a kind that the patient is told by a person: HIV, genetics, cancer markers … */
  readonly sensitive: boolean
  readonly unitKnown: boolean
}

/**
 * How a report is released: the strictest of what its results ask for and what the panel's own rule says. Anything critical, changed beyond belief or in a
 * unit that nobody knows is looked at first; what is sensitive is told by a person.
 */
export function releaseOf(rule: ReleaseRule, results: readonly ResultForRelease[]): ReleaseRule {
  if (rule === 'by-a-person' || results.some(({ sensitive }) => sensitive)) return 'by-a-person'
  const looked = results.some(({ interpretation, deltaExceeded, unitKnown }) => interpretation === 'LL' || interpretation === 'HH' || deltaExceeded || !unitKnown)
  return looked ? 'after-review' : rule
}
