import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { axeFindings, axeInAllLooks, chromiumPath, go, lookAroundAs, scrollsSideways, settled, switchTo } from '../testing/browser.ts'
import { foreignWords } from '../testing/korean.ts'
import { useStage } from '../testing/stage.ts'

const shots = process.env['WRITING_SHOTS']
const shot = async (page: Page, name: string): Promise<void> => {
  if (shots !== undefined) await page.screenshot({ path: `${shots}/${name}.png`, fullPage: true })
}

describe.skipIf(chromiumPath === undefined)('writing in the chart (needs Chromium)', () => {
  const stage = useStage()

  it('takes each kind through its form, the check page and one signature, with the proof checked here', async () => {
    const page = await stage.visit()
    await lookAroundAs(page, 'Dr Kim Min-jun')
    await openPatient(page)
    const found: string[] = []

    await write(page, 'Note')
    await shot(page, 'note')
    await page.getByRole('button', { name: 'Check before signing' }).click()
    await page.getByRole('alert').getByText('Write the note.').waitFor()
    expect(await page.evaluate('document.activeElement.className')).toContain('cl-problems')
    expect(await page.title()).toMatch(/^There is a problem: /)
    await page.getByLabel('Text', { exact: true }).fill('Feels well.\nBlood pressure at home below 130.')
    await page.keyboard.press('Control+Enter')
    await page.getByRole('heading', { name: 'This is what you sign' }).waitFor()

    await writeNext(page, 'Condition')
    await page.getByLabel('Condition', { exact: true }).fill('Iron deficiency')
    await page.getByLabel('Since').fill('2026-13')
    await page.getByLabel('Since').blur()
    await page.getByText('Give a year, a month or a day that exists').waitFor()
    await page.getByLabel('Since').fill('2026-10')
    await page.keyboard.press('Control+Enter')

    await writeNext(page, 'Allergy')
    await page.getByLabel('Allergic to').fill('Latex')
    await page.getByLabel('What happened').fill('Hives')
    await page.keyboard.press('Control+Enter')

    await writeNext(page, 'Prescription')
    await page.getByLabel('Medicine').fill('Amoxicillin 500 mg')
    await page.getByText('Recorded allergy: Allergy to penicillin').waitFor()
    await page.getByLabel('Dose', { exact: true }).fill('500')
    await page.getByLabel('Times').fill('3')
    await page.keyboard.press('Control+Enter')
    await page.getByRole('alert').getByText('There is a recorded allergy (Allergy to penicillin)').waitFor()
    found.push(...(await axeFindings(page)))
    await shot(page, 'prescription')
    await page.getByLabel('Why prescribe it all the same').fill('Allergy was ruled out by test')
    await page.getByLabel('Medicine').fill('Lisinopril 5 mg')
    await page.getByText('Lisinopril 10 mg oral tablet is prescribed already').waitFor()
    await page.getByLabel('Prescribe this as well').check()
    await page.keyboard.press('Control+Enter')

    await writeNext(page, 'Order')
    await page.getByLabel('What is ordered').fill('Ferritin')
    await page.getByLabel('Visit', { exact: true }).selectOption({ label: '18 May 2026 · Encounter for check up' })
    await page.keyboard.press('Control+Enter')

    await writeNext(page, 'Vital signs')
    await page.getByText(/^Last: \d+ mmHg, 18 May 2026/).first().waitFor()
    await page.getByLabel('Systolic blood pressure').fill('138')
    await page.getByLabel('Diastolic blood pressure').fill('84')
    await page.getByLabel('Body temperature').fill('365')
    await page.getByLabel('Heart rate').fill('231')
    await page.keyboard.press('Control+Enter')
    await page.getByRole('alert').getByText('365 °C cannot be').waitFor()
    await page.getByRole('alert').getByText('231 /min is far from anything usual').waitFor()
    await shot(page, 'vitals')
    found.push(...(await axeInAllLooks(page)))
    await page.getByLabel('Body temperature').fill('36.50')
    await page.getByLabel('Keep 231 /min').check()
    await page.keyboard.press('Control+Enter')

    await page.getByRole('heading', { name: 'This is what you sign' }).waitFor()
    await settled(page)
    expect(await page.locator('.cl-write-list > li').count()).toBe(6)
    expect(await page.locator('main').innerText()).toContain('36.50 °C')
    await shot(page, 'check')
    found.push(...(await axeInAllLooks(page)))
    await page.getByRole('button', { name: 'Sign all 9 records' }).click()
    await page.getByText('Signed, not sent yet.').waitFor()
    await shot(page, 'undo')
    found.push(...(await axeFindings(page)))
    await page.getByRole('button', { name: 'Undo' }).click()
    await page.getByRole('button', { name: 'Sign all 9 records' }).waitFor()
    await page.keyboard.press('Control+Enter')
    await page.getByRole('button', { name: 'Send now' }).click()
    await page.getByText('9 records written and signed by you.').waitFor()
    await expect.poll(() => page.locator('[data-status="proven"]').count(), { timeout: 30_000 }).toBe(9)
    await shot(page, 'receipt')
    found.push(...(await axeFindings(page)))
    await page.getByRole('link', { name: 'Open the patient' }).click()
    await page.locator('.cl-banner').getByText('Latex').waitFor()
    expect(found).toEqual([])
  }, 240_000)

  it('changes a record with a reason; of two who change it at once the second is told, and keeps the draft', async () => {
    const [doctor, clerk] = [await stage.visit(), await stage.visit()]
    await lookAroundAs(doctor, 'Dr Kim Min-jun')
    await lookAroundAs(clerk, 'Jung Su-bin')
    for (const page of [doctor, clerk]) {
      await openPatient(page)
      await go(page, `${(await page.evaluate('location.pathname') as string).split('/').slice(0, 3).join('/')}/everything?kind=Condition`)
      await page.getByRole('link', { name: 'Prediabetes' }).click()
      await page.getByRole('link', { name: 'Change', exact: true }).click()
      expect(await page.getByLabel('Condition', { exact: true }).inputValue()).toBe('Prediabetes')
      await page.getByLabel('Course').selectOption({ label: 'resolved' })
      await page.keyboard.press('Control+Enter')
      await page.getByRole('alert').getByText('Choose the reason.').waitFor()
      await page.getByLabel('Reason', { exact: true }).selectOption({ label: 'It has changed since' })
      await page.keyboard.press('Control+Enter')
      await page.getByRole('heading', { name: 'This is what you sign' }).waitFor()
    }
    await shot(doctor, 'amend-check')
    await sendNow(doctor, 'Sign all 2 records')
    await doctor.getByText('2 records written and signed by you.').waitFor()
    // The other one's page still shows the former version; the instance does not.
    await clerk.getByRole('button', { name: 'Sign all 2 records' }).click()
    await clerk.getByText('Somebody changed this record first').waitFor()
    await shot(clerk, 'stale')
    const found = [...(await axeFindings(clerk))]
    expect(await clerk.locator('.cl-write-list > li').count()).toBe(1)
    await clerk.getByRole('link', { name: 'Open the newer version' }).click()
    await clerk.locator('.cl-panel').getByText('resolved').waitFor()
    await clerk.getByRole('button', { name: 'Write: 1 unsent' }).click()
    await clerk.getByRole('menuitem', { name: 'Check and sign 1' }).click()
    await clerk.getByRole('button', { name: /^Discard: / }).click()
    await clerk.getByText('Nothing to sign').waitFor()

    await go(doctor, (await clerk.evaluate('location.pathname') as string).replace('/write/check', '/everything?kind=Condition'))
    await doctor.getByRole('link', { name: 'Prediabetes' }).last().click()
    await doctor.getByText('A newer version replaces this one.').waitFor()
    expect(await doctor.getByRole('link', { name: 'Change', exact: true }).count()).toBe(0)
    expect(found).toEqual([])
  }, 180_000)

  it('takes a record back by keyboard alone, in Korean, in the dark', async () => {
    const page = await stage.visit({ scheme: 'dark', device: 'desktop', language: 'ko' })
    await lookAroundAs(page, 'Dr Kim Min-jun')
    await openPatient(page)
    await page.keyboard.press('Control+k')
    await page.getByRole('dialog').waitFor()
    await page.keyboard.type('기록 쓰기: 경과')
    await page.keyboard.press('Enter')
    await page.locator('.cl-write-form').waitFor()
    await settled(page)
    expect((await foreignWords(page)).filter((word) => !['Latex', 'Encounter', 'for', 'check', 'up'].includes(word))).toEqual([])
    await page.keyboard.press('Tab')
    await page.keyboard.type('혈압이 안정적입니다.')
    await page.keyboard.press('Control+Enter')
    await page.getByRole('heading', { name: '서명할 내용입니다' }).waitFor()
    await settled(page)
    await shot(page, 'check-ko-dark')
    const found = [...(await axeFindings(page))]
    await page.keyboard.press('Control+Enter')
    await page.getByText('서명했고 아직 보내지 않았습니다.').waitFor()
    await page.keyboard.press('Control+Enter')
    await page.getByText('기록 1건을 쓰고 서명했습니다.').waitFor()
    await page.getByRole('link', { name: 'Progress note' }).focus()
    await page.keyboard.press('Enter')
    await page.locator('.cl-panel').getByText('혈압이 안정적입니다.').waitFor()
    await page.getByRole('link', { name: '거두기', exact: true }).focus()
    await page.keyboard.press('Enter')
    await page.locator('#field-reason').waitFor()
    await settled(page)
    await shot(page, 'withdraw-ko-dark')
    expect((await foreignWords(page)).filter((word) => !['Progress', 'note', 'Latex'].includes(word))).toEqual([])
    found.push(...(await axeFindings(page)))
    await page.locator('#field-reason').focus()
    for (const key of ['ArrowDown', 'ArrowDown']) await page.keyboard.press(key)
    expect(await page.locator('#field-reason').inputValue()).toBe('wrong-patient')
    await page.keyboard.press('Control+Enter')
    await page.getByRole('heading', { name: '서명할 내용입니다' }).waitFor()
    await page.keyboard.press('Control+Enter')
    await page.getByText('서명했고 아직 보내지 않았습니다.').waitFor()
    await page.keyboard.press('Control+Enter')
    await page.getByText('기록 2건을 쓰고 서명했습니다.').waitFor()
    expect(found).toEqual([])
  }, 180_000)

  it('fits a phone, keeps what is unsent in memory only, and asks before another patient', async () => {
    const page = await stage.visit({ scheme: 'light', device: 'phone', language: 'en' })
    await lookAroundAs(page, 'Dr Kim Min-jun')
    await openPatient(page)
    await write(page, 'Prescription')
    await page.getByLabel('Medicine').fill('Amoxicillin 500 mg')
    await page.getByText('Recorded allergy: Allergy to penicillin').waitFor()
    await shot(page, 'prescription-phone')
    const found = [...(await axeFindings(page))]
    expect(await scrollsSideways(page, 390)).toBe(false)
    expect(await page.evaluate("JSON.stringify([Object.entries(localStorage), Object.entries(sessionStorage)]).includes('Amoxicillin')")).toBe(false)
    await go(page, '/patients/01890a5d-ac96-774b-bcce-b302099a8057/write/note')
    await page.getByRole('dialog', { name: 'Something is unsent for another patient' }).waitFor()
    await shot(page, 'other-phone')
    found.push(...(await axeFindings(page)))
    await page.getByRole('button', { name: 'Go back to it' }).last().click()
    expect(await page.getByLabel('Medicine').inputValue()).toBe('Amoxicillin 500 mg')
    await page.getByRole('button', { name: 'Discard' }).click()
    await page.locator('.cl-banner').waitFor()
    await page.getByRole('button', { name: 'Write', exact: true }).waitFor()
    await switchTo(page, 'Jung Su-bin')
    await page.getByRole('button', { name: 'Write', exact: true }).click()
    expect(await page.getByRole('menuitem').allInnerTexts()).toEqual(['Note', 'Vital signs', 'Condition', 'Allergy'])
    expect(found).toEqual([])
  }, 180_000)
})

async function sendNow(page: Page, button: string): Promise<void> {
  await page.getByRole('button', { name: button }).click()
  await page.getByRole('button', { name: 'Send now' }).click()
}

async function openPatient(page: Page): Promise<void> {
  await page.locator('.cl-row-link').first().click()
  await page.locator('.cl-banner').waitFor()
  await settled(page)
}

async function write(page: Page, kind: string): Promise<void> {
  await page.getByRole('button', { name: /^Write/ }).click()
  await page.getByRole('menuitem', { name: kind, exact: true }).click()
  await page.locator('.cl-write-form').waitFor()
  await settled(page)
}

/** From the check page to the next form, by way of the palette. */
async function writeNext(page: Page, kind: string): Promise<void> {
  await page.getByRole('heading', { name: 'This is what you sign' }).waitFor()
  await page.keyboard.press('Control+k')
  await page.getByRole('dialog').waitFor()
  await page.keyboard.type(`Write: ${kind}`)
  await page.keyboard.press('Enter')
  await page.locator('.cl-write-form').waitFor()
  await settled(page)
}
