import { createHash, randomBytes } from 'node:crypto'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { axeFindings, axeInAllLooks, chromiumPath, go, lookAroundAs, scrollsSideways, settled, switchTo } from '../testing/browser.ts'
import { foreignWords } from '../testing/korean.ts'
import { useStage } from '../testing/stage.ts'

/** 2 by 2 pixels. */
const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAFklEQVR4nGP8z8DAwMDAxAADCBYDAwAgGgEDqwTsRQAAAABJRU5ErkJggg==', 'base64')
/** Two pages with a line each, and a script that must not run. */
const pdf = Buffer.from(`%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R/OpenAction<</S/JavaScript/JS(app.alert\\("ran"\\); this.getURL\\("https://elsewhere.example/"\\))>>>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R 5 0 R]/Count 2>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 400]/Contents 4 0 R/Resources<</Font<</F 7 0 R>>>>>>endobj
4 0 obj<</Length 44>>stream
BT /F 18 Tf 30 350 Td (Discharge letter) Tj ET
endstream endobj
5 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 400]/Contents 6 0 R/Resources<</Font<</F 7 0 R>>>>>>endobj
6 0 obj<</Length 46>>stream
BT /F 18 Tf 30 350 Td (Take 10 mg at night) Tj ET
endstream endobj
7 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj
trailer<</Root 1 0 R>>
%%EOF
`)

