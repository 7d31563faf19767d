import { readFile } from 'node:fs/promises'
import { createCareLedgerClient, giveConsent, importBundle, signAs, signerFromJwk, type CareLedgerClient } from '@careledger/client'
import { fromBase64url, fromUtf8, utf8 } from '@careledger/proof'
import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { axeFindings, axeInAllLooks, chromiumPath, go, lookAroundAs, scrollsSideways, settled, switchTo, type Look } from '../testing/browser.ts'
import { foreignWords } from '../testing/korean.ts'
import { useStage } from '../testing/stage.ts'

const haemoglobin = encodeURIComponent('http://loinc.org|718-7')
const pressure = encodeURIComponent('http://loinc.org|85354-9')

describe.skipIf(chromiumPath === undefined)('the chart of a patient (needs Chromium)', () => {
  const stage = useStage()
  let patient: string

  beforeAll(async () => {
    const kim = await as(stage.url, 'Dr Kim Min-jun')
    patient = (await kim.hospital.patients.find.query({ identifier: { value: 'SG-204117' } })).items[0]?.patient as string
    await correctPotassium(kim, patient)
    await secondHospital(stage.url)
  })

  it('answers first: what can harm, what is not as usual, then the sections; every view by key and by address', async () => {
    const page = await stage.visit()
    await lookAroundAs(page, 'Dr Kim Min-jun')
    await page.locator('.cl-row-link', { hasText: 'Lee Seo-yeon' }).first().click()
    await page.waitForURL(/\/summary$/)
    await page.locator('.cl-section-card').first().waitFor()
    expect(await page.locator('h1').innerText()).toBe('Chart')
    expect(await page.locator('.cl-answer').innerText()).toMatch(/Look at.*Potassium 5\.9 mmol\/L\s*High/s)
    expect(await page.locator('.cl-banner dt').first().innerText()).toBe('Allergies')
    expect(await page.locator('.cl-section-card h2').allInnerTexts()).toEqual(['Allergies', 'Active conditions', 'Current medicines', 'Latest results', 'Visits', 'Procedures', 'Vaccinations'])
    await page.getByText('You have not opened this chart before.').waitFor()
    const found = [...(await axeInAllLooks(page, inspect(page)))]

    for (const [key, view] of [['2', 'timeline'], ['3', 'trends'], ['4', 'medicines'], ['5', 'everything'], ['1', 'summary']] as const) {
      await page.keyboard.press(key)
      await page.waitForURL(new RegExp(`/${view}$`))
      await page.getByRole('tab', { selected: true, name: new RegExp(view, 'i') }).waitFor()
    }
    await page.getByRole('tab', { name: 'Summary' }).focus()
    await page.keyboard.press('ArrowRight')
    await page.waitForURL(/\/timeline$/)
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Timeline')
    await page.reload()
    await page.locator('.cl-visit').first().waitFor()
    expect(found).toEqual([])
  }, 180_000)

  it('tells what happened by visit, folds a correction under what is right now, and shows where a record came from', async () => {
    const page = await stage.visit()
    await lookAroundAs(page, 'Dr Kim Min-jun')
    await go(page, `/patients/${patient}/timeline`)
    const visit = page.locator('.cl-visit').first()
    expect(await visit.locator('h2').innerText()).toBe('18 May 2026')
    expect(await visit.locator('.cl-row-link').first().innerText()).toBe('Encounter for check up')
    const corrected = visit.locator('.cl-line', { hasText: 'Potassium' })
    expect(await corrected.innerText()).toMatch(/Potassium 5\.9 mmol\/L.*Corrected \d+ \w+ \d{4}: was 4(\.\d)? mmol\/L/s)
    expect(await page.locator('.cl-row-link', { hasText: 'Potassium' }).count()).toBe(6)

    await page.getByRole('button', { name: /^Conditions/ }).click()
    await page.waitForURL(/kind=Condition/)
    await settled(page)
    expect(await page.locator('.cl-row-link').allInnerTexts()).toEqual(['Prediabetes', 'Hypertension'])
    await page.getByLabel('From').fill('2024-01-01')
    await page.waitForURL(/from=2024-01-01/)
    await settled(page)
    expect(await page.locator('.cl-row-link').allInnerTexts()).toEqual(['Prediabetes'])
    await page.getByLabel('To').fill('2024-02-01')
    await page.getByText('Nothing matches').waitFor()
    await page.getByRole('button', { name: 'Clear all' }).click()

    await page.locator('.cl-row-link', { hasText: 'Potassium' }).first().waitFor()
    await page.evaluate("document.querySelector('h1').focus()")
    for (const key of ['j', 'j', 'k', 'j']) await page.keyboard.press(key)
    const row = page.locator('.cl-row-link').nth(1)
    expect(await page.evaluate("document.querySelectorAll('.cl-row-link')[1] === document.activeElement")).toBe(true)
    await page.keyboard.press('Enter')
    await page.locator('.cl-origin').waitFor()
    await page.keyboard.press(']')
    await page.keyboard.press('[')
    await page.locator('.cl-line[data-current]', { hasText: await row.innerText() }).waitFor()
    await page.locator('.cl-row-link', { hasText: 'Potassium' }).first().click()
    await page.locator('.cl-panel-head', { hasText: 'Potassium 5.9' }).waitFor()
    expect(await page.locator('.cl-panel').innerText()).toMatch(/Corrected.*Usual range\s+3\.5 mmol\/L – 5\.1 mmol\/L.*Belongs together\s+Encounter for check up.*Signed by\s+Dr Kim Min-jun\s+For\s+Seoul General Hospital/s)
    await page.getByText('Compare two versions').click()
    await page.locator('.cl-changes').waitFor()
    expect(await page.locator('.cl-changes').innerText()).toMatch(/^Value\s+Before\s+4(\.\d)? mmol\/L\s+After\s+5\.9 mmol\/L/)
    const found = [...(await axeInAllLooks(page, inspect(page)))]
    await page.keyboard.press('p')
    await page.locator('.cl-panel .cl-steps').waitFor()
    await page.getByRole('tab', { name: 'In words' }).click()
    await page.locator('.cl-panel .cl-versions a').click()
    await page.getByText('A newer version replaces this one.').waitFor()
    await page.keyboard.press('Escape')
    await page.locator('.cl-panel').waitFor({ state: 'detached' })
    expect(found).toEqual([])
  }, 180_000)

  it('draws a series with the range of each result, says it in a sentence and in a table, and hands it out', async () => {
    const page = await stage.visit()
    await lookAroundAs(page, 'Dr Kim Min-jun')
    await go(page, `/patients/${patient}/trends`)
    await page.locator('.cl-series .cl-row-link', { hasText: /^Haemoglobin$/ }).click()
    await page.getByText(/^Haemoglobin fell from [\d.]+ to [\d.]+ g\/dL between 6 Nov 2023 and 18 May 2026\./).waitFor()
    expect(await page.locator('.cl-trend-mark').count()).toBe(6)
    expect(await page.locator('.cl-trend-band').count()).toBe(1)
    expect(await page.locator('.cl-trend-last').textContent()).toMatch(/^[\d.]+ g\/dL$/)
    const [first, second, third] = (await page.evaluate("[...document.querySelectorAll('.cl-trend-mark circle')].map((one) => Number(one.getAttribute('cx')))")) as number[]
    const days = (from: string, to: string): number => (Date.parse(to) - Date.parse(from)) / 86_400_000
    expect(((third ?? 0) - (second ?? 0)) / ((second ?? 0) - (first ?? 0))).toBeCloseTo(days('2024-05-13', '2024-11-18') / days('2023-11-06', '2024-05-13'), 2)
    await page.getByRole('button', { name: 'Show as a table' }).click()
    await page.waitForURL(/table=1/)
    await page.locator('.cl-one-trend tbody tr').nth(5).waitFor()
    const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download as CSV' }).click()])
    expect((await readFile(await file.path(), 'utf8')).split('\r\n')[1]).toMatch(/^Haemoglobin,2023-11-06T09:15:00\+09:00,[\d.]+,g\/dL,[\d.]+,g\/dL,12,16,N,Dr Kim Min-jun,[0-9a-f-]{36}$/)
    const found = [...(await axeInAllLooks(page, inspect(page)))]
    await page.locator('.cl-one-trend .cl-row-link').first().click()
    await page.locator('.cl-origin').waitFor()
    expect(await page.locator('.cl-trend svg').isVisible()).toBe(true)
    await page.keyboard.press('Escape')

    await page.setViewportSize({ width: 390, height: 844 })
    await page.getByRole('combobox').selectOption({ label: 'Blood pressure 138/90 mmHg' })
    await page.waitForURL((url) => url.search.includes(pressure))
    await page.locator('.cl-legend').waitFor()
    expect(await page.locator('.cl-legend li').allInnerTexts()).toEqual(['Systolic blood pressure (mmHg)', 'Diastolic blood pressure (mmHg)'])
    expect(found).toEqual([])
  }, 180_000)

  it('compares medicines with the hospital that the patient shared, and names what differs', async () => {
    const page = await stage.visit()
    await lookAroundAs(page, 'Dr Kim Min-jun')
    await go(page, `/patients/${patient}/medicines`)
    await page.getByText('2 medicines differ between hospitals.').waitFor()
    const rows = await page.locator('.cl-table tbody tr').allInnerTexts()
    expect(rows[0]).toMatch(/Lisinopril 10 mg oral tablet.*Stopped at Busan Medical Centre/s)
    expect(rows[1]).toMatch(/Metformin.*500 mg, One tablet with the evening meal.*1000 mg, One tablet in the morning.*Strength differs\s+Dose differs/s)
    const found = [...(await axeInAllLooks(page, inspect(page)))]
    await page.getByRole('link', { name: /^Stop: Lisinopril/ }).click()
    await page.getByLabel('How it ends').waitFor()
    await page.getByLabel('Reason in your words').fill('Dry cough')
    await page.keyboard.press('Control+Enter')
    await page.getByRole('heading', { name: 'This is what you sign' }).waitFor()
    expect(await page.locator('main').innerText()).toMatch(/stopped[^]*Dry cough/)
    found.push(...(await axeFindings(page)))
    await page.getByRole('button', { name: 'Sign all 2 records' }).click()
    await page.getByRole('button', { name: 'Send now' }).click()
    await page.getByText('2 records written and signed by you.').waitFor()
    await go(page, `/patients/${patient}/medicines`)
    await page.getByText('1 medicine differs between hospitals.').waitFor()
    await switchTo(page, 'Dr Park Ji-woo')
    expect(await page.locator('main').innerText()).toMatch(/Not shared with you/)
    expect(await page.locator('main').innerText()).not.toMatch(/Lee|SG-204117/)
    expect(found).toEqual([])
  }, 120_000)

  it('fits a phone of 320 pixels in every view, in dark and in Korean', async () => {
    const page = await stage.visit({ scheme: 'dark', device: 'phone', language: 'ko' })
    await lookAroundAs(page, 'Dr Kim Min-jun')
    for (const view of ['summary', 'timeline', `trends?code=${haemoglobin}&table=1`, 'medicines', 'everything?kind=Condition']) {
      await go(page, `/patients/${patient}/${view}`)
      expect([view, await scrollsSideways(page, 320)]).toEqual([view, false])
      await page.setViewportSize({ width: 390, height: 844 })
    }
    await page.locator('.cl-row-link').first().click()
    await page.locator('.cl-origin').waitFor()
    expect(await scrollsSideways(page, 320), 'panel').toBe(false)
  }, 120_000)
})

