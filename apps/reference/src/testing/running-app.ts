import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../main.ts', import.meta.url))

/** The reference app as a process of its own, as `pnpm start` runs it. */
export interface RunningApp {
  readonly url: string
  readonly process: ChildProcess
  /** Everything it has printed so far. */
  output(): string
  /** Sends the signal and waits for the end; gives the exit code, `null` after a kill. */
  end(signal: NodeJS.Signals): Promise<number | null>
}

/** Starts the app on a data directory and any free port; rejects with what it printed when it ends before it is ready. */
export async function runApp(dataDirectory: string, env: NodeJS.ProcessEnv = {}): Promise<RunningApp> {
  const child = spawn(process.execPath, ['--conditions=@careledger/source', main], {
    env: { ...process.env, PORT: '0', CARELEDGER_DATA: dataDirectory, ...env }, stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  const ended = once(child, 'close').then(([code]) => code as number | null)
  const ready = new Promise<string>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
        const found = /CareLedger is ready at (\S+)/.exec(text)
        if (found?.[1] !== undefined) resolve(found[1])
      })
    }
  })
  const url = await Promise.race([ready, ended.then((code) => Promise.reject(new Error(`The app ended with ${code}: ${text}`)))])
  return {
    url, process: child, output: () => text,
    end(signal) {
      child.kill(signal)
      return ended
    },
  }
}
