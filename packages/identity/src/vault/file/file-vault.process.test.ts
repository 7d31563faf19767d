import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { createFileVault } from './create-file-vault.ts'
import { lockDirectory } from './directory-lock.ts'

const program = fileURLToPath(new URL('../__fixtures__/vault-process.ts', import.meta.url))
const place = mkdtempSync(join(tmpdir(), 'careledger-vault-'))
const children = new Set<ChildProcess>()
let count = 0
afterAll(() => {
  for (const child of children) child.kill('SIGKILL')
  rmSync(place, { recursive: true })
})

function freshSettings() {
  count += 1
  return { custodian: 'org-1', directory: join(place, `vault-${count}`), rootFile: join(place, `roots-${count}`, 'root') }
}

function start(settings: { readonly directory: string; readonly rootFile: string }, ...more: string[]) {
  const child = spawn(process.execPath, ['--conditions=@careledger/source', program, settings.directory, settings.rootFile, ...more], { stdio: ['ignore', 'pipe', 'pipe'] })
  children.add(child)
  const lines: string[] = []
  let rest = ''
  let said = ''
  child.stdout.on('data', (chunk: Buffer) => {
    const parts = (rest + chunk.toString()).split('\n')
    rest = parts.pop() as string
    lines.push(...parts)
  })
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  return { child, lines, said: () => said }
}

async function until(condition: () => boolean): Promise<void> {
  for (let waited = 0; !condition(); waited += 5) {
    if (waited > 20_000) throw new Error('Waited in vain.')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

async function kill(child: ChildProcess): Promise<void> {
  const gone = once(child, 'close')
  child.kill('SIGKILL')
  await gone
  children.delete(child)
}

describe('the file key vault and processes', () => {
  it('[vault-1] loses nothing acknowledged and doubles nothing over 12 kills', { timeout: 90_000 }, async () => {
    const settings = freshSettings()
    const made = new Map<string, string>()
    const asked = new Set<string>()
    const destroyed = new Set<string>()
    for (let round = 0; round < 12; round += 1) {
      const { child, lines } = start(settings, `round-${round}`)
      await until(() => lines.length > 3 + ((round * 7) % 40))
      await kill(child)
      for (const line of lines) {
        const [word, patient, secret] = line.split(' ') as [string, string, string]
        if (word === 'made') made.set(patient, secret)
        if (word === 'asked') asked.add(patient)
        if (word === 'destroyed') destroyed.add(patient)
      }
      const vault = await createFileVault(settings)
      for (const [patient, secret] of made) {
        const keys = await vault.patient(patient)
        if (destroyed.has(patient)) expect(keys).toBeUndefined()
        else if (keys === undefined) expect(asked).toContain(patient)
        else expect(Buffer.from(await keys.subjectSecret('hospital')).toString('hex')).toBe(secret)
      }
      await vault.close()
    }
    expect(made.size).toBeGreaterThan(50)
    expect(destroyed.size).toBeGreaterThan(5)
  })

  it('refuses a second process with the holder\'s pid, and the same process', async () => {
    const settings = freshSettings()
    const { child, lines } = start(settings, 'x', 'hold')
    await until(() => lines.includes('open'))
    await expect(createFileVault(settings)).rejects.toThrow(expect.objectContaining({ code: 'VAULT_LOCKED', details: expect.objectContaining({ pid: child.pid }) }))
    const second = start(settings, 'y', 'hold')
    await once(second.child, 'close')
    expect(second.said()).toContain('VAULT_LOCKED')
    await kill(child)
    const vault = await createFileVault(settings)
    await expect(createFileVault(settings)).rejects.toThrow(expect.objectContaining({ code: 'VAULT_LOCKED' }))
    await vault.close()
    await (await createFileVault(settings)).close()
  })

  it('lets only one of many take over the lock of a process that was killed', async () => {
    const settings = freshSettings()
    for (let round = 0; round < 5; round += 1) {
      const { child, lines } = start(settings, 'x', 'hold')
      await until(() => lines.includes('open'))
      await kill(child)
      const tries = await Promise.allSettled(Array.from({ length: 8 }, () => createFileVault(settings)))
      const winners = tries.filter((one) => one.status === 'fulfilled')
      expect(winners).toHaveLength(1)
      for (const one of tries) if (one.status === 'rejected') expect(one.reason).toMatchObject({ code: 'VAULT_LOCKED' })
      for (const one of winners) await one.value.close()
    }
  })

  it('does not take a reused pid for the holder', async () => {
    const settings = freshSettings()
    await (await createFileVault(settings)).close()
    const { child, lines } = start(settings, 'x', 'hold')
    await until(() => lines.includes('open'))
    const holder = JSON.parse(readFileSync(join(settings.directory, 'lock'), 'utf8')) as object
    await kill(child)
    writeFileSync(join(settings.directory, 'lock'), JSON.stringify({ ...holder, pid: process.pid }))
    await (await createFileVault(settings)).close()
  })

  it('waits for a holder elsewhere for a minute without a sign of life, in another container of this machine too', async () => {
    const settings = freshSettings()
    const path = join(settings.directory, 'lock')
    const vault = await createFileVault(settings)
    const mine = JSON.parse(readFileSync(path, 'utf8')) as object
    await vault.close()
    for (const other of [{ host: 'elsewhere' }, { space: 'pid:[1]', pid: 2_000_000 }]) {
      writeFileSync(path, JSON.stringify({ ...mine, ...other }))
      await expect(createFileVault(settings)).rejects.toThrow(expect.objectContaining({ code: 'VAULT_LOCKED' }))
      const longAgo = new Date(Date.now() - 61_000)
      utimesSync(path, longAgo, longAgo)
      await (await createFileVault(settings)).close()
    }
  })

  it('takes over what a process left that was killed while it took over', async () => {
    const settings = freshSettings()
    const { child, lines } = start(settings, 'x', 'hold')
    await until(() => lines.includes('open'))
    const path = join(settings.directory, 'lock')
    const dead = JSON.parse(readFileSync(path, 'utf8')) as { readonly nonce: string }
    await kill(child)
    writeFileSync(join(settings.directory, `lock-after-${dead.nonce}`), JSON.stringify({ ...dead, nonce: 'second' }))
    writeFileSync(join(settings.directory, 'lock-after-second'), JSON.stringify({ ...dead, nonce: 'third' }))
    await (await createFileVault(settings)).close()
    expect(readdirSync(settings.directory).filter((name) => name.startsWith('lock'))).toEqual([])
  })

  it('stops a vault whose lock was taken over while it slept', async () => {
    const settings = freshSettings()
    const { directory } = settings
    let lost = 0
    vi.useFakeTimers({ toFake: ['setInterval'] })
    try {
      await (await createFileVault(settings)).close()
      const lock = await lockDirectory(directory, () => (lost += 1))
      vi.advanceTimersByTime(15_000)
      await new Promise((resolve) => setTimeout(resolve, 50))
      expect(lost).toBe(0)
      writeFileSync(join(directory, 'lock'), JSON.stringify({ nonce: 'another' }))
      vi.advanceTimersByTime(15_000)
      await until(() => lost === 1)
      await lock.release()
      expect(readFileSync(join(directory, 'lock'), 'utf8')).toContain('another')
    } finally {
      vi.useRealTimers()
    }
  })
})