/** One h1, a title without a name, no sideways scroll, and Korean where it is asked for. */
function inspect(page: Page): (look: Look) => Promise<readonly string[]> {
  return async ({ language }) => {
    const found: string[] = []
    if ((await page.locator('h1').count()) !== 1) found.push('not one h1')
    if (!/^(Chart|환자 차트) · CareLedger$/.test(await page.title())) found.push(`the title is ${await page.title()}`)
    if (await page.evaluate('document.documentElement.scrollWidth > innerWidth')) found.push('scrolls sideways')
    if (language === 'ko') found.push(...(await foreignWords(page)).map((word) => `not Korean: ${word}`))
    return found
  }
}

async function as(url: string, name: string): Promise<CareLedgerClient> {
  const client = createCareLedgerClient({ url })
  const { items } = await client.demo.people.query({})
  await client.signIn(await signerFromJwk(items.find((person) => person.name === name)?.key as never))
  return client
}

/** The newest potassium result was wrong: another version of the same record, signed by the doctor. */
async function correctPotassium(doctor: CareLedgerClient, patient: string): Promise<void> {
  const { trend } = await doctor.hospital.chart.trends.query({ patient, code: 'http://loinc.org|2823-3' })
  const id = trend?.lines[0]?.points.at(-1)?.id as string
  const { opening, entry } = await doctor.hospital.records.read.query({ id })
  const resource = JSON.parse(fromUtf8(fromBase64url(opening.payload))) as { readonly valueQuantity: object }
  const { subject, custodian } = JSON.parse(entry) as { readonly subject: string; readonly custodian: string }
  const bytes = utf8(JSON.stringify({ ...resource, status: 'corrected', valueQuantity: { ...resource.valueQuantity, value: 5.9 } }))
  const signed = await signAs(doctor, { network: 'hospital', type: 'record-created', subject, custodian, replaces: id, payload: { mediaType: 'application/fhir+json', bytes } })
  await doctor.hospital.imports.commit.mutate({ patient, entries: [signed], wait: 'anchored' })
}

