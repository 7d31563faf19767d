import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createS3Documents } from '@careledger/documents-s3'
import { audit } from '@careledger/logic'
import { startFauxqs } from 'fauxqs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readSettings, type Settings } from '../settings.ts'
import { makeSmallInstance } from '../testing/small-instance.ts'
import { backupInstance, restoreInstance } from './backup.ts'
import { inspectInstance, openInstance } from './open-instance.ts'
import { rehearseRestore } from './rehearse.ts'

let folder: string
let server: Awaited<ReturnType<typeof startFauxqs>>
const keys = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'the-secret-key' }
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'careledger-on-s3-'))
  server = await startFauxqs({ port: 0, host: '127.0.0.1', logger: false, s3StorageDir: join(folder, 'bucket') })
  server.createBucket('care')
  Object.assign(process.env, keys)
})
afterAll(async () => {
  for (const name of Object.keys(keys)) delete process.env[name]
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
})

const settingsFor = (name: string, prefix?: string): Settings => readSettings({
  PORT: '0', CARELEDGER_DATA: join(folder, name), CARELEDGER_LOG_LEVEL: 'silent', AWS_REGION: 'us-east-1', CARELEDGER_S3_ENDPOINT: `http://127.0.0.1:${server.port}`, CARELEDGER_S3_EXCLUSIVE: 'check',
  ...(prefix === undefined ? {} : { CARELEDGER_DOCUMENTS: `s3://care/${prefix}` }),
})

/** Keys and roots go their own way, in no backup. */
function carryKeys(from: Settings, to: Settings): void {
  cpSync(join(from.dataDirectory, 'keys'), join(to.dataDirectory, 'keys'), { recursive: true })
  cpSync(from.vaultRootDirectory, to.vaultRootDirectory, { recursive: true })
}

async function findings(settings: Settings): Promise<readonly unknown[]> {
  const instance = await inspectInstance(settings)
  const { findings: found, checked } = await audit(instance.parts)
  await instance.close()
  return [checked.documents, ...found]
}

describe('an instance whose documents stand on S3', () => {
  it('keeps none in its directory; its backup holds them, and fills another bucket or a directory whose audit finds nothing', async () => {
    const first = settingsFor('first', 'one/documents')
    await makeSmallInstance(first)
    const bucket = await createS3Documents(first.documents as NonNullable<Settings['documents']>)
    const ids = await bucket.list({ limit: 10 })
    expect([ids.length, existsSync(join(first.dataDirectory, 'documents'))]).toEqual([1, false])
    const instance = await openInstance(first, { address: 'http://127.0.0.1' })
    const backup = join(folder, 'backup')
    const manifest = await backupInstance(instance, first, backup)
    await instance.close()
    expect(manifest.files.filter(({ path }) => path.startsWith('documents/')).length).toBe(1)

    const second = settingsFor('second', 'two')
    carryKeys(first, second)
    await restoreInstance(second, backup)
    expect([await findings(second), existsSync(join(second.dataDirectory, 'documents'))]).toEqual([[1], false])
    // A rehearsal restores into files of its own, and leaves the bucket alone.
    await bucket.delete(ids[0] as string)
    expect((await rehearseRestore(first, backup)).findings).toEqual([])
    expect(await bucket.list({ limit: 10 })).toEqual([])
    await bucket.close()
  }, 180_000)

  it('is told of a wrong setting by name and without its value', () => {
    for (const [name, value] of [['CARELEDGER_DOCUMENTS', 's3://Not_A_Bucket/the-secret'], ['CARELEDGER_DOCUMENTS', '/the-secret'], ['CARELEDGER_S3_ENDPOINT', 'the-secret']] as const) {
      expect(() => readSettings({ [name]: value })).toThrow(name)
      expect(() => readSettings({ [name]: value })).not.toThrow('the-secret')
    }
    expect(JSON.stringify(settingsFor('any', 'one'))).not.toContain('the-secret-key')
  })
})
