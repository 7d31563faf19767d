import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { axeFindings, axeInAllLooks, chromiumPath, go, lookAroundAs, settled, switchTo } from '../testing/browser.ts'
import { foreignWords } from '../testing/korean.ts'
import { useStage } from '../testing/stage.ts'

const cases = process.env['CARELEDGER_CASES'] ?? fileURLToPath(new URL('../../../../../shared/cases', import.meta.url))
const synthea = join(cases, 'synthea', 'Trey_Berge.json')
const patients = /seo-yeon|ha-jun|tester|berge|SG-204117|haemoglobin/i

describe.skipIf(chromiumPath === undefined)('importing and operating (needs Chromium)', () => {
  const stage = useStage()

  it('refuses a broken bundle with every place named and imports nothing; takes the mended one whole', async () => {
    const page = await stage.visit()
    await lookAroundAs(page, 'Dr Kim Min-jun')
    await page.getByRole('link', { name: 'Import', exact: true }).click()
    await settled(page)

    await choose(page, 'cut.json', JSON.stringify(bundle()).slice(0, 300))
    await page.getByText('Nothing was imported: 1 problem').waitFor()
    await choose(page, 'broken.json', JSON.stringify(bundle({ status: undefined, valueQuantity: { value: 'much', unit: 'g/dL' } })))
    await page.getByText(/^Nothing was imported: [2-9] problems/).waitFor()
    expect(await page.locator('.cl-group').innerText()).toBe('The form is not that of FHIR R4')
    const places = await page.locator('.cl-table code').allInnerTexts()
    expect(places).toContain('Bundle.entry[1].resource.status')
    expect(places.some((place) => place.startsWith('Bundle.entry[1].resource.value'))).toBe(true)
    expect(await page.getByRole('button', { name: /^Import all/ }).count()).toBe(0)
    const found = [...(await axeInAllLooks(page, async ({ language }) => (language === 'ko' ? await foreignWords(page) : [])))]
    const [report] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download the report' }).click()])
    expect(JSON.parse(readFileSync(await report.path(), 'utf8'))).toHaveLength(places.length)
    await go(page, '/patients')
    expect(await page.locator('.cl-row-link').count()).toBe(1)

    await go(page, '/import')
    await choose(page, 'good.json', JSON.stringify(bundle()))
    await page.getByText('Ready to import').waitFor()
    expect(await page.locator('main').innerText()).toMatch(/3 resources of (?:Ada Tester|Tester Ada), born 2 Jan 1970/)
    found.push(...(await axeInAllLooks(page)))
    await page.getByRole('button', { name: 'Import all 3' }).click()
    await page.getByRole('heading', { name: 'Imported', exact: true }).waitFor()
    await page.getByText(/^(\d+) of \1 on the ledger$/).waitFor()
    found.push(...(await axeInAllLooks(page)))
    await page.getByRole('button', { name: 'Import another' }).click()
    await choose(page, 'again.json', JSON.stringify(bundle()))
    await page.getByRole('button', { name: 'Import all 3' }).click()
    await page.getByText('This bundle was here already; nothing was doubled.').waitFor()
    await page.getByRole('link', { name: 'Open the patient' }).click()
    await page.locator('.cl-row-link').first().waitFor()
    expect(await page.locator('.cl-row-link').count()).toBe(3)
    expect(found).toEqual([])
  }, 180_000)

  it('finds the patient by number without a trace in the address, and says the same of one who is not there', async () => {
    const page = await stage.visit({ scheme: 'dark', device: 'phone', language: 'en' })
    await lookAroundAs(page, 'Dr Kim Min-jun')
    await go(page, '/patients/find')
    await page.getByRole('button', { name: 'Find', exact: true }).click()
    await page.getByText('Enter the full number.').waitFor()
    await page.getByLabel('Patient number').fill('SG-204117')
    await page.getByRole('button', { name: 'Find', exact: true }).click()
    await page.getByText('1 patient found').waitFor()
    const found = [...(await axeInAllLooks(page))]
    for (const number of ['BM-118230', 'no-such-number']) {
      await page.getByLabel('Patient number').fill(number)
      await page.getByRole('button', { name: 'Find', exact: true }).click()
      await page.getByText('Either no such person has a record here, or it is not shared with you').waitFor()
    }
    expect(found).toEqual([])
  }, 120_000)

  it.skipIf(!existsSync(synthea))('imports a Synthea bundle in the browser with progress (needs ../shared/cases/synthea)', async () => {
    const page = await stage.visit()
    await lookAroundAs(page, 'Jung Su-bin')
    await go(page, '/import')
    await page.evaluate("window.seen = []; new MutationObserver(() => window.seen.push(document.querySelector('.cl-region')?.innerText ?? '')).observe(document.querySelector('main'), { subtree: true, childList: true, characterData: true })")
    await page.locator('.cl-drop-input').setInputFiles(synthea)
    await page.getByText('Ready to import').waitFor()
    await page.getByRole('button', { name: 'Import all 246' }).click()
    await page.getByText('246 records written and signed by you.').waitFor()
    const seen = ((await page.evaluate('window.seen')) as readonly string[]).join('\n')
    expect(seen).toMatch(/Preparing \d+ of 24\d in this browser/)
    expect(seen).toMatch(/Writing 24\d entries, all or none/)
    await page.getByText(/^(\d+) of \1 on the ledger$/).waitFor()
    await page.getByRole('link', { name: 'Open the patient' }).click()
    await page.locator('.cl-banner').waitFor()
    await settled(page)
    expect(await axeFindings(page)).toEqual([])
  }, 120_000)

  it('tells the operator in one sentence whether all is well, and never a patient’s name', async () => {
    const page = await stage.visit()
    await lookAroundAs(page, 'Han Do-yun')
    await page.getByText('1 ledger: reachable, and nothing waits.').waitFor()
    const words: string[] = []
    const read = async (): Promise<string> => {
      await settled(page)
      const text = await page.locator('main').innerText()
      words.push(text)
      return text
    }
    expect(await read()).toMatch(/Common log\s.*In order.*Entries\s+\d+.*Witnesses\s+1 signed, 1 needed/s)
    await page.getByRole('link', { name: 'Outbox' }).click()
    await page.getByRole('button', { name: 'Final' }).click()
    expect(await read()).toContain('Nothing is parked.')
    expect(new Set(await page.locator('.cl-table .cl-badge').allInnerTexts())).toEqual(new Set(['Final']))
    await page.getByRole('button', { name: 'Parked' }).click()
    await page.getByText('Nothing matches').waitFor()
    const found = [...(await axeFindings(page))]
    await page.getByRole('link', { name: 'Log', exact: true }).click()
    expect(await read()).toMatch(/\d+ entries in the log\. The last checkpoint covers \d+ and was signed at/)
    expect(await page.locator('.cl-source').innerText()).toMatch(/^careledger\.localhost\n\d+\n/)
    const first = await page.locator('.cl-table tbody tr').first().innerText()
    await page.getByRole('button', { name: 'Show older' }).click()
    await expect.poll(() => page.locator('.cl-table tbody tr').first().innerText()).not.toBe(first)
    await page.getByRole('link', { name: 'Members' }).click()
    expect(await read()).toMatch(/2 organisations are enrolled\..*Busan Medical Centre.*Seoul General Hospital/s)
    await page.getByRole('link', { name: 'Health' }).click()
    expect(await read()).toContain('Store, log and all ledgers answer.')
    for (const text of words) expect(text).not.toMatch(patients)
    await switchTo(page, 'Lee Seo-yeon')
    expect(await page.locator('main').innerText()).toContain('Not part of your work')
    expect(found).toEqual([])
  }, 120_000)
})

