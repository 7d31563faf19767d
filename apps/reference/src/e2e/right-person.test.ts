import { createCareLedgerClient, importBundle, signerFromJwk } from '@careledger/client'
import { describe, expect, it } from 'vitest'
import { axeInAllLooks, chromiumPath, go, lookAroundAs, settled } from '../testing/browser.ts'
import { useStage } from '../testing/stage.ts'

const bundle = (number: string, more: object) => new TextEncoder().encode(JSON.stringify({
  resourceType: 'Bundle', type: 'collection',
  entry: [{ fullUrl: `urn:uuid:6f6b3a52-4c8a-4d0e-9d62-6f2f8f0f1${number}`, resource: { resourceType: 'Patient', id: `p-${number}`, identifier: [{ system: 'urn:test', value: `T-${number}` }], gender: 'female', birthDate: '1971-03-09', telecom: [{ system: 'phone', value: '+82 10 5555 0199' }], ...more } }],
}))

describe.skipIf(chromiumPath === undefined)('finding the right person (needs Chromium)', () => {
  const stage = useStage()

  it('shows a clerk two registrations side by side, takes the decision, and takes it back', async () => {
    const clerk = createCareLedgerClient({ url: stage.url })
    const person = (await clerk.demo.people.query({})).items.find(({ party }) => party === 'staff-2a96d3')
    if (person === undefined) throw new Error('There is no clerk.')
    await clerk.signIn(await signerFromJwk(person.key))
    await importBundle(clerk, bundle('a11', { name: [{ text: '한지민', family: '한', given: ['지민'] }] }))
    await importBundle(clerk, bundle('a12', { name: [{ family: 'Han', given: ['Ji-min'] }], birthDate: '1971-09-03' }))
    const found: string[] = []
    const page = await stage.visit({ scheme: 'light', device: 'desktop', language: 'en' })
    await lookAroundAs(page, 'Jung Su-bin')
    await page.getByRole('link', { name: 'Registered twice?' }).click()
    await page.getByRole('heading', { name: 'Almost certainly one person' }).waitFor()
    const row = (name: string) => page.getByRole('row', { name: new RegExp(`^${name}`) })
    expect(await row('Name').innerText()).toMatch(/한지민[^]*Ji-min Han[^]*Same|Ji-min Han[^]*한지민[^]*Same/)
    expect(await row('Born').innerText()).toContain('Swapped')
    expect(await row('Phone').innerText()).toContain('****')
    found.push(...(await axeInAllLooks(page)))
    await page.getByRole('button', { name: 'Same person' }).click()
    await page.getByText('Recorded: the same person.').waitFor()
    await page.getByText('No pair to review').waitFor()
    await page.getByRole('link', { name: 'Records together' }).click()
    await page.getByText('2 registrations').waitFor()
    expect(await page.locator('tbody tr').count()).toBe(2)
    found.push(...(await axeInAllLooks(page)))
    await page.goBack()
    await page.getByRole('button', { name: 'Undo' }).first().click()
    await page.getByRole('button', { name: 'Different people' }).click()
    await page.getByText('Recorded: different people.').waitFor()
    await page.getByText('Said to be different people').waitFor()
    found.push(...(await axeInAllLooks(page)))
    expect(found).toEqual([])
  }, 120_000)

  it('lets a doctor ask by number and birth date, says the same for everybody, and lets the patient decide on a page filled in', async () => {
    const found: string[] = []
    const doctor = await stage.visit()
    await lookAroundAs(doctor, 'Dr Park Ji-woo')
    await go(doctor, '/patients/find')
    const said: string[] = []
    for (const number of ['Z-000000', 'SG-204117']) {
      await doctor.getByLabel('The whole number of the person').fill(number)
      await doctor.getByRole('textbox', { name: 'Birth date' }).fill('1965-07-14')
      await doctor.getByRole('button', { name: 'Ask for access' }).click()
      await doctor.getByText('they have now been asked').waitFor()
      said.push(await doctor.locator('section', { has: doctor.getByRole('heading', { name: 'Ask for access' }) }).innerText())
    }
    expect(said[1]).toBe(said[0])
    found.push(...(await axeInAllLooks(doctor)))

    const patient = await stage.visit({ scheme: 'light', device: 'phone', language: 'ko' })
    await lookAroundAs(patient, 'Lee Seo-yeon')
    await patient.getByRole('heading', { name: '기다리는 요청 1건' }).waitFor()
    found.push(...(await axeInAllLooks(patient)))
    await patient.getByRole('link', { name: '보고 결정하기' }).click()
    await patient.getByText('아직 아무것도 결정되지 않았습니다').waitFor()
    await settled(patient)
    expect(await patient.locator('.cl-check-lines').innerText()).toMatch(/Park[^]*30일/)
    found.push(...(await axeInAllLooks(patient)))
    await patient.getByRole('button', { name: '30일 동안 공유하기' }).click()
    await patient.getByRole('heading', { name: '공유했습니다', level: 1 }).waitFor()

    await go(doctor, '/patients')
    await doctor.reload()
    await doctor.locator('.cl-row-link', { hasText: 'Lee' }).waitFor()
    await go(patient, '/me')
    await settled(patient)
    await patient.getByRole('heading', { name: /기다리는 요청/ }).waitFor({ state: 'detached' })
    expect(found).toEqual([])
  }, 120_000)
})
