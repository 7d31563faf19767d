import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { axeInAllLooks, chromiumPath, go, lookAroundAs, settled } from '../testing/browser.ts'
import { freePort } from '../testing/free-port.ts'
import { foreignWords } from '../testing/korean.ts'
import { useStage } from '../testing/stage.ts'

describe.skipIf(chromiumPath === undefined)('live updates, imports of many and messages (needs Chromium)', () => {
  let port = 0
  const stage = useStage({ env: async () => ({ CARELEDGER_HL7_PORT: String(port = await freePort()) }) })

  it('tells the patient of a reading without moving a row, and says when nothing can be told', async () => {
    const [patient, doctor] = [await stage.visit({ scheme: 'light', device: 'phone', language: 'en' }), await stage.visit()]
    await lookAroundAs(patient, 'Lee Seo-yeon')
    await go(patient, '/me/access')
    await patient.locator('.cl-live[data-status=live]').waitFor({ state: 'attached' })
    await lookAroundAs(doctor, 'Dr Kim Min-jun')
    await doctor.locator('.cl-row-link').first().click()
    await settled(doctor)
    await doctor.locator('.cl-live', { hasText: 'Live' }).waitFor()
    await go(doctor, `${new URL(doctor.url()).pathname.split('/').slice(0, 3).join('/')}/everything`)

    const rows = await patient.locator('main .cl-lines > li').count()
    const show = patient.getByRole('button', { name: /^\d+ new readings? · show$/ })
    await show.waitFor()
    expect(await patient.locator('main .cl-lines > li').count()).toBe(rows)
    const found = await axeInAllLooks(patient, async ({ language }) => (language === 'ko' ? await foreignWords(patient) : []))
    await show.click()
    await patient.locator('main .cl-lines > li', { hasText: 'Dr Kim Min-jun' }).first().waitFor()
    expect(await show.count()).toBe(0)

    // A second record for the patient reaches the doctor's open chart, and waits to be shown.
    const before = await doctor.locator('.cl-table tbody tr[data-row]').count()
    await bring(await stage.visit(), { ...weight(), number: 'SG-204117', family: 'Lee' })
    await doctor.getByRole('button', { name: '1 new result · show' }).or(doctor.getByRole('button', { name: '2 new results · show' })).waitFor()
    expect(await doctor.locator('.cl-table tbody tr[data-row]').count()).toBe(before)

    await patient.context().setOffline(true)
    await patient.getByText(/^Live updates paused since \d\d:\d\d, retrying\.$/).waitFor()
    await patient.context().setOffline(false)
    await patient.locator('.cl-live[data-status=live]').waitFor({ state: 'attached', timeout: 60_000 })
    expect(found).toEqual([])
  }, 180_000)

  it('imports a folder with one bad bundle: previewed by cause, all good ones in, the bad one parked with its reason', async () => {
    const page = await stage.visit()
    await lookAroundAs(page, 'Jung Su-bin')
    await go(page, '/import')
    await page.getByRole('link', { name: 'Import many bundles at once' }).click()
    await settled(page)
    const files = [1, 2, 3].map((n) => file(`good-${n}.json`, bundle({ ...weight(), number: `E2E-${n}`, family: 'Tester' })))
    await page.locator('input[type=file]').setInputFiles([...files, file('bad.json', bundle({ ...weight(), status: 'finished', number: 'E2E-4', family: 'Tester' }))])
    await page.getByRole('heading', { name: 'Ready to import' }).waitFor()
    expect(await page.locator('main').innerText()).toMatch(/3 bundles can be imported: 3 new patients, 0 known ones, 6 records\./)
    expect(await page.locator('.cl-table').innerText()).toMatch(/bad\.json · Bundle\.entry\[1\]\.resource\.status · line \d+/)
    const found = [...(await axeInAllLooks(page, async ({ language }) => (language === 'ko' ? await foreignWords(page) : [])))]
    await page.getByRole('button', { name: 'Import all 3 good ones' }).click()
    await page.getByRole('heading', { name: 'The import is done' }).waitFor()
    expect(await page.locator('main').innerText()).toMatch(/3 bundles are in: 6 records, 0 were there already\. 1 parked\./)
    const [report] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download the report' }).click()])
    expect((JSON.parse(readFileSync(await report.path(), 'utf8')) as { readonly items: readonly { readonly state: string }[] }).items.map(({ state }) => state).sort()).toEqual(['done', 'done', 'done', 'parked'])
    found.push(...(await axeInAllLooks(page, async ({ language }) => (language === 'ko' ? await foreignWords(page) : []))))
    expect(found).toEqual([])
  }, 180_000)

  it('shows a parked message to its clerk, and follows it when what was missing has come', async () => {
    expect([await send('A13', 'E1'), await send('A01', 'E2')]).toEqual(['AE|E1|visit-unknown', 'AE|E2|order'])
    const page = await stage.visit({ scheme: 'light', device: 'phone', language: 'en' })
    await lookAroundAs(page, 'Jung Su-bin')
    await go(page, '/messages')
    await page.getByText('It cancels a visit that was never announced').waitFor()
    await page.getByRole('button', { name: 'Open: message E1' }).click()
    await page.getByText('PID|1||E2E-77').waitFor()
    const words = async (on: Page): Promise<readonly string[]> => (await foreignWords(on)).filter((word) => !/^(ADT|E[12]|HIS|SGH|HL7|v2)$/.test(word))
    const found = [...(await axeInAllLooks(page, async ({ language }) => (language === 'ko' ? await words(page) : [])))]
    await page.getByRole('button', { name: 'Try again: message E1' }).click()
    await page.getByText('Still not possible: It cancels a visit that was never announced').waitFor()
    await page.getByRole('button', { name: 'Set aside: message E1' }).click()
    await page.getByText('Set aside. Its content is removed.').waitFor()

    const operator = await stage.visit()
    await lookAroundAs(operator, 'Han Do-yun')
    await go(operator, '/messages')
    await operator.getByText('ADT A01').waitFor()
    expect(await operator.getByRole('button', { name: /^Open: message/ }).count()).toBe(0)
    // The one ahead of it is gone: it is no longer the second in the line.
    await operator.getByRole('button', { name: 'Try again: message E2' }).click()
    await operator.getByText('1 message was followed.').waitFor()
    await operator.getByText('Every message was followed. Nothing waits.').waitFor()
    await operator.getByText('Nobody is told', { exact: true }).waitFor()
    found.push(...(await axeInAllLooks(operator, async ({ language }) => (language === 'ko' ? await words(operator) : []))))
    expect(found).toEqual([])
  }, 180_000)

  it('lets a hospital\'s administration end the gateway\'s key and enrol the next one', async () => {
    const page = await stage.visit()
    await go(page, '/sign-in')
    const keys = JSON.parse(readFileSync(join(stage.directory, 'demo-keys.json'), 'utf8')) as Record<string, object>
    await page.locator('input[type=file]').setInputFiles([file('seoul-general.jwk', JSON.stringify(keys['seoul-general']))])
    await page.getByRole('link', { name: 'Gateway' }).first().click()
    await page.getByText(/^Your systems can write by FHIR\. seoul-general-gateway signs for them since/).waitFor()
    const words = async (on: Page): Promise<readonly string[]> => (await foreignWords(on)).filter((word) => !/^(FHIR|seoul-general-gateway)$/.test(word))
    await page.getByRole('button', { name: 'Revoke it', exact: true }).click()
    const found = [...(await axeInAllLooks(page, async ({ language }) => (language === 'ko' ? await words(page) : [])))]
    await page.getByRole('button', { name: 'Revoke it now' }).click()
    await page.getByText('Revoked. The next key can be enrolled.').waitFor()
    await page.getByRole('button', { name: 'Enrol it' }).click()
    await page.getByRole('button', { name: 'Enrol it' }).last().click()
    await page.getByText('Enrolled. Systems can write by FHIR.').waitFor()
    expect(await page.locator('.cl-table tbody tr').count()).toBe(2)
    expect(found).toEqual([])
  }, 180_000)

  async function send(trigger: string, control: string): Promise<string> {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    socket.write(`\x0b${[`MSH|^~\\&|HIS|SGH|CL|SG|20261120101500||ADT^${trigger}|${control}|P|2.5.1||||||UNICODE UTF-8`, 'PID|1||E2E-77^^^HIS&1.2.410.1&ISO^MR||Hidden^Name||19650714|F', `PV1|1|I|W3^301^1${'|'.repeat(16)}V-77`].join('\r')}\x1c\r`)
    const [answer] = (await once(socket, 'data')) as [Buffer]
    socket.destroy()
    return /\rMSA\|([^\r\x1c]*)/.exec(answer.toString('latin1'))?.[1] ?? ''
  }
})

