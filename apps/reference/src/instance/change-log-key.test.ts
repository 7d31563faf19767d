import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { audit, newestCheckpoint, pinnedLogs, readLogKeyProof, readTrust, startLog } from '@careledger/logic'
import { followLogKey, jwkThumbprint, signCheckpoint, verifyPinnedCheckpoint, verifyProof, checkpointBody, newEntryId, type Trust } from '@careledger/proof'
import { createNodeSigner } from '@careledger/identity'
import { createPrivateKey } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { readSettings } from '../settings.ts'
import { makeSmallInstance } from '../testing/small-instance.ts'
import { changeLogKey } from './change-log-key.ts'
import { inspectInstance, openInstance, type Instance } from './open-instance.ts'

let folder: string
const directory = () => join(folder, 'data')
const settings = () => readSettings({ PORT: '0', CARELEDGER_DATA: directory(), CARELEDGER_LOG_LEVEL: 'silent' })
const keyFile = (name: string) => join(directory(), 'keys', name)

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'careledger-log-key-'))
  await makeSmallInstance(settings())
}, 180_000)
afterAll(() => { rmSync(folder, { recursive: true, force: true }) })

async function withInstance<T>(body: (instance: Instance) => Promise<T>): Promise<T> {
  const instance = await openInstance(settings(), { address: 'http://127.0.0.1' })
  try {
    return await body(instance)
  } finally {
    await instance.close()
  }
}
/** Lets the log work until it has signed a state beyond `size`, on a decision of its own. */
const goOn = (size: number) => withInstance(async ({ parts }) => {
  const log = await startLog(parts)
  await parts.store.write({ decisions: [{ id: newEntryId(), about: 'somebody', bytes: new Uint8Array([1]) }] })
  await vi.waitUntil(async () => ((await newestCheckpoint(parts))?.size ?? 0) > size, { timeout: 60_000, interval: 50 })
  await log.stop()
  return { note: (await newestCheckpoint(parts))?.note ?? '', proof: (await readLogKeyProof(parts)) ?? '', logs: pinnedLogs(parts) }
})
const trustNow = () => withInstance(async ({ parts }): Promise<Trust> => {
  const { root, witnesses } = await readTrust(parts)
  return { logs: pinnedLogs(parts), root, witnesses, witnessThreshold: 1 }
})

describe('another key for the log', () => {
  it('is given by the root: the log goes on under it, old states and proofs hold as they were, who pinned the old key follows by a proof, and the old key signs nothing more', async () => {
    const pinned = await trustNow()
    const before = await withInstance(async ({ parts }) => ({ note: (await newestCheckpoint(parts))?.note ?? '', size: (await newestCheckpoint(parts))?.size ?? 0 }))
    const stolen = createNodeSigner(createPrivateKey({ format: 'jwk', key: JSON.parse(readFileSync(keyFile('log.json'), 'utf8')) as never }))
    const says = await changeLogKey(settings(), { dryRun: true })
    expect([says, existsSync(keyFile('log-former.json'))]).toEqual([{ former: stolen.key, size: before.size }, false])

    const kept = join(folder, 'kept')
    cpSync(join(directory(), 'keys'), kept, { recursive: true })
    const done = await changeLogKey(settings())
    expect(done).toMatchObject({ former: stolen.key, size: before.size, entry: expect.any(String) })
    const after = await goOn(before.size)
    expect(jwkThumbprint(after.logs[0]!.key)).toBe(done.key)

    await expect(verifyPinnedCheckpoint(after.note, pinned.logs)).rejects.toMatchObject({ code: 'SIGNATURE_INVALID' })
    const followed = await followLogKey(after.proof, pinned)
    expect(followed.logs).toEqual(after.logs)
    await expect(followLogKey(after.proof, followed)).rejects.toMatchObject({ code: 'SIGNATURE_INVALID' })
    await expect(followLogKey(after.proof, { ...pinned, root: stolen.publicJwk })).rejects.toMatchObject({ code: 'SIGNATURE_INVALID' })
    await expect(followLogKey(after.proof.replace('"size":', '"size":1'), pinned)).rejects.toThrow()
    expect((await verifyPinnedCheckpoint(before.note, followed.logs)).checkpoint.size).toBe(before.size)
    expect((await verifyPinnedCheckpoint(after.note, followed.logs)).checkpoint.size).toBeGreaterThan(before.size)
    expect(await verifyProof(new TextEncoder().encode(after.proof), followed)).toMatchObject({ valid: true })

    const forged = (size: number) => signCheckpoint(checkpointBody({ origin: pinned.logs[0]!.origin, size, root: new Uint8Array(32).fill(7) }), stolen)
    for (const size of [before.size, before.size + 1]) await expect(verifyPinnedCheckpoint(await forged(size), followed.logs), String(size)).rejects.toMatchObject({ code: 'SIGNATURE_INVALID' })

    const inspected = await inspectInstance(settings())
    const report = await audit(inspected.parts, { shutVaults: inspected.shutVaults })
    await inspected.close()
    expect([report.ok, report.findings]).toEqual([true, []])

    // The former keys directory, out of an old copy: it begins no second history.
    cpSync(join(directory(), 'keys'), join(folder, 'newest'), { recursive: true })
    rmSync(join(directory(), 'keys'), { recursive: true })
    cpSync(kept, join(directory(), 'keys'), { recursive: true })
    await withInstance(async ({ parts }) => { await expect(startLog(parts)).rejects.toMatchObject({ code: 'CORRUPTION', message: expect.stringContaining('another key') }) })
    rmSync(join(directory(), 'keys'), { recursive: true })
    cpSync(join(folder, 'newest'), join(directory(), 'keys'), { recursive: true })
  }, 240_000)

  it('is finished by the same call wherever it was cut short, with the same entry, and nothing starts before', async () => {
    const size = (await withInstance(async ({ parts }) => newestCheckpoint(parts)))?.size ?? 0
    const pending: string[] = []
    /** What stands in the way of one of the two files cuts the change short there. */
    const cutAt = async (file: string): Promise<void> => {
      mkdirSync(keyFile(`${file}.new`))
      await expect(changeLogKey(settings())).rejects.toThrow()
      pending.push(readFileSync(keyFile('log.next.json'), 'utf8'))
      await expect(withInstance(() => Promise.resolve())).rejects.toThrow(/careledger log-key change/)
      rmSync(keyFile(`${file}.new`), { recursive: true })
    }
    await cutAt('log-former.json')
    await cutAt('log.json')
    const done = await changeLogKey(settings())
    writeFileSync(keyFile('log.next.json'), pending[0] ?? '')
    expect(await changeLogKey(settings())).toEqual(done)
    expect([new Set(pending).size, existsSync(keyFile('log.next.json')), done.size]).toEqual([1, false, size])
    const after = await goOn(size)
    expect(after.logs.map(({ until }) => until?.size)).toEqual([undefined, size, expect.any(Number)])
  }, 120_000)
})