describe.skipIf(chromiumPath === undefined)('files in a patient\'s record (needs Chromium)', () => {
  const stage = useStage()
  let record = ''

  it('an image is added with a check before it, seen in the panel, and refused to whom nobody shared it', async () => {
    const page = await stage.visit()
    await lookAroundAs(page, 'Dr Kim Min-jun')
    const patient = await openPatient(page)
    await page.getByRole('button', { name: 'Write', exact: true }).click()
    await page.getByRole('menuitem', { name: 'File or image' }).click()
    await page.getByRole('heading', { name: 'Add a file' }).waitFor()
    await settled(page)
    const found = [...(await axeInAllLooks(page, async ({ language }) => (language === 'ko' ? await foreignWords(page) : [])))]

    await choose(page, 'empty.png', 'image/png', Buffer.alloc(0))
    await page.getByText('The file is empty.').waitFor()
    await choose(page, 'scan.png', 'image/png', png)
    await page.getByRole('button', { name: 'Sign and add' }).click()
    await page.getByText('Say what it is.').waitFor()
    found.push(...(await axeInAllLooks(page)))
    await page.getByLabel('What is it?').fill('흉부 영상')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Added to the record' }).waitFor()
    found.push(...(await axeInAllLooks(page)))
    await page.getByRole('link', { name: 'Open the record' }).click()
    await page.getByRole('button', { name: 'Show', exact: true }).waitFor()
    record = new URL(page.url()).searchParams.get('record') ?? ''
    await page.getByRole('button', { name: 'Show', exact: true }).click()
    await page.getByRole('img', { name: 'Image: 흉부 영상' }).waitFor()
    await expect.poll(() => page.evaluate("document.querySelector('.cl-attachment-image').naturalWidth")).toBe(2)
    await settled(page)
    found.push(...(await axeInAllLooks(page, async ({ language }) => (language === 'ko' ? await foreignWords(page) : []))))

    await switchTo(page, 'Dr Park Ji-woo')
    await page.getByText('Not shared with you', { exact: true }).first().waitFor()
    expect([await page.getByRole('button', { name: 'Show', exact: true }).count(), await page.locator('.cl-attachment-image').count()]).toEqual([0, 0])
    await go(page, `/patients/${patient}/attachments/new`)
    expect(await page.locator('.cl-drop-input').count()).toBe(0)
    expect(found).toEqual([])
  }, 240_000)

  it('a PDF of some MB goes in with progress, is read page by page with nothing in it running, and comes out byte for byte, on a phone', async () => {
    const page = await stage.visit({ scheme: 'dark', device: 'phone', language: 'en' })
    await lookAroundAs(page, 'Dr Kim Min-jun')
    const patient = await openPatient(page)
    await go(page, `/patients/${patient}/attachments/new`)
    const bytes = Buffer.concat([pdf, randomBytes(12_000_000)])
    const path = join(tmpdir(), `careledger-report-${process.pid}.pdf`)
    writeFileSync(path, bytes)
    await page.evaluate("window.seen = []; new MutationObserver(() => window.seen.push(document.querySelector('.cl-region')?.innerText ?? '')).observe(document.querySelector('main'), { subtree: true, childList: true, characterData: true })")
    await page.locator('.cl-drop-input').first().setInputFiles(path)
    await page.getByLabel('What is it?').fill('Discharge letter')
    await page.getByRole('button', { name: 'Sign and add' }).click()
    await page.getByRole('heading', { name: 'Added to the record' }).waitFor()
    expect(((await page.evaluate('window.seen')) as readonly string[]).join('\n')).toMatch(/Reading the file on this device[^]*of 12 MB[^]*Sending/)
    let spoke = false
    page.on('dialog', () => { spoke = true })
    await page.getByRole('link', { name: 'Open the record' }).click()
    await page.getByRole('button', { name: 'Show', exact: true }).click()
    await page.getByRole('img', { name: 'Discharge letter, page 1 of 2' }).locator('canvas').waitFor()
    await page.getByText('Text of this page').click()
    await page.locator('.cl-viewer-text', { hasText: 'Discharge letter' }).waitFor()
    const found = [...(await axeInAllLooks(page, async ({ language }) => (language === 'ko' ? (await foreignWords(page)).filter((word) => !['Discharge', 'letter'].includes(word)) : [])))]
    await page.setViewportSize({ width: 360, height: 800 })
    expect(await scrollsSideways(page, 360)).toBe(false)
    await page.getByRole('region', { name: 'Document: Discharge letter' }).focus()
    await page.keyboard.press('ArrowRight')
    await page.locator('.cl-viewer-text', { hasText: 'Take 10 mg at night' }).waitFor()
    const widthOf = (): Promise<unknown> => page.evaluate("document.querySelector('.cl-viewer canvas').clientWidth")
    const fitting = (await widthOf()) as number
    await page.keyboard.press('Equal')
    await expect.poll(widthOf).toBeGreaterThan(fitting)
    await page.keyboard.press('Digit0')
    await expect.poll(widthOf).toBe(fitting)
    await page.getByRole('combobox', { name: 'Page' }).selectOption('1')
    await page.getByRole('img', { name: 'page 1 of 2' }).waitFor()
    expect([found, spoke]).toEqual([[], false])
    const [saved] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Save a copy' }).click()])
    expect([saved.suggestedFilename(), hashOf(readFileSync(await saved.path()))]).toEqual(['Discharge letter.pdf', hashOf(bytes)])
    expect(await axeFindings(page)).toEqual([])

    await page.getByRole('link', { name: 'Proof of this file' }).click()
    await page.locator('.cl-raw summary').click()
    const [proof] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download the proof' }).click()])
    await go(page, '/verify')
    await page.locator('.cl-drop-input').first().setInputFiles(await proof.path())
    const beside = page.locator('.cl-drop-input').nth(1)
    await beside.setInputFiles({ name: 'other.pdf', mimeType: 'application/pdf', buffer: pdf })
    await page.getByText('The document is another one than was signed.').waitFor()
    await beside.setInputFiles(path)
    await page.getByText('The document is, byte for byte, the one that was signed.').waitFor()
    expect(await axeFindings(page)).toEqual([])
    rmSync(path)
  }, 120_000)

  it('a large file that was cut off is listed after a new visit, and goes on with the same file only', async () => {
    const page = await stage.visit()
    await lookAroundAs(page, 'Dr Kim Min-jun')
    const patient = await openPatient(page)
    await go(page, `/patients/${patient}/attachments/new`)
    const path = join(tmpdir(), `careledger-scan-${process.pid}.dcm`)
    writeFileSync(path, randomBytes(20_000_000))
    // Nobody answers any more behind the first part.
    const hung = new Promise<void>((resolve) => void page.route('**/attachments/*', (route) => {
      if (route.request().method() === 'PATCH' && route.request().headers()['upload-offset'] !== '0') return resolve()
      return route.continue()
    }))
    await page.locator('.cl-drop-input').first().setInputFiles(path)
    await page.getByLabel('What is it?').fill('CT of the chest')
    await page.getByRole('button', { name: 'Sign and add' }).click()
    await hung
    await page.getByRole('button', { name: 'Stop' }).click()
    await page.getByText('8.4 of 20.0 MB sent').waitFor()
    const found = [...(await axeInAllLooks(page, async ({ language }) => (language === 'ko' ? (await foreignWords(page)).filter((word) => !['CT', 'of', 'the', 'chest'].includes(word)) : [])))]
    const again = await stage.visit()
    await lookAroundAs(again, 'Dr Kim Min-jun')
    await go(again, `/patients/${patient}/attachments/new`)
    await again.getByRole('button', { name: 'Go on: CT of the chest' }).click()
    await choose(again, 'other.dcm', 'application/dicom', Buffer.alloc(10))
    await again.getByText('This is another file: its size is not the same.').waitFor()
    found.push(...(await axeFindings(again)))
    const offsets: (string | undefined)[] = []
    again.on('request', (request) => { if (request.method() === 'PATCH') offsets.push(request.headers()['upload-offset']) })
    await again.locator('.cl-drop-input').first().setInputFiles(path)
    await again.getByRole('heading', { name: 'Added to the record' }).waitFor()
    rmSync(path)
    expect(offsets).toEqual(['8388608', '16777216'])
    expect(found).toEqual([])
  }, 180_000)

  it('the patient sees the image, and who opened it', async () => {
    const page = await stage.visit()
    await lookAroundAs(page, 'Lee Seo-yeon')
    await go(page, `/me/record?record=${record}`)
    await page.getByRole('button', { name: 'Show', exact: true }).click()
    await page.getByRole('img', { name: 'Image: 흉부 영상' }).waitFor()
    await go(page, '/me/access')
    await expect.poll(() => page.locator('main').innerText()).toMatch(/Dr Kim Min-jun \(Seoul General Hospital\) opened/)
  }, 120_000)
})

const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** Opens the first patient; gives the handle. */
async function openPatient(page: Page): Promise<string> {
  await go(page, '/patients')
  await page.locator('.cl-row-link').first().click()
  await page.locator('.cl-banner').waitFor()
  await settled(page)
  return new URL(page.url()).pathname.split('/')[2] ?? ''
}

async function choose(page: Page, name: string, mimeType: string, buffer: Buffer): Promise<void> {
  await page.locator('.cl-drop-input').first().setInputFiles({ name, mimeType, buffer })
}
