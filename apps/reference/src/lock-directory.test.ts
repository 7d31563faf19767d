import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { lockDirectory } from './lock-directory.ts'

describe('lockDirectory', () => {
  let directory: string
  beforeEach(() => { directory = mkdtempSync(join(tmpdir(), 'careledger-lock-')) })
  afterEach(() => { rmSync(directory, { recursive: true, force: true }) })

  /** A process that holds the lock until it is killed. */
  async function holder(options = '{}') {
    const module = fileURLToPath(new URL('./lock-directory.ts', import.meta.url))
    const child = spawn(process.execPath, ['--input-type=module', '--eval', `const { lockDirectory } = await import(${JSON.stringify(module)}); lockDirectory(${JSON.stringify(directory)}, ${options}); console.log('held'); setInterval(() => {}, 1000)`], { stdio: ['ignore', 'pipe', 'inherit'] })
    await Promise.race([once(child.stdout, 'data'), once(child, 'close').then(() => Promise.reject(new Error('the holder ended')))])
    return child
  }

  it('refuses a second process by name, with what to do', async () => {
    const child = await holder()
    try {
      expect(() => lockDirectory(directory)).toThrow(new RegExp(`in use by process ${child.pid}.*CARELEDGER_DATA`))
    } finally {
      child.kill('SIGKILL')
      await once(child, 'close')
    }
  })

  it('takes over at once from a process that was killed', async () => {
    const child = await holder()
    child.kill('SIGKILL')
    await once(child, 'close')
    lockDirectory(directory)()
  })

  it('takes over a lock file that was never finished', () => {
    writeFileSync(join(directory, 'process.lock'), '{"pi')
    lockDirectory(directory)()
  })

  it('takes over when the process id is used again by another process', () => {
    writeFileSync(join(directory, 'process.lock'), JSON.stringify({ pid: process.ppid, started: '1' }))
    lockDirectory(directory)()
  })

  it('is shared by those who say so, and by nobody else', async () => {
    const child = await holder('{ shared: true }')
    const release = lockDirectory(directory, { shared: true })
    expect(() => lockDirectory(directory)).toThrow(/in use by process/)
    release()
    child.kill('SIGKILL')
    await once(child, 'close')
    const alone = lockDirectory(directory)
    expect(() => lockDirectory(directory, { shared: true })).toThrow(new RegExp(`in use by process ${process.pid}`))
    alone()
    lockDirectory(directory, { shared: true })()
  })

  it('can be taken again after it was let go', () => {
    lockDirectory(directory)()
    lockDirectory(directory)()
  })
})
