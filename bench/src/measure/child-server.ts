import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** A server under test as a process of its own, so that its CPU is told apart from the load's. */
export interface ChildServer<Ready> {
  readonly ready: Ready
  readonly pid: number
  readonly process: ChildProcess
  /** Sends a further message and waits until it was handed over. */
  signal(message: string): Promise<void>
  stop(): Promise<void>
}

/** Forks a module that calls `serve`; `setup` reaches it as its first message, `ready` is what it answers. */
export async function startChild<Setup, Ready>(module: string, setup: Setup): Promise<ChildServer<Ready>> {
  const child = fork(fileURLToPath(new URL(`../${module}`, import.meta.url)), { execArgv: ['--conditions=@careledger/source', ...profileArguments()], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  child.send(setup as object)
  const ready = await Promise.race([
    once(child, 'message').then(([message]) => message as Ready),
    once(child, 'exit').then(([code]) => Promise.reject(new Error(`${module} ended with ${code} before it was ready.`))),
  ])
  return { ready, pid: child.pid ?? 0, process: child, signal: (message) => new Promise((resolve, reject) => { child.send(message, (error) => (error === null ? resolve() : reject(error))) }), stop: () => stop(child) }
}

/** `BENCH_PROFILE=<folder>`: each server under test leaves its CPU profile there. */
function profileArguments(): readonly string[] {
  const folder = process.env['BENCH_PROFILE']
  return folder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${folder}`]
}

/** Called by the forked module: makes the server from the setup and answers once it is ready; ends when the parent says so. */
export async function serve<Setup, Ready>(start: (setup: Setup) => Promise<{ readonly ready: Ready; stop(): Promise<void> }>): Promise<void> {
  const [setup] = (await once(process, 'message')) as [Setup]
  const { ready, stop: stopServer } = await start(setup)
  process.send?.(ready as object)
  await once(process, 'disconnect')
  await stopServer()
}

async function stop(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit')
  child.disconnect()
  await ended
}
