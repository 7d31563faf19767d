import { createLoop, type Loop } from '../log/loop.ts'
import type { Parts } from '../parts.ts'
import { readActiveMoves } from './move-row.ts'
import { stepMove } from './step-move.ts'

/** Carries moves on in the process that sequences. */
export interface Mover extends Loop {
  /** Code of the newest failure; absent when the newest step worked. */
  problem(): string | undefined
}

const waitMs = 100
const idleMs = 500

/** `leads`: whether this process is the one that sequences; one is enough, and two do no harm. */
export function createMover(parts: Parts, leads: () => boolean): Mover {
  const abort = new AbortController()
  let problem: string | undefined
  const loop = createLoop(async () => {
    if (!leads()) return idleMs
    try {
      const moves = await parts.store.read((view) => readActiveMoves(view))
      let done = false
      for (const move of moves) done = (await stepMove(parts, move, abort.signal)) || done
      problem = undefined
      return done ? 0 : moves.length > 0 ? waitMs : idleMs
    } catch (error) {
      const code = (error as { code?: string }).code ?? 'INTERNAL'
      problem = code === 'STORE_STALE' ? undefined : code
      return problem === undefined ? 0 : idleMs
    }
  })
  return {
    start: loop.start,
    wake: loop.wake,
    async stop() {
      abort.abort()
      await loop.stop()
    },
    problem: () => problem,
  }
}