/** The same person at another hospital, which shares its medicines with the first. */
async function secondHospital(url: string): Promise<void> {
  const park = await as(url, 'Dr Park Ji-woo')
  const subject = { reference: 'Patient/lee-at-busan' }
  const medicine = (id: string, text: string, status: string, dose: string) => ({ resourceType: 'MedicationRequest', id, status, intent: 'order', subject, authoredOn: '2026-06-01', medicationCodeableConcept: { text }, dosageInstruction: [{ text: dose }] })
  const resources = [
    { resourceType: 'Patient', id: 'lee-at-busan', identifier: [{ system: 'https://busan-medical.example/patients', value: 'BM-900001' }], name: [{ family: 'Lee', given: ['Seo-yeon'] }], gender: 'female', birthDate: '1965-07-14' },
    medicine('b-1', 'Metformin hydrochloride 1000 mg oral tablet', 'active', 'One tablet in the morning'),
    medicine('b-2', 'Lisinopril 10 mg oral tablet', 'stopped', 'One tablet in the morning'),
  ]
  const bundle = { resourceType: 'Bundle', type: 'collection', entry: resources.map((resource) => ({ fullUrl: `https://busan-medical.example/fhir/${resource.resourceType}/${resource.id}`, resource })) }
  await importBundle(park, utf8(JSON.stringify(bundle)), { linkTo: 'patient-4f7a20' })
  const lee = await as(url, 'Lee Seo-yeon')
  const at = (await lee.hospital.consents.subjects.query({})).items.find(({ custodian }) => custodian === 'busan-medical')
  if (at === undefined) throw new TypeError('The second hospital does not know the patient.')
  await giveConsent(lee, at, { grantee: 'seoul-general', purpose: 'treatment', expires: new Date(Date.now() + 86_400_000).toISOString(), direct: false })
}
