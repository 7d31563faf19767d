import { createAnchorWorker, type AnchorStatus } from '../anchor/anchor-worker.ts'
import { createLedgerWatch } from '../anchor/ledger-health.ts'
import { isLogicError, type LogicError } from '../logic-error.ts'
import { createMover } from '../move/mover.ts'
import type { Parts } from '../parts.ts'
import { settleRoutes, type RouteDifference } from '../routes/settle-routes.ts'
import { checkLedger } from './check-ledger.ts'
import { checkStart } from './check-start.ts'
import { createLoop } from './loop.ts'
import { recordDecisions } from './record-decisions.ts'
import type { WitnessStatus } from './witness-node.ts'
import { createSequencer } from './sequencer.ts'

/** The log at work in this process: sequencer, one anchor worker and one watch for each ledger, the recorder of decisions, the mover. */
export interface LogService {
  status(): LogStatus
  /** Resolves with the reason when the service stops by itself: the store was found rolled back or corrupt. Never rejects. */
  readonly failed: Promise<LogicError>
  /** Ends every loop after its step; gives the lease back. Idempotent. */
  stop(): Promise<void>
}
export interface LogStatus {
  /** `standby`: another process sequences, and this one would. `elsewhere`: this process never does. */
  readonly sequencer: 'starting' | 'leading' | 'standby' | 'failing' | 'stopped' | 'elsewhere'
  /** Code of the newest failure; absent when the newest round worked. */
  readonly problem?: string | undefined
  /** Why decisions could not be recorded in the log; absent when the newest try worked. */
  readonly decisionsProblem?: string | undefined
  /** Why a move could not go on; absent when the newest step worked or nothing moves. */
  readonly moveProblem?: string | undefined
  readonly anchors: readonly AnchorStatus[]
  /** Members' witnesses, as they answered this process. */
  readonly witnesses: readonly WitnessStatus[]
  /** Networks that stand on other ledgers than the configuration says, as it was when the log started. */
  readonly differences: readonly RouteDifference[]
}

const idleMs = 100
const standbyMs = 500
const failureMaxMs = 2000

/**
 * Checks the stored log and every ledger that answers, then starts. A ledger that does not answer is checked before anything is appended
 * to it. Errors: CORRUPTION, ROLLED_BACK, and INPUT_MALFORMED when the configured ledgers do not fit what the log was written to: nothing was
 * started. Any number of processes may do this on one store. `work: false`: the same checks, and then the process looks at the ledgers and
 * leaves the log to others; it stores entries and waits for them all the same.
 */
export async function startLog(parts: Parts, { work = true }: { readonly work?: boolean | undefined } = {}): Promise<LogService> {
  await checkStart(parts)
  const differences = await settleRoutes(parts)
  const checked = new Set<string>()
  for (const target of parts.targets) {
    await checkLedger(parts, target).then(() => checked.add(target.name), (error: unknown) => { if (isLogicError(error)) throw error })
  }

  if (!work) return watchOnly(parts, differences)
  let fail: (reason: LogicError) => void = () => {}
  const failed = new Promise<LogicError>((resolve) => { fail = resolve })
  const workers = parts.targets.map((target) =>
    createAnchorWorker(parts, target, async () => {
      if (!checked.has(target.name)) await checkLedger(parts, target)
    }, (reason) => void give(reason)))
  const sequencing = startSequencer(parts)
  const watches = parts.targets.map((target) => createLedgerWatch(parts, target))
  const mover = createMover(parts, () => sequencing.status().sequencer === 'leading')
  let decisionsProblem: string | undefined
  const decisions = createLoop(async () => {
    try {
      const { more } = await recordDecisions(parts)
      decisionsProblem = undefined
      return more ? 0 : parts.settings.decisionsEveryMs
    } catch (error) {
      decisionsProblem = codeOf(error)
      return parts.settings.decisionsEveryMs
    }
  })

  let stopping: Promise<void> | undefined
  const stop = (): Promise<void> => (stopping ??= (async () => {
    await Promise.all([decisions, mover, ...watches].map((loop) => loop.stop()))
    await Promise.all([sequencing.stop(), ...workers.map((worker) => worker.stop())])
  })())
  const give = async (reason: LogicError): Promise<void> => {
    fail(reason)
    await stop()
  }

  workers.forEach((worker) => worker.start())
  for (const loop of [decisions, mover, ...watches]) loop.start()
  return {
    status: () => ({ ...sequencing.status(), decisionsProblem, moveProblem: mover.problem(), differences, anchors: workers.map((worker) => worker.status()) }),
    failed,
    stop,
  }
}

function watchOnly(parts: Parts, differences: LogStatus['differences']): LogService {
  const watches = parts.targets.map((target) => createLedgerWatch(parts, target))
  for (const watch of watches) watch.start()
  return {
    status: () => ({ sequencer: 'elsewhere', differences, anchors: [], witnesses: [] }),
    failed: new Promise(() => {}),
    stop: async () => { await Promise.all(watches.map((watch) => watch.stop())) },
  }
}

/** Runs rounds: at once when the log was idle, else every `sequenceEveryMs`, or as soon as a full batch waits. */
function startSequencer(parts: Parts): { status(): Pick<LogStatus, 'sequencer' | 'problem' | 'witnesses'>; stop(): Promise<void> } {
  const sequencer = createSequencer(parts)
  let state: LogStatus['sequencer'] = 'starting'
  let problem: string | undefined
  let failures = 0
  let idle = true
  let waiting = 0
  const loop = createLoop(async () => {
    try {
      waiting = 0
      const round = await sequencer.round()
      state = round.state === 'standby' ? 'standby' : 'leading'
      problem = undefined
      failures = 0
      idle = round.state === 'idle'
      if (round.state === 'standby') return Math.min(standbyMs, parts.settings.leaseMs)
      if (round.assigned === parts.settings.sequenceMax) return 0
      return idle ? idleMs : parts.settings.sequenceEveryMs
    } catch (error) {
      state = 'failing'
      problem = codeOf(error)
      return Math.min(failureMaxMs, 50 * 2 ** Math.min(++failures, 10))
    }
  })
  const forget = parts.notices.on('stored', (count) => {
    waiting += count
    if (state === 'leading' && (idle || waiting >= parts.settings.sequenceMax)) loop.wake()
  })
  loop.start()
  return {
    status: () => ({ sequencer: state, problem, witnesses: sequencer.witnesses() }),
    async stop() {
      forget()
      await loop.stop()
      state = 'stopped'
      await sequencer.release().catch(() => undefined)
    },
  }
}

function codeOf(error: unknown): string {
  return (error as { code?: string }).code ?? 'INTERNAL'
}
