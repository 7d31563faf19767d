import type { ChildProcess, ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'

/** The loopback address that a node prints when it listens, as a URL. What it prints later is thrown away, and it ends with this process. Error when it ends first. */
export function listeningUrl(child: ChildProcessByStdio<null, Readable, Readable | null>, pattern: RegExp): Promise<string> {
  const kill = (): void => { child.kill('SIGKILL') }
  process.once('exit', kill)
  child.once('exit', () => process.off('exit', kill))
  return new Promise((resolve, reject) => {
    let text = ''
    const read = (chunk: Buffer): void => {
      if (text.length < 262_144) text += chunk.toString()
      const found = pattern.exec(text)
      if (found !== null) resolve(`http://${found[1]}`)
    }
    child.once('exit', () => reject(new Error(`The node ended: ${text.slice(-2_000)}`)))
    child.stdout.on('data', read)
    child.stderr?.on('data', read)
  })
}

/** Ends a node and waits until it has. */
export async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
}
