import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** A crash worker in a process of its own. */
export interface Worker {
  readonly pid: number
  /** Whole lines printed so far. */
  lines(): readonly string[]
  /** Resolves when a line begins with `text`; rejects when the process ends before. */
  until(text: string, count?: number): Promise<void>
  signal(signal: NodeJS.Signals): void
  /** kill -9; resolves when the process is gone and all that it printed is read. */
  kill(): Promise<void>
}

const script = fileURLToPath(new URL('./crash-worker.ts', import.meta.url))

export function startWorker(...values: readonly string[]): Worker {
  const child = spawn(process.execPath, ['--conditions=@careledger/source', script, ...values], { stdio: ['ignore', 'pipe', 'inherit'] })
  const kill = (): void => { child.kill('SIGKILL') }
  process.once('exit', kill)
  let output = ''
  let wake: (() => void)[] = []
  const rouse = (): void => { for (const one of wake.splice(0)) one() }
  child.stdout.on('data', (text: Buffer) => {
    output += text.toString()
    rouse()
  })
  let ended = false
  const closed = once(child, 'close').then(() => {
    ended = true
    process.off('exit', kill)
    rouse()
  })
  const lines = (): readonly string[] => output.split('\n').slice(0, -1)
  return {
    pid: child.pid ?? 0,
    lines,
    async until(text, count = 1) {
      while (lines().filter((line) => line.startsWith(text)).length < count) {
        if (ended) throw new Error(`The worker ended: ${output.slice(-500)}`)
        await new Promise<void>((resolve) => { wake = [...wake, resolve] })
      }
    },
    signal(signal) { child.kill(signal) },
    async kill() {
      kill()
      await closed
    },
  }
}
