import { readFileSync } from 'node:fs'
import { createCareLedgerClient, verifyHealthCard } from '@careledger/client'
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { axeFindings, axeInAllLooks, chromiumPath, go, lookAroundAs, settled } from '../testing/browser.ts'
import { foreignWords } from '../testing/korean.ts'
import { readQr } from '../testing/read-qr.ts'
import { useStage } from '../testing/stage.ts'

const main = (page: Page) => page.locator('main')
const phone = { scheme: 'light', device: 'phone', language: 'en' } as const

describe.skipIf(chromiumPath === undefined)('carry and show (needs Chromium)', () => {
  const stage = useStage()

  it('shows a code that a stranger opens with its passcode, counts wrong ones, and is stopped', async () => {
    const found: string[] = []
    const patient = await stage.visit(phone)
    await lookAroundAs(patient, 'Lee Seo-yeon')
    await go(patient, '/me/carry')
    found.push(...(await axeInAllLooks(patient)))
    await patient.setViewportSize({ width: 390, height: 844 })
    await patient.getByRole('link', { name: 'Show a code' }).click()
    await settled(patient)
    await patient.getByLabel('Passcode').first().fill('12')
    await patient.getByRole('button', { name: 'Make the code' }).click()
    expect(await patient.getByRole('alert').innerText()).toContain('A passcode has six characters or more.')
    await patient.getByRole('radio', { name: 'A summary, and records with proofs' }).check()
    await patient.getByRole('checkbox', { name: 'Results' }).uncheck()
    await patient.getByLabel('Passcode').first().fill('482913')
    found.push(...(await axeFindings(patient)))
    await patient.getByRole('button', { name: 'Make the code' }).click()
    await patient.getByRole('heading', { name: 'Show this code' }).waitFor()
    await patient.setViewportSize({ width: 1440, height: 900 })
    const address = await readQr(patient.getByRole('img', { name: 'QR code of the link' }))
    await patient.setViewportSize({ width: 390, height: 844 })
    expect(address).toMatch(new RegExp(`^${stage.url}/show#shlink:/`))
    found.push(...(await axeFindings(patient)))

    const stranger = await stage.visit({ scheme: 'dark', device: 'phone', language: 'ko' })
    await stranger.goto(address)
    await stranger.locator('form').waitFor()
    expect(await foreignWords(stranger)).toEqual(['Health', 'summary'])
    const ask = async (passcode: string): Promise<void> => {
      await stranger.getByLabel('누구신가요?').fill('Riverside Clinic')
      await stranger.getByLabel('암호').first().fill(passcode)
      await stranger.getByRole('button', { name: '열기', exact: true }).click()
    }
    await ask('000001')
    expect(await stranger.getByRole('alert').innerText()).toContain('4번 더')
    await ask('000002')
    await expect.poll(() => stranger.getByRole('alert').innerText()).toContain('3번 더')
    found.push(...(await axeFindings(stranger)))
    await ask('482913')
    await stranger.getByRole('heading', { name: '증명이 붙은 기록' }).waitFor()
    await stranger.getByText('모두 맞습니다').waitFor()
    expect(await main(stranger).innerText()).toMatch(/환자 요약지.*Allergy to penicillin/s)
    found.push(...(await axeFindings(stranger)))
    await stranger.locator('.cl-carried summary').first().click()
    expect(await stranger.locator('[data-step="superseded"]').first().innerText()).toContain('확인 안 됨')

    await patient.getByRole('link', { name: 'All links' }).click()
    await patient.locator('.cl-row-link').first().click()
    await expect.poll(() => patient.locator('.cl-panel').innerText()).toMatch(/Riverside Clinic opened it.*Riverside Clinic gave a wrong passcode/s)
    found.push(...(await axeInAllLooks(patient)))
    await patient.getByRole('button', { name: 'Stop sharing now' }).click()
    await patient.getByText('Stopped. Nobody can open it from now on.').waitFor()
    await stranger.goto('about:blank')
    await stranger.goto(address)
    await ask('482913')
    await stranger.getByRole('heading', { name: '기록을 보여주려는' }).waitFor()
    await stranger.getByText('더는 공유하지 않는 링크입니다').waitFor()
    await go(patient, '/me/access')
    await patient.locator('.cl-line', { hasText: 'Riverside Clinic opened a link of yours' }).first().waitFor()
    await patient.locator('.cl-line', { hasText: 'Riverside Clinic tried a link of yours' }).first().waitFor()
    expect(found).toEqual([])
  }, 240_000)

  it('dies after five wrong passcodes, for the right one too', async () => {
    const patient = await stage.visit()
    await lookAroundAs(patient, 'Choi Ha-jun')
    await go(patient, '/me/carry/link')
    await patient.getByRole('button', { name: 'Make one up' }).click()
    const passcode = await patient.getByLabel('Passcode').first().inputValue()
    expect(passcode).toMatch(/^\d{6}$/)
    await patient.getByRole('button', { name: 'Make the code' }).click()
    const address = await readQr(patient.getByRole('img', { name: 'QR code of the link' }))
    const stranger = await stage.visit()
    await stranger.goto(address)
    await stranger.getByLabel('Who are you?').fill('Somebody')
    for (let left = 4; left >= 0; left--) {
      await stranger.getByLabel('Passcode').first().fill(`wrong ${left}`)
      await stranger.getByRole('button', { name: 'Open', exact: true }).click()
      await stranger.getByText(left === 0 ? 'there is no try left' : left === 1 ? '1 try is left' : `${left} tries are left`).waitFor()
    }
    await stranger.reload()
    await stranger.getByLabel('Who are you?').fill('Somebody')
    await stranger.getByLabel('Passcode').first().fill(passcode)
    await stranger.getByRole('button', { name: 'Open', exact: true }).click()
    await stranger.getByText('This link is no longer shared').first().waitFor()
  }, 120_000)

  it('packs one encrypted file; another hospital verifies it offline and brings it in; a changed one is refused', async () => {
    const found: string[] = []
    const patient = await stage.visit()
    await lookAroundAs(patient, 'Lee Seo-yeon')
    await go(patient, '/me/carry/file')
    for (const kind of ['Results', 'Vaccinations']) await patient.getByRole('checkbox', { name: kind }).uncheck()
    const phrase = await patient.getByRole('textbox', { name: 'Passphrase' }).inputValue()
    found.push(...(await axeFindings(patient)))
    const download = patient.waitForEvent('download')
    await patient.getByRole('button', { name: 'Make the file' }).click()
    const path = await (await download).path()
    const sealed = readFileSync(path, 'utf8')
    expect(sealed).toMatch(/^eyJ[\w-]+(\.[\w-]+){4}$/)

    const doctor = await stage.visit()
    await lookAroundAs(doctor, 'Dr Park Ji-woo')
    await go(doctor, '/show')
    const open = async (text: string, passphrase: string): Promise<void> => {
      await doctor.locator('input[type=file]').setInputFiles({ name: 'records.careledger', mimeType: 'application/jose', buffer: Buffer.from(text) })
      await doctor.getByLabel('Passphrase').first().fill(passphrase)
      await doctor.getByRole('button', { name: 'Open', exact: true }).click()
    }
    await open(sealed.replace(/.{10}$/, 'AAAAAAAAAA'), phrase)
    await doctor.getByText('This does not open').waitFor()
    await doctor.getByRole('button', { name: 'Open something else' }).click()
    await open(sealed, phrase)
    await doctor.getByText('6 records, and every proof holds.').waitFor()
    found.push(...(await axeInAllLooks(doctor)))
    await doctor.getByRole('button', { name: 'Bring these records in' }).click()
    await doctor.getByText('7 records were brought in.').waitFor()
    await doctor.getByRole('link', { name: 'Open the patient' }).click()
    await doctor.getByText('SG-204117').waitFor()
    expect(found).toEqual([])
  }, 240_000)

  it('issues a health card whose code anybody verifies, until it is taken back', async () => {
    const found: string[] = []
    const patient = await stage.visit(phone)
    await lookAroundAs(patient, 'Lee Seo-yeon')
    await go(patient, '/me/carry/card')
    await patient.getByRole('button', { name: 'Issue the card' }).click()
    expect(await patient.getByRole('alert').innerText()).toContain('Choose at least one record.')
    await patient.getByRole('checkbox', { name: 'Influenza' }).check()
    await patient.getByRole('checkbox', { name: 'Haemoglobin A1c' }).first().check()
    found.push(...(await axeFindings(patient)))
    await patient.getByRole('button', { name: 'Issue the card' }).click()
    // A phone has three pixels where this one has one: the code is read at the width of a desk.
    await patient.setViewportSize({ width: 1440, height: 900 })
    const code = await readQr(patient.getByRole('img', { name: 'QR code of the health card' }))
    expect(code).toMatch(/^shc:\/\d+$/)
    const issuers = async () => (await createCareLedgerClient({ url: stage.url }).hospital.cards.issuers.query({})).items
    expect((await verifyHealthCard(code, await issuers())).steps.map(({ outcome }) => outcome)).toEqual(Array(6).fill('pass'))

    const stranger = await stage.visit()
    const show = async (text: string): Promise<void> => {
      await go(stranger, '/show')
      await stranger.getByLabel('Or paste a link or the text of a code').fill(text)
      await stranger.getByRole('button', { name: 'Open', exact: true }).click()
      await stranger.locator('.cl-proof-head').waitFor()
    }
    await go(stranger, '/show')
    await holdBeforeCamera(stranger, await patient.getByRole('img', { name: 'QR code of the health card' }).screenshot())
    await stranger.getByRole('button', { name: 'Scan a code with the camera' }).click()
    await stranger.locator('.cl-proof-head').waitFor()
    expect(await main(stranger).innerText()).toMatch(/The card holds\. It was issued by Seoul General Hospital.*Haemoglobin A1c|The card holds.*Lee/s)
    found.push(...(await axeInAllLooks(stranger)))
    await patient.getByRole('link', { name: 'Back' }).click()
    await settled(patient)
    await patient.locator('.cl-row-link', { hasText: 'vaccination' }).first().click()
    await patient.getByRole('button', { name: 'Take this card back' }).click()
    await patient.getByText('Taken back.').waitFor()
    await stranger.getByRole('button', { name: 'Open something else' }).click()
    await show(code)
    expect(await main(stranger).innerText()).toMatch(/The card does not hold\./)
    expect(await verifyHealthCard(code, await issuers())).toMatchObject({ valid: false })
    expect(found).toEqual([])
  }, 240_000)
})

/** A camera that sees this picture. */
async function holdBeforeCamera(page: Page, picture: Buffer): Promise<void> {
  await page.evaluate(`(async () => {
    const image = new Image()
    image.src = 'data:image/png;base64,${picture.toString('base64')}'
    await image.decode()
    const canvas = Object.assign(document.createElement('canvas'), { width: image.width + 80, height: image.height + 80 })
    const context = canvas.getContext('2d')
    const draw = () => { context.fillStyle = 'white'; context.fillRect(0, 0, canvas.width, canvas.height); context.drawImage(image, 40, 40) }
    draw()
    setInterval(draw, 50)
    navigator.mediaDevices.getUserMedia = async () => canvas.captureStream(10)
  })()`)
}