async function choose(page: Page, name: string, text: string): Promise<void> {
  await page.locator('.cl-drop-input').first().setInputFiles({ name, mimeType: 'application/json', buffer: Buffer.from(text) })
}

/** A patient who exists nowhere with two results, the first of them changed as told. */
function bundle(change: Record<string, unknown> = {}): unknown {
  const result = (id: string, value: number): Record<string, unknown> => ({
    resourceType: 'Observation', id, status: 'final', subject: { reference: 'Patient/ada-tester' }, effectiveDateTime: '2026-11-02T09:00:00+09:00',
    code: { coding: [{ system: 'http://loinc.org', code: '718-7', display: 'Hemoglobin' }], text: 'Haemoglobin' }, valueQuantity: { value, unit: 'g/dL', system: 'http://unitsofmeasure.org', code: 'g/dL' },
  })
  const resources = [
    { resourceType: 'Patient', id: 'ada-tester', identifier: [{ system: 'https://hospital.example/patients', value: 'T-1' }], name: [{ family: 'Tester', given: ['Ada'] }], gender: 'female', birthDate: '1970-01-02' },
    { ...result('result-1', 12.5), ...change },
    result('result-2', 12.9),
  ]
  return { resourceType: 'Bundle', type: 'collection', entry: resources.map((resource) => ({ fullUrl: `https://hospital.example/fhir/${resource.resourceType}/${resource.id}`, resource })) }
}
