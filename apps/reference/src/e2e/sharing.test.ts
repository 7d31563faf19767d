import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { axeFindings, axeInAllLooks, chromiumPath, go, lookAroundAs, settled, switchTo } from '../testing/browser.ts'
import { hospitalAnswers } from '../testing/hospital-answers.ts'
import { useStage } from '../testing/stage.ts'

const secrets = /Seo-yeon|SG-204117|1965|Haemoglobin|Blood pressure|penicillin|Seoul General/
const main = (page: Page) => page.locator('main')

describe.skipIf(chromiumPath === undefined)('sharing, reading, refusing (needs Chromium)', () => {
  const stage = useStage()

  it('lets a doctor of the other hospital in when the patient says so, and no longer than that', async () => {
    const found: string[] = []
    const doctor = await stage.visit()
    const patient = await stage.visit({ scheme: 'light', device: 'phone', language: 'en' })

    await lookAroundAs(doctor, 'Dr Kim Min-jun')
    await doctor.locator('.cl-row-link', { hasText: 'Lee' }).click()
    await doctor.getByText('SG-204117').waitFor()
    await doctor.getByRole('tab', { name: 'Everything' }).click()
    await doctor.waitForURL(/everything$/)
    const place = doctor.url()
    await switchTo(doctor, 'Dr Park Ji-woo')
    expect(doctor.url()).toBe(place)
    await refusedInPlainWords(doctor)
    found.push(...(await axeInAllLooks(doctor)))

    await lookAroundAs(patient, 'Lee Seo-yeon')
    await patient.getByRole('link', { name: 'Share with someone' }).click()
    await settled(patient)
    await patient.getByRole('button', { name: 'Share for 30 days' }).click()
    const problem = patient.getByRole('alert')
    expect(await problem.innerText()).toContain('Choose with whom you share.')
    expect(await patient.evaluate("document.activeElement.getAttribute('role')")).toBe('alert')
    expect(await patient.title()).toContain('There is a problem')
    found.push(...(await axeFindings(patient)))
    await fillConsent(patient, 'Everything')
    found.push(...(await axeInAllLooks(patient)))
    await patient.getByRole('button', { name: 'Share for 30 days' }).click()
    await patient.getByRole('heading', { name: 'Shared', level: 1 }).waitFor()
    found.push(...(await axeInAllLooks(patient)))
    expect(await main(patient).innerText()).toMatch(/ends by itself on .*\d{4}.*Receipt [0-9a-f-]{36}/s)
    const [saved] = await Promise.all([patient.waitForEvent('download'), saveReceipt(patient)])
    await go(patient, '/verify')
    await patient.locator('input[type="file"]').first().setInputFiles(await saved.path())
    await patient.getByText('This receipt holds.').waitFor()
    expect(await main(patient).innerText()).toMatch(/It shares everything, to treat you.*It leaves out: genetic conditions, HIV, mental health/s)
    found.push(...(await axeFindings(patient)))
    await go(patient, '/me/sharing/receipts')
    await patient.getByRole('button', { name: 'Save the receipt of sharing' }).waitFor()
    found.push(...(await axeFindings(patient)))

    await doctor.reload()
    await doctor.locator('.cl-row-link').first().waitFor()
    expect(doctor.url()).toBe(place)
    expect(await doctor.locator('.cl-row-link').count()).toBe(50)
    await doctor.getByRole('button', { name: /^Show/ }).click()
    await expect.poll(() => doctor.locator('.cl-row-link').count()).toBe(57)
    await doctor.getByText('Why you see this').click()
    expect(await doctor.locator('.cl-explained').innerText()).toMatch(/The patient shared it with you to treat you, until .*\d{4}\. This reading was recorded/)
    await doctor.locator('.cl-row-link').first().click()
    await doctor.getByRole('tab', { name: 'In words' }).waitFor()
    // Under the banner, which stays in sight, a button would be half hidden.
    await doctor.evaluate('scrollTo(0, 0)')
    found.push(...(await axeInAllLooks(doctor)))

    await go(patient, '/me/access')
    const reading = patient.locator('.cl-line', { hasText: 'Dr Park Ji-woo' }).filter({ hasText: 'opened' })
    expect(await reading.innerText()).toMatch(/Busan Medical Centre\) opened \d+ results.*allowed by your sharing/s)
    expect(await patient.locator('.cl-line', { hasText: 'Dr Park Ji-woo' }).filter({ hasText: 'asked for your record' }).innerText()).toContain('Refused')
    await reading.getByRole('link').click()
    await patient.getByRole('heading', { name: 'One visit' }).waitFor()
    found.push(...(await axeInAllLooks(patient)))

    await go(patient, '/me/sharing')
    await patient.locator('.cl-row-link', { hasText: 'Dr Park Ji-woo' }).click()
    await patient.getByRole('button', { name: 'Stop sharing now' }).click()
    await patient.getByText('Stopped. Dr Park Ji-woo can open nothing new').waitFor()
    found.push(...(await axeFindings(patient)))

    const answers = hospitalAnswers(doctor)
    await doctor.locator('.cl-row-link').nth(1).click()
    await doctor.locator('.cl-panel').getByText('Not shared with you').waitFor()
    await doctor.reload()
    await refusedInPlainWords(doctor)
    await go(doctor, '/patients')
    expect(await main(doctor).innerText()).not.toMatch(secrets)
    expect(await answers.texts()).not.toHaveLength(0)
    for (const answer of await answers.texts()) expect(answer).not.toMatch(/Seo-yeon|SG-204117|Haemoglobin|"counts"|"title"/)

    await patient.waitForTimeout(200)
    await go(patient, '/me/access?show=refused')
    await patient.locator('.cl-line', { hasText: 'Dr Park Ji-woo (Busan Medical Centre) asked for' }).first().waitFor()
    expect(found).toEqual([])
  }, 240_000)

  it('shows no more than what was chosen: only results, no name', async () => {
    const page = await stage.visit({ scheme: 'dark', device: 'desktop', language: 'en' })
    await lookAroundAs(page, 'Choi Ha-jun')
    await go(page, '/me/sharing/new')
    await fillConsent(page, 'Results', 'Dr Kim')
    expect(await main(page).innerText()).toContain('Results from Busan Medical Centre. Nothing else.')
    await page.getByRole('button', { name: 'Share for 30 days' }).click()
    await page.getByRole('heading', { name: 'Shared', level: 1 }).waitFor()
    await switchTo(page, 'Dr Kim Min-jun')
    const answers = hospitalAnswers(page)
    await go(page, '/patients')
    await page.locator('.cl-row-link', { hasText: 'Name not shared' }).click()
    await page.locator('.cl-banner').waitFor()
    expect(await page.locator('.cl-banner').innerText()).toMatch(/Name not shared.*Not shared with you.*Not known/s)
    await page.getByRole('tab', { name: 'Everything' }).click()
    await page.locator('.cl-chip').first().waitFor()
    await settled(page)
    expect(await page.locator('.cl-chip').allInnerTexts()).toEqual(['All', 'Results 42'])
    for (const answer of await answers.texts()) expect(answer).not.toMatch(/Ha-jun|BM-118230|(?<![\w-])1988(?!\w)/)
    expect(await axeFindings(page)).toEqual([])
  }, 120_000)

  it('opens in an emergency for a doctor who signs why, tells the patient, and waits for the privacy officer', async () => {
    const found: string[] = []
    const doctor = await stage.visit({ scheme: 'light', device: 'desktop', language: 'en' })
    await lookAroundAs(doctor, 'Dr Park Ji-woo')
    await go(doctor, '/patients/find')
    await doctor.getByRole('link', { name: 'Emergency access' }).click()
    await doctor.getByRole('button', { name: 'Open in an emergency' }).click()
    await doctor.getByText('Tick that it is an emergency.').waitFor()
    await doctor.getByLabel('The person’s whole number').fill('SG-204117')
    await doctor.getByLabel('Date of birth').fill('1965-07-14')
    await doctor.getByRole('radio', { name: 'They are unconscious' }).check()
    await doctor.getByLabel('What happened, in a sentence').fill('Found after an accident on the road')
    await doctor.getByRole('checkbox', { name: 'Their life or health is in danger' }).check()
    found.push(...(await axeFindings(doctor)))
    await doctor.getByRole('button', { name: 'Open in an emergency' }).click()
    await doctor.getByRole('link', { name: /Record at Seoul General Hospital/ }).click()
    await doctor.getByText('Emergency access until').waitFor()
    await doctor.getByText('Lee Seo-yeon').first().waitFor()
    found.push(...(await axeFindings(doctor)))

    const patient = await stage.visit({ scheme: 'light', device: 'phone', language: 'en' })
    await lookAroundAs(patient, 'Lee Seo-yeon')
    await patient.getByText('Your record was opened in an emergency').waitFor()
    await patient.getByRole('link', { name: 'See who and why' }).click()
    await patient.getByText('“Found after an accident on the road”').waitFor()
    found.push(...(await axeFindings(patient)))

    const chart = doctor.url()
    await doctor.getByRole('button', { name: 'I am done, end now' }).click()
    await doctor.waitForURL(/patients$/)
    await doctor.goto(chart)
    await refusedInPlainWords(doctor)

    const officer = await stage.visit({ scheme: 'light', device: 'desktop', language: 'en' })
    await lookAroundAs(officer, 'Yoon Hye-jin')
    await officer.locator('.cl-row-link', { hasText: 'Dr Park Ji-woo' }).click()
    await officer.getByLabel('What you found, for the patient to read').fill('An ambulance brought her in.')
    found.push(...(await axeFindings(officer)))
    expect(await main(officer).innerText()).not.toMatch(/Seo-yeon|SG-204117|Haemoglobin/)
    await officer.getByRole('button', { name: 'Close: it was justified' }).click()
    await officer.getByText('Nothing waits for a review').waitFor()
    await patient.reload()
    await patient.locator('.cl-panel').getByText('Reviewed: it was justified.').waitFor()
    await go(patient, '/me/access')
    expect(await main(patient).innerText()).toContain('They opened it in an emergency')
    expect(found).toEqual([])
  }, 240_000)
})

