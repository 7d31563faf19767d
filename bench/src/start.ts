import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Bench } from './bench.ts'
import { cpuSecondsOf } from './measure/cpu.ts'

/** From the start of the process to its line "CareLedger is ready", embedded store, demo data and web pages included. */
export const start: Bench = {
  name: 'start',
  claim: 'Start of the reference app: at most 90 s on an empty data directory (after the packages are installed), at most 8 s on one that is there.',
  async run(report) {
    const directory = mkdtempSync(join(tmpdir(), 'careledger-start-'))
    try {
      const first = await startOnce(directory)
      const second = await startOnce(directory)
      report.aim({ what: `first start, ${first.cpuSeconds.toFixed(1)} s CPU`, value: first.seconds, atMost: 90, unit: 's' })
      report.aim({ what: `second start, ${second.cpuSeconds.toFixed(1)} s CPU`, value: second.seconds, atMost: 8, unit: 's' })
      report.note('The download of packages is not part of it; the web pages are built only where a clone has none yet.')
    } finally {
      rmSync(directory, { recursive: true, force: true })
    }
  },
}

async function startOnce(directory: string): Promise<{ readonly seconds: number; readonly cpuSeconds: number }> {
  const began = performance.now()
  const child = spawn(process.execPath, ['--conditions=@careledger/source', fileURLToPath(new URL('../../apps/reference/src/main.ts', import.meta.url))], {
    env: { ...process.env, PORT: '0', CARELEDGER_DATA: directory, CARELEDGER_LOG_LEVEL: 'silent' }, stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit')
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      if (line.startsWith('CareLedger is ready at ')) return { seconds: (performance.now() - began) / 1000, cpuSeconds: cpuSecondsOf([child.pid ?? 0]) }
    }
    throw new Error('The app ended before it was ready.')
  } finally {
    child.kill('SIGTERM')
    await ended
  }
}
