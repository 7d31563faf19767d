/** Who is told of a critical value, in this order, and how long each has to answer before the next one is told too. Minutes. */
export interface EscalationPlan {
  readonly steps: readonly { readonly role: 'ordering-doctor' | 'ward' | 'doctor-on-call' | 'laboratory-director'; readonly answerWithinMinutes: number }[]
}

/**
 * From known to answered within an hour at the most, the first step within 15 minutes. After ISO 15189:2022 (critical results are told at once,
 * and each telling is recorded); the times are the laboratory's own.
 */
export const defaultEscalation: EscalationPlan = {
  steps: [{ role: 'ordering-doctor', answerWithinMinutes: 15 }, { role: 'ward', answerWithinMinutes: 10 }, { role: 'doctor-on-call', answerWithinMinutes: 15 }, { role: 'laboratory-director', answerWithinMinutes: 20 }],
}

/** What has happened to a critical value: who was told when and how, and who answered with the value read back. Instants. */
export interface CriticalHistory {
  readonly known: string
  readonly told: readonly { readonly step: number; readonly at: string }[]
  readonly answered?: { readonly at: string; readonly by: string } | undefined
}

export type CriticalState =
  | { readonly state: 'answered'; readonly minutes: number }
  /** `step` is the newest that was told; `next` the moment at which the following one is, absent after the last. */
  | { readonly state: 'told'; readonly step: number; readonly next?: string | undefined }
  /** Steps that must be told now: time has passed and they were not. */
  | { readonly state: 'due'; readonly steps: readonly number[] }
  | { readonly state: 'nobody-answered'; readonly minutes: number }

/** Where a critical value stands at `now`. An answer closes it, whoever gave it; time alone never does. */
export function criticalState({ steps }: EscalationPlan, { known, told, answered }: CriticalHistory, now: Date): CriticalState {
  const start = Date.parse(known)
  if (answered !== undefined) return { state: 'answered', minutes: minutesBetween(start, Date.parse(answered.at)) }
  const times = tellingTimes(steps, start)
  const due = times.flatMap((at, step) => (at <= now.getTime() && !told.some((one) => one.step === step) ? [step] : []))
  if (due.length > 0) return { state: 'due', steps: due }
  const last = steps.length - 1
  const end = (times[last] as number) + (steps[last] as EscalationPlan['steps'][number]).answerWithinMinutes * 60_000
  if (now.getTime() >= end) return { state: 'nobody-answered', minutes: minutesBetween(start, now.getTime()) }
  const step = Math.max(...told.map((one) => one.step))
  const next = times[step + 1]
  return { state: 'told', step, ...(next === undefined ? {} : { next: new Date(next).toISOString() }) }
}

/** When each step is told: the first at once, each other one when the time of the one before has run out. */
function tellingTimes(steps: EscalationPlan['steps'], start: number): readonly number[] {
  let at = start
  return steps.map(({ answerWithinMinutes }) => {
    const told = at
    at += answerWithinMinutes * 60_000
    return told
  })
}

function minutesBetween(from: number, to: number): number {
  return Math.floor((to - from) / 60_000)
}
