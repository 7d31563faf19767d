import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createCareLedgerClient, giveConsent, signerFromJwk, signInAway, withdrawConsent, type CareLedgerClient, type PrivateJwk } from '@careledger/client'
import { startSharedAnvil } from '@careledger/reference/testing'
import { axeInAllLooks, chromiumPath, go, launchBrowser, lookAroundAs, scrollsSideways, settled, visit, type Visit } from '@careledger/reference/testing/browser'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { careledger, startInstance, type Running } from './testing/careledger.ts'

/** Hospital A's instance holds the record of patient Lee; Dr Park works at Busan Medical Centre, on instance B. Both write to one contract on anvil, by accounts of their own. */
let directory: string
let a: Running
let b: Running
let browser: Awaited<ReturnType<typeof launchBrowser>> | undefined
/** Dr Park's, at B. */
let page: Visit['page'] | undefined
let stopLedger: () => Promise<void>
const place = (name: string) => join(directory, name)

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'careledger-two-'))
  for (const name of ['a', 'b']) mkdirSync(place(name))
  const { configurations, stop } = await startSharedAnvil({ directories: [place('a'), place('b')], streams: ['checkpoints', 'hospital'] })
  stopLedger = stop
  for (const [n, name] of ['a', 'b'].entries()) writeFileSync(join(place(name), 'ledgers.json'), JSON.stringify({ ledgers: { shared: configurations[n] }, networks: { hospital: [{ ledger: 'shared', way: 'indexed' }] } }));
  [a, b] = await Promise.all(['a', 'b'].map((name) => startInstance(place(name), { CARELEDGER_ORIGIN: `${name}.example` }))) as [Running, Running]
}, 300_000)
afterAll(async () => {
  await browser?.close()
  await Promise.all([a?.stop('SIGKILL'), b?.stop('SIGKILL')])
  await stopLedger?.()
  rmSync(directory, { recursive: true, force: true })
})

async function signedIn(running: Running, data: string, party: string): Promise<CareLedgerClient> {
  const keys = JSON.parse(readFileSync(join(place(data), 'demo-keys.json'), 'utf8')) as Record<string, PrivateJwk>
  const client = createCareLedgerClient({ url: running.url })
  await client.signIn(await signerFromJwk(keys[party] as PrivateJwk))
  return client
}
const answer = async (...args: readonly string[]) => {
  const { code, stdout, stderr } = await careledger([...args, '--json'])
  return { code, stderr, value: (stdout === '' ? undefined : JSON.parse(stdout)) as Record<string, unknown> }
}
interface Found { readonly records: readonly { readonly recordId: string; readonly outcome: string }[]; readonly elsewhere: readonly string[] }
const readAtA = () => answer('ledger', 'records', '--url', b.url, '--data', place('b'), '--as', 'Park', '--at', a.url, '--trust', place('a-trust.json'))