/** The receipt rests on a checkpoint that contains the consent: made within a second or two. */
async function saveReceipt(page: Page): Promise<void> {
  const saved = page.getByText('Saved. It was checked on this device and holds.')
  await expect.poll(async () => {
    if (!(await saved.isVisible())) await page.getByRole('button', { name: 'Save the receipt' }).click()
    await page.locator('.cl-save-receipt [role="status"]').filter({ hasText: /./ }).waitFor()
    return saved.isVisible()
  }, { timeout: 20_000 }).toBe(true)
}

async function refusedInPlainWords(page: Page): Promise<void> {
  await page.getByText('Not shared with you').waitFor()
  const words = await main(page).innerText()
  expect(words).toContain('You may not open this, or there is nothing here: the answer is the same for both.')
  expect(words).not.toMatch(secrets)
  expect(words).not.toMatch(/\d/)
}

/** Fills the five lines of the check page; the patient has one place whose records they share. */
async function fillConsent(page: Page, what: 'Everything' | 'Results', who = 'Dr Park'): Promise<void> {
  const open = async (line: string): Promise<void> => {
    const button = page.getByRole('button', { name: new RegExp(`^(?:Choose|Change|Done) ${line}$`) })
    if ((await button.getAttribute('aria-expanded')) === 'false') await button.click()
  }
  await open('Who')
  await page.getByLabel('Name of a person or organisation').fill(who)
  await page.locator('.cl-option', { hasText: who }).click()
  await open('What')
  if (what === 'Everything') await page.getByRole('radio', { name: 'Everything' }).check()
  else {
    await page.getByRole('radio', { name: 'Only these kinds' }).check()
    await page.getByRole('checkbox', { name: what, exact: true }).check()
  }
  await open('Why')
  await page.getByRole('radio', { name: 'To treat you' }).check()
  await open('How long')
  await page.getByRole('radio', { name: '30 days' }).check()
}
