import { watchWorker } from './watch-worker.ts'

/** In each test worker: what a test removes is looked at first, and what its processes print and its servers answer. The run ends red where a patient's word was found (tools/test-run.ts). */
const run = process.env['CARELEDGER_TEST_RUN']
if (run !== undefined) watchWorker(run)