interface Weight { readonly number: string; readonly family: string; readonly status: string }
const weight = (): Pick<Weight, 'status'> => ({ status: 'final' })

/** Brings one more result in, by the clerk of the hospital. */
async function bring(page: Page, what: Weight): Promise<void> {
  await lookAroundAs(page, 'Jung Su-bin')
  await go(page, '/import/many')
  await page.locator('input[type=file]').setInputFiles([file('more.json', bundle(what))])
  await page.getByRole('button', { name: /^Import/ }).click()
  await page.getByRole('heading', { name: 'The import is done' }).waitFor()
}

const file = (name: string, text: string) => ({ name, mimeType: 'application/json', buffer: Buffer.from(text) })

function bundle({ number, family, status }: Weight): string {
  const patient = 'urn:uuid:6f6b3a52-4c8a-4d0e-9d62-6f2f8f0f1a11'
  return JSON.stringify({
    resourceType: 'Bundle', type: 'collection',
    entry: [
      { fullUrl: patient, resource: { resourceType: 'Patient', identifier: [{ system: system(number), value: number }], name: [{ family }] } },
      { fullUrl: 'urn:uuid:6f6b3a52-4c8a-4d0e-9d62-6f2f8f0f1a12', resource: { resourceType: 'Observation', status, subject: { reference: patient }, code: { text: 'Body Weight' }, valueQuantity: { value: 61.5, unit: 'kg' } } },
    ],
  }, null, 1)
}

/** The demo patient's own number, or one of these tests'. */
const system = (number: string): string => (number.startsWith('SG-') ? 'https://seoul-general.example/patients' : 'urn:example:e2e')
