import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createCareLedgerClient, signerFromJwk } from '@careledger/client'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { runApp, type RunningApp } from './testing/running-app.ts'

describe('the reference app as a process', () => {
  let directory: string
  const running: RunningApp[] = []
  const start = async () => {
    const app = await runApp(directory)
    running.push(app)
    return app
  }
  beforeAll(() => { directory = mkdtempSync(join(tmpdir(), 'careledger-app-')) })
  afterEach(async () => { for (const app of running.splice(0)) await app.end('SIGKILL') })
  afterAll(() => { rmSync(directory, { recursive: true, force: true }) })

  it('prints one line when it is ready, answers /health/ready, and stops cleanly on SIGINT', async () => {
    const app = await start()
    expect(app.output().match(/CareLedger is ready at http:\/\//g)).toHaveLength(1)
    expect((await fetch(`${app.url}/health/ready`)).status).toBe(200)
    expect(await app.end('SIGINT')).toBe(0)
  }, 120_000)

  it('serves the web pages with a strict content security policy', async () => {
    const app = await start()
    const page = await fetch(app.url)
    expect(page.headers.get('content-type')).toContain('text/html')
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(await page.text()).toContain('<div id="root"')
  }, 120_000)

  it('refuses a second process on the same data directory, with what to do', async () => {
    await start()
    await expect(runApp(directory)).rejects.toThrow(/in use by process \d+[^]*CARELEDGER_DATA/)
  }, 120_000)

  it('still has the data after kill -9, and starts at once', async () => {
    const before = await start()
    const records = await recordsOfFirstPatient(before.url)
    expect(records.length).toBeGreaterThan(40)
    await before.end('SIGKILL')
    const after = await start()
    expect(await recordsOfFirstPatient(after.url)).toEqual(records)
  }, 120_000)

  it('keeps keys to their owner', () => {
    for (const name of ['demo-keys.json', 'keys/log.json', 'vault-root/seoul-general.root']) expect(statSync(join(directory, name)).mode & 0o077, name).toBe(0)
  })
})

/** What the first demo patient sees of their record: ids in order. */
async function recordsOfFirstPatient(url: string): Promise<readonly string[]> {
  const client = createCareLedgerClient({ url })
  const { items: people } = await client.demo.people.query({})
  const patient = people.find(({ roles }) => roles.includes('patient'))
  if (patient === undefined) throw new Error('There is no demo patient.')
  await client.signIn(await signerFromJwk(patient.key))
  const { items } = await client.hospital.patients.list.query({})
  const page = await client.hospital.records.list.query({ patient: items[0]?.patient ?? '', limit: 100 })
  await client.signOut()
  return page.items.map(({ id }) => id)
}
