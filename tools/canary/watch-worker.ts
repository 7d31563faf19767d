import type { CanaryFound } from './find-canaries.ts'
import { noteFindings, watchRemovals } from './watch-removals.ts'
import { watchAnswers, watchPrinted } from './watch-words.ts'

let watched = false

/** Every watch for the whole life of a worker, with the findings noted for the run. A worker that runs several files is watched once. */
export function watchWorker(run: string): void {
  if (watched) return
  watched = true
  const note = (found: readonly CanaryFound[]): void => { if (found.length > 0) noteFindings(run, found) }
  for (const watch of [watchRemovals, watchPrinted, watchAnswers]) watch(note)
}
