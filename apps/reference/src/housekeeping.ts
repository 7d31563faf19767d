import { closeEndedConsents, escalateReviews, loadDefinitions, runErasures, runRotations, sweepDeviceCodes, sweepErasureNotices, sweepExpired, sweepExports, sweepLinks, sweepRequests, sweepUploads, type Parts } from '@careledger/logic'

const minuteMs = 60_000
const rotationEveryMs = 5_000
/** First pages come before the second or two of computing that the FHIR definitions take. */
const definitionsAfterMs = 3_000

export interface HousekeepingOptions {
  /** Whether this process is the one of several that does it; two do no harm. Default: it is. */
  readonly leads?: () => boolean
  /** Whether this process answers callers, and will need the FHIR definitions. Default: it does. */
  readonly definitions?: boolean
}

/**
 * What an instance does by the clock: consents that ended by themselves start the next epoch, and overdue reviews of emergency
 * access are escalated (every 5 minutes), single-use claims and
 * ended sessions that have expired, requests for access that ended, notices of erasures after a year, and uploads given up, are removed (hourly), and the files of links that ended and of
 * expired exports (every 10 minutes). Every process looks each minute which opened charts in its memory nobody uses, or belong to somebody erased. Erasures that were ordered and cut short go on (every minute), and rotations of vaults that have begun (every 5 s). A task that fails is tried again at its next turn and told to `onProblem`. The
 * FHIR definitions are loaded 3 s after the start, so that neither the first pages nor, as a rule, the first import wait for them. Gives
 * the function that ends it.
 */
export function startHousekeeping(parts: Parts, onProblem: (task: string, error: unknown) => void, { leads = () => true, definitions = true }: HousekeepingOptions = {}): () => Promise<void> {
  const running = new Set<Promise<void>>()
  const run = (task: string, body: () => Promise<unknown>) => {
    const turn = body().then(() => {}, (error: unknown) => onProblem(task, error)).finally(() => running.delete(turn))
    running.add(turn)
  }
  const stopping = new AbortController()
  let rotating = false
  const rotate = async (): Promise<void> => {
    rotating = true
    await runRotations(parts, stopping.signal).finally(() => { rotating = false })
  }
  const timers = [
    setInterval(() => run('drop opened charts', () => parts.openedCharts.sweep(parts.vaults)), minuteMs),
    setInterval(() => { if (leads()) run('close ended consents', () => closeEndedConsents(parts)) }, 5 * minuteMs),
    setInterval(() => { if (leads()) run('carry out ordered erasures', () => runErasures(parts)) }, minuteMs),
    setInterval(() => { if (leads() && !rotating) run('rotate keys of vaults', rotate) }, rotationEveryMs),
    setInterval(() => { if (leads()) run('escalate overdue reviews', () => escalateReviews(parts)) }, 5 * minuteMs),
    setInterval(() => { if (leads()) run('sweep ended requests', () => sweepRequests(parts)) }, 60 * minuteMs),
    setInterval(() => { if (leads()) run('sweep old notices of erasures', () => sweepErasureNotices(parts)) }, 60 * minuteMs),
    setInterval(() => { if (leads()) run('sweep given up uploads', () => sweepUploads(parts)) }, 60 * minuteMs),
    setInterval(() => { if (leads()) run('sweep expired claims', () => sweepExpired(parts.store, parts.now())) }, 60 * minuteMs),
    setInterval(() => { if (leads()) run('sweep codes of new devices', () => sweepDeviceCodes(parts)) }, 60 * minuteMs),
    setInterval(() => { if (leads()) run('delete files of ended links', () => sweepLinks(parts)) }, 10 * minuteMs),
    setInterval(() => { if (leads()) run('sweep expired exports', () => sweepExports(parts)) }, 10 * minuteMs),
  ]
  const loading = setTimeout(() => { if (definitions) run('load FHIR definitions', loadDefinitions) }, definitionsAfterMs)
  for (const timer of [...timers, loading]) timer.unref()
  return async () => {
    clearTimeout(loading)
    stopping.abort()
    for (const timer of timers) clearInterval(timer)
    await Promise.all(running)
  }
}