describe('two instances on one Ethereum ledger', () => {
  it('read one another\'s records by the patient\'s consent, each listed on the reader\'s own node, fetched from its custodian, and proven', async () => {
    for (const [name, { url }] of [['a', a], ['b', b]] as const) writeFileSync(place(`${name}-trust.json`), (await careledger(['trust', '--url', url])).stdout)
    const doctor = await signedIn(b, 'b', 'staff-e04b7f')
    const visitor = createCareLedgerClient({ url: a.url })
    await expect(signInAway(doctor, visitor)).rejects.toMatchObject({ code: 'NOT_ALLOWED' })

    expect((await answer('peers', 'enrolment', 'busan-medical', place('busan.proof'), '--url', b.url)).code).toBe(0)
    const asRoot = ['--url', a.url, '--key', join(place('a'), 'keys/root.json')]
    expect(await answer('peers', 'recognise', place('busan.proof'), '--trust', place('b-trust.json'), '--name', 'Busan Medical Centre', ...asRoot)).toMatchObject({ code: 0, value: { origin: 'b.example' } })

    const actor = await signInAway(doctor, visitor)
    expect(actor).toMatchObject({ displayName: 'Dr Park Ji-woo', organisationName: 'Busan Medical Centre', roles: ['doctor'] })
    expect((await visitor.hospital.patients.list.query({})).items).toEqual([])
    const patient = await signedIn(a, 'a', 'patient-4f7a20')
    const [at] = (await patient.hospital.consents.subjects.query({})).items
    if (at === undefined) throw new Error('The patient has no record.')
    const refused = { code: 'NOT_ALLOWED', message: 'This does not exist or you may not use it.' }
    await expect(visitor.hospital.records.list.query({ patient: at.patient })).rejects.toMatchObject(refused)
    await expect(visitor.hospital.records.list.query({ patient: '00000000-0000-4000-8000-000000000000' })).rejects.toMatchObject(refused)
    expect((await readAtA()).value).toEqual({ records: [], elsewhere: [] })

    const found = (await patient.identity.directory.query({ text: 'park' })).items
    expect(found.map(({ party }) => party)).toContain(actor.party)
    const consent = await giveConsent(patient, at, { grantee: actor.party, purpose: 'treatment', expires: new Date(Date.now() + 86_400_000).toISOString(), direct: true, sensitive: ['GDIS', 'HIV', 'PSY', 'R', 'SDV', 'SEX', 'STD', 'SUD'] }, { wait: 'anchored' })

    const read = await readAtA()
    const records = (read.value as unknown as Found).records.filter(({ outcome }) => outcome !== 'not-shared')
    expect([read.code, new Set(records.map(({ outcome }) => outcome)), records.length], read.stderr).toEqual([0, new Set(['verified']), 57])
    const { items } = await patient.hospital.access.list.query({})
    expect(items.find(({ operation }) => operation === 'hospital.records.readByLedgerId')).toMatchObject({ name: 'Dr Park Ji-woo', organisationName: 'Busan Medical Centre', decision: { rule: 'consent', consent: consent.id } })

    await readInTheBrowser()

    const agreed = await giveConsent(patient, at, { grantee: actor.organisation ?? '', purpose: 'patient-request', expires: new Date(Date.now() + 86_400_000).toISOString(), direct: false }, { wait: 'anchored' })
    const moved = await answer('custody', 'transfer', at.patient, '--at', a.url, '--trust', place('a-trust.json'), '--url', b.url, '--as', 'Park')
    expect(moved, moved.stderr).toMatchObject({ code: 0, value: { total: 57, written: 57 } })
    expect(await answer('custody', 'transfer', at.patient, '--at', a.url, '--trust', place('a-trust.json'), '--url', b.url, '--as', 'Park')).toMatchObject({ value: { written: 0 } })
    const closing = ['custody', 'close', at.patient, '--to', actor.organisation ?? '', '--consent', agreed.id, '--url', a.url]
    expect(await answer(...closing, '--as', 'Jung')).toMatchObject({ code: 0 })
    expect(await answer(...closing, '--as', 'Jung')).toMatchObject({ code: 1 })

    await withdrawConsent(patient, at, consent.id)
    expect((await readAtA()).value).toEqual({ records: [], elsewhere: [] })
    await expect(visitor.hospital.records.readByLedgerId.query({ ledger: 'shared', recordId: records[0]?.recordId ?? '' })).rejects.toMatchObject(refused)

    await page?.reload()
    await page?.getByText('Not shared with you', { exact: true }).waitFor()

    expect((await answer('peers', 'revoke', place('busan.proof'), ...asRoot)).code).toBe(0)
    await expect(visitor.hospital.patients.list.query({})).rejects.toMatchObject({ code: 'KEY_REVOKED' })
    await page?.reload()
    await page?.getByText('Seoul General Hospital does not let you in').waitFor()
  }, 300_000)

  it('hold against their own log and the ledger that both write to', async () => {
    expect(await a.stop()).toBe(0)
    await page?.reload()
    await page?.getByText('Seoul General Hospital does not answer now').waitFor()
    await browser?.close()
    expect(await b.stop()).toBe(0)
    for (const name of ['a', 'b']) expect(await answer('audit', '--data', place(name)), name).toMatchObject({ code: 0, value: { ok: true, findings: [] } })
  }, 300_000)
})

/** At B: a doctor reads the record that A keeps, on a page of B's own origin. */
async function readInTheBrowser(): Promise<void> {
  if (chromiumPath === undefined) return
  const trust = JSON.parse(readFileSync(place('a-trust.json'), 'utf8')) as unknown
  writeFileSync(join(place('b'), 'elsewhere.json'), JSON.stringify({ places: [{ name: 'seoul', title: 'Seoul General Hospital', url: a.url, trust }] }))
  browser = await launchBrowser()
  const { page: seen, complaints } = await visit(browser, b.url)
  page = seen
  await lookAroundAs(page, 'Dr Park Ji-woo')
  await page.getByRole('link', { name: 'Other hospitals' }).click()
  const row = page.locator('.cl-row-link', { hasText: 'Lee Seo-yeon' })
  await row.waitFor()
  const found = [...(await axeInAllLooks(page))]
  await row.click()
  await page.locator('.cl-section-card').first().waitFor()
  expect(await page.locator('.cl-elsewhere').innerText()).toMatch(/^Kept at Seoul General Hospital, and read there: as of \d\d:\d\d/)
  expect(await page.locator('.cl-banner').innerText()).toMatch(/Lee Seo-yeon[^]*penicillin/)
  expect(await page.getByRole('button', { name: 'Write', exact: true }).count()).toBe(0)
  found.push(...(await axeInAllLooks(page)))
  expect(await scrollsSideways(page, 360)).toBe(false)
  await page.setViewportSize({ width: 1440, height: 900 })
  await page.getByRole('tab', { name: 'Timeline' }).click()
  await page.waitForURL(/\/elsewhere\/seoul\/[0-9a-f-]{36}\/timeline$/)
  await page.locator('.cl-row-link', { hasText: 'Potassium' }).first().click()
  await page.locator('.cl-origin').waitFor()
  await page.keyboard.press('p')
  await page.locator('.cl-panel .cl-steps [data-outcome="pass"]').nth(3).waitFor()
  expect(await page.locator('.cl-panel .cl-steps [data-outcome="fail"]').count()).toBe(0)
  await go(page, new URL(page.url()).pathname.replace('timeline', 'trends'))
  await settled(page)
  await page.locator('.cl-series .cl-row-link').first().waitFor()
  expect([...found, ...complaints]).toEqual([])
}
