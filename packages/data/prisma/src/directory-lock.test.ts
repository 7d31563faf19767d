import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { lockDirectory } from './directory-lock.ts'
import { createPgliteStore } from './index.ts'

let root: string
beforeAll(async () => { root = await mkdtemp(join(tmpdir(), 'careledger-lock-')) })
afterAll(() => rm(root, { recursive: true, force: true }))

/** A process that takes the lock, says so, and stays. */
async function holder(directory: string): Promise<ReturnType<typeof spawn>> {
  const script = `import { lockDirectory } from ${JSON.stringify(new URL('./directory-lock.ts', import.meta.url).href)}
    await lockDirectory(process.argv[1]); console.log('held'); setInterval(() => undefined, 1_000)`
  const child = spawn(process.execPath, ['--conditions=@careledger/source', '--input-type=module', '-e', script, directory], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  return child
}

const file = 'careledger.lock'

describe('the lock of a data directory', () => {
  it('refuses a second process and names the first, also while that one is paused', async () => {
    const directory = join(root, 'second')
    const child = await holder(directory)
    child.kill('SIGSTOP')
    await utimes(join(directory, file), new Date(0), new Date(0))
    const refused = await lockDirectory(directory).catch((error: unknown) => error)
    expect(refused).toMatchObject({ name: 'StoreError', code: 'STORE_LOCKED', details: { pid: child.pid, host: hostname() } })
    expect((refused as Error).message).toContain(`Process ${child.pid ?? 0}`)
    child.kill('SIGKILL')
    await once(child, 'exit')
    const started = performance.now()
    const lock = await lockDirectory(directory)
    expect(performance.now() - started).toBeLessThan(1_000)
    await lock.release()
    expect(await readdir(directory)).toEqual([])
  })

  it('is taken by exactly one of many who find it stale', async () => {
    const directory = join(root, 'many')
    const child = await holder(directory)
    child.kill('SIGKILL')
    await once(child, 'exit')
    const answers = await Promise.allSettled(Array.from({ length: 12 }, () => lockDirectory(directory)))
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(answers.flatMap((answer) => (answer.status === 'rejected' ? [(answer.reason as { code: string }).code] : []))).toEqual(Array.from({ length: 11 }, () => 'STORE_LOCKED'))
  })

  it('is stale when its process number belongs to another process by now, or the machine was started again', async () => {
    const directory = join(root, 'reused')
    const lock = await lockDirectory(directory)
    const mine = JSON.parse(await readFile(join(directory, file), 'utf8')) as Record<string, unknown>
    await lock.release()
    for (const other of [{ start: '1' }, { boot: 'another' }, { pid: 2 ** 22 + 1 }]) {
      await writeFile(join(directory, file), JSON.stringify({ ...mine, ...other }))
      await (await lockDirectory(directory)).release()
    }
    await writeFile(join(directory, file), '{"pid":')
    await (await lockDirectory(directory)).release()
  })

  it('of a machine or container that cannot be looked into holds for as long as it shows life', async () => {
    const directory = join(root, 'elsewhere')
    await (await lockDirectory(directory)).release()
    await writeFile(join(directory, file), JSON.stringify({ pid: 1, host: 'elsewhere', boot: 'b', namespace: 'n', start: '1', nonce: 'x' }))
    await expect(lockDirectory(directory)).rejects.toMatchObject({ code: 'STORE_LOCKED' })
    await utimes(join(directory, file), new Date(Date.now() - 60_000), new Date(Date.now() - 60_000))
    await (await lockDirectory(directory)).release()
  })

  it('keeps two stores of one process apart, goes with the store, and a start that was cut begins again', async () => {
    const directory = join(root, 'store')
    await lockDirectory(directory).then(async (lock) => {
      await writeFile(join(directory, 'database'), 'half a database').catch(() => undefined)
      await lock.release()
    })
    const store = await createPgliteStore({ directory })
    await expect(createPgliteStore({ directory })).rejects.toMatchObject({ code: 'STORE_LOCKED' })
    await store.close()
    const again = await createPgliteStore({ directory })
    await again.close()
    expect(await readdir(directory)).not.toContain(file)
  }, 240_000)

  it('cannot be made where there is no place for it: STORE_UNAVAILABLE', async () => {
    await writeFile(join(root, 'file'), '')
    await expect(createPgliteStore({ directory: join(root, 'file', 'store') })).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  })
})
