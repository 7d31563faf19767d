import { noteFindings, watchRemovals } from './watch-removals.ts'
import { watchAnswers, watchPrinted } from './watch-words.ts'

/** In each test worker: what a test removes is looked at first, and what its processes print and its servers answer. The run ends red where a patient's word was found (tools/test-run.ts). */
const run = process.env['CARELEDGER_TEST_RUN']
if (run !== undefined) {
  const note = (found: Parameters<typeof noteFindings>[1]): void => { if (found.length > 0) noteFindings(run, found) }
  for (const watch of [watchRemovals, watchPrinted, watchAnswers]) watch(note)
}
