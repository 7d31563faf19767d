import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { copyDemoData, copyEmptyStore } from '@careledger/reference/testing/demo-data'
import { runCommand } from '../run-command.ts'

const main = fileURLToPath(new URL('../main.ts', import.meta.url))
const argumentsOf = (args: readonly string[]) => ['--conditions=@careledger/source', main, ...args]

export interface Outcome { readonly code: number; readonly stdout: string; readonly stderr: string }

/** Runs the command as a shell would, in a process of its own, to its end. */
export async function careledgerProcess(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Outcome> {
  const child = spawn(process.execPath, argumentsOf(args), { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  let [stdout, stderr] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => { stdout += text })
  child.stderr.setEncoding('utf8').on('data', (text: string) => { stderr += text })
  const [code] = (await once(child, 'close')) as [number | null]
  return { code: code ?? -1, stdout, stderr }
}

let turn: Promise<unknown> = Promise.resolve()
/**
 * Runs the command in this process, to its end: what a process of its own would say and end with, without the second that starting one takes.
 * One at a time, for each has the environment and the streams for itself.
 */
export function careledger(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Outcome> {
  const outcome = turn.then(() => runHere(args, env))
  turn = outcome.catch(() => undefined)
  return outcome
}

async function runHere(args: readonly string[], env: NodeJS.ProcessEnv): Promise<Outcome> {
  const before = { env: process.env, exitCode: process.exitCode }
  process.env = Object.fromEntries(Object.entries({ ...before.env, ...env }).filter(([, value]) => value !== undefined))
  const [stdout, stderr] = [capture(process.stdout), capture(process.stderr)]
  try {
    const code = await runCommand(args)
    return { code, stdout: stdout.text(), stderr: stderr.text() }
  } finally {
    for (const stream of [stdout, stderr]) stream.release()
    process.env = before.env
    process.exitCode = before.exitCode
  }
}

/** Keeps what is written to a stream, instead of writing it. */
function capture(stream: NodeJS.WriteStream): { text(): string; release(): void } {
  const parts: Buffer[] = []
  const { write } = stream
  stream.write = (part: Uint8Array | string, ...more: readonly unknown[]) => {
    parts.push(Buffer.from(part as string))
    const written = more.at(-1)
    if (typeof written === 'function') process.nextTick(written as () => void)
    return true
  }
  return { text: () => Buffer.concat(parts).toString('utf8'), release: () => { stream.write = write } }
}

/** A command that runs until it is stopped. */
export interface Running {
  readonly url: string
  /** Resolves with its exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>
}

/** `careledger start` on a data directory and any free port. */
export async function startInstance(directory: string, env: NodeJS.ProcessEnv = {}): Promise<Running> {
  await copyEmptyStore(directory)
  return startCommand(['start', '--port', '0', '--data', directory], env)
}

/** The same on a directory that the demo was copied into, which is quicker than making it. */
export async function startDemo(directory: string, env: NodeJS.ProcessEnv = {}): Promise<Running> {
  await copyDemoData(directory)
  return startInstance(directory, env)
}

/** Runs a command that says where it is ready; rejects when it ends before. */
export async function startCommand(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Running> {
  const child = spawn(process.execPath, argumentsOf(args), { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  let text = ''
  const ended = once(child, 'close').then(([code]) => code as number | null)
  const url = new Promise<string>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
        const found = /ready at (\S+)/.exec(text)?.[1]
        if (found !== undefined) resolve(found)
      })
    }
  })
  return {
    url: await Promise.race([url, ended.then((code) => Promise.reject(new Error(`careledger ${args[0]} ended with ${code}: ${text}`)))]),
    stop(signal = 'SIGTERM') {
      child.kill(signal)
      return ended
    },
  }
}
