import type { Projection, ReadView } from '@careledger/data-spec'
import { readRow, rowBytes } from '../entries/rows.ts'
import { createLoop } from '../log/loop.ts'
import type { Parts } from '../parts.ts'
import { isStoreError } from '../to-logic-error.ts'

/** `api` answers callers, `worker` carries the log on, `all` does both. */
export type ProcessRole = 'api' | 'worker' | 'all'

/** A process of the instance, as it said itself. Nothing rests on it but what people see, and the check of the data directory. */
export interface ProcessInfo {
  /** Random UUID, made anew at each start. */
  readonly id: string
  readonly role: ProcessRole
  readonly version: string
  /** Machine and process id, for whoever must stop it. */
  readonly host: string
  readonly pid: number
  readonly since: Date
  /** Random id of the data directory that it works on: two directories are two vaults. */
  readonly directory: string
}
export interface ProcessState extends ProcessInfo {
  /** When it last said that it lives. */
  readonly seen: Date
  /** Its sign of life is younger than 30 s by the asking process's clock. */
  readonly alive: boolean
  /** What the log does in it; absent in an `api` process. */
  readonly sequencer?: string | undefined
}

/** Table of processes; no entry makes its rows, and no audit or rebuild looks at them. */
export const processTable = 'process'

const beatEveryMs = 10_000
const settleMs = 1_000
const aliveMs = 30_000
/** A process that ended without saying so is shown for an hour; its row goes after a day, so that a wrong clock removes nobody's who lives. */
const shownMs = 3_600_000
const keptMs = 86_400_000
const processesMax = 1000

/** Every process that said something in the last hour, the newest sign of life first. Errors: those of the store. */
export async function readProcesses(parts: Pick<Parts, 'store' | 'now'>): Promise<readonly ProcessState[]> {
  const now = parts.now().getTime()
  const rows = await parts.store.read((view) => allRows(view))
  return rows.map((row) => toState(row, now)).filter(({ seen }) => now - seen.getTime() < shownMs).sort((a, b) => b.seen.getTime() - a.seen.getTime())
}

export interface HeartbeatOptions {
  /** What the log does in this process. */
  readonly sequencer?: () => string | undefined
  /** What else is looked at with each beat after the first; it fails alone. */
  readonly onBeat?: () => Promise<void>
}

/**
 * Says every 10 s that this process lives, until `stop`, which takes its row away. A beat that fails is made up by the next. The first one
 * is written when this resolves. Errors of it: those of the store.
 */
export async function startHeartbeat(parts: Pick<Parts, 'store' | 'now'>, info: ProcessInfo, { sequencer = () => undefined, onBeat = async () => {} }: HeartbeatOptions = {}): Promise<{ stop(): Promise<void> }> {
  let version: number | undefined
  const beat = async (): Promise<void> => {
    const value = { ...info, since: info.since.toISOString(), seen: parts.now().toISOString(), sequencer: sequencer() }
    try {
      await parts.store.write({ projections: [{ table: processTable, key: info.id, expected: version, next: rowBytes(value) }] })
      version = (version ?? 0) + 1
    } catch (error) {
      // An earlier beat whose outcome was unknown stands after all.
      version = (await parts.store.read((view) => view.projection(processTable, info.id)))?.version
      throw error
    }
  }
  await beat()
  let first = true
  const loop = createLoop(async () => {
    // The second beat comes soon: by then it is known what the log does here.
    if (first) {
      first = false
      return settleMs
    }
    await beat().then(() => forgetOld(parts)).then(onBeat).catch(() => undefined)
    return beatEveryMs
  })
  loop.start()
  return {
    async stop() {
      await loop.stop()
      if (version !== undefined) await parts.store.write({ projections: [{ table: processTable, key: info.id, expected: version, next: null }] }).catch(() => undefined)
    },
  }
}

async function forgetOld(parts: Pick<Parts, 'store' | 'now'>): Promise<void> {
  const now = parts.now().getTime()
  const old = (await parts.store.read((view) => allRows(view))).filter((row) => now - toState(row, now).seen.getTime() > keptMs)
  for (const { key, version } of old) {
    await parts.store.write({ projections: [{ table: processTable, key, expected: version, next: null }] }).catch((error: unknown) => {
      if (!isStoreError(error, 'STORE_STALE')) throw error
    })
  }
}

async function allRows(view: ReadView): Promise<readonly Projection[]> {
  return (await view.find({ table: processTable, limit: processesMax })).rows
}

function toState(row: Projection, now: number): ProcessState {
  const value = readRow(row) as unknown as Omit<ProcessState, 'since' | 'seen' | 'alive'> & { readonly since: string; readonly seen: string }
  const seen = new Date(value.seen)
  return { ...value, since: new Date(value.since), seen, alive: Math.abs(now - seen.getTime()) <= aliveMs }
}
