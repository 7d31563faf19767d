import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'

export interface Anvil {
  readonly url: string
  stop(): Promise<void>
}

const START_WITHIN_MS = 30_000
const LISTENING = /Listening on (127\.0\.0\.1:\d+)/

/** Starts anvil on a free port of loopback. Error when it does not listen within 30 seconds. */
export async function startAnvil(options: readonly string[]): Promise<Anvil> {
  const child = spawn(findBinary(), ['--host', '127.0.0.1', '--port', '0', ...options], { stdio: ['ignore', 'pipe', 'ignore'] })
  const exited = new Promise<void>((resolve) => { child.once('exit', () => resolve()) })
  const kill = (): void => { child.kill('SIGKILL') }
  process.once('exit', kill)
  async function stop(): Promise<void> {
    process.off('exit', kill)
    kill()
    await exited
  }
  try {
    const address = await new Promise<string>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('anvil did not start in time')), START_WITHIN_MS)
      let text = ''
      child.stdout.on('data', (chunk: Buffer) => {
        if (text.length > 65_536) return
        text += chunk.toString()
        const match = LISTENING.exec(text)
        if (match?.[1] === undefined) return
        clearTimeout(timer)
        resolve(match[1])
      })
      child.once('error', reject)
      child.once('exit', (code) => reject(new Error(`anvil ended with ${code}`)))
    })
    return { url: `http://${address}`, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

function findBinary(): string {
  const anvil = createRequire(import.meta.url).resolve('@foundry-rs/anvil/package.json')
  const platform = process.platform === 'win32' ? 'win32' : process.platform
  const arch = process.arch === 'x64' ? 'amd64' : process.arch
  return createRequire(anvil).resolve(`@foundry-rs/anvil-${platform}-${arch}/bin/anvil`)
}
