import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { chromiumPath, go, launchBrowser, lookAroundAs, settled, switchTo, visit } from '../testing/browser.ts'
import { runApp, type RunningApp } from '../testing/running-app.ts'

describe.skipIf(chromiumPath === undefined)('what people do with it, in a browser (needs Chromium)', () => {
  let directory: string
  let app: RunningApp
  let browser: Browser
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'careledger-stories-'))
    app = await runApp(join(directory, 'data'))
    browser = await launchBrowser()
  }, 180_000)
  afterAll(async () => {
    await browser?.close()
    await app?.end('SIGKILL')
    rmSync(directory, { recursive: true, force: true })
  })

  it('a patient shares, the doctor reads, the patient sees it and stops; at every step the address refuses or opens in plain words', async () => {
    const { page, context, complaints } = await visit(browser, app.url)
    await lookAroundAs(page, 'Dr Kim Min-jun')
    await page.locator('.cl-row-link', { hasText: 'Lee' }).click()
    await page.locator('.cl-banner').waitFor()
    const address = new URL(page.url()).pathname
    expect(address).not.toMatch(/lee|seo/i)

    await switchTo(page, 'Dr Park Ji-woo')
    await page.getByText('Not shared with you').waitFor()
    expect(new URL(page.url()).pathname).toBe(address)
    expect(await page.locator('main').innerText()).not.toMatch(/Lee|Seo-yeon|\d+ records/)

    await switchTo(page, 'Lee Seo-yeon')
    await go(page, '/me/sharing/new')
    await page.getByRole('button', { name: 'Share for 30 days' }).click()
    await page.getByRole('alert').getByText('There is a problem').waitFor()
    await page.getByRole('button', { name: 'Dr Park Ji-woo' }).click()
    await page.getByRole('radio', { name: 'Only these kinds' }).check()
    await page.getByRole('checkbox', { name: 'Results' }).check()
    await page.getByRole('button', { name: 'Choose Why' }).click()
    await page.getByRole('radio', { name: 'To treat you' }).check()
    await page.getByRole('button', { name: 'Share for 30 days' }).click()
    await page.getByRole('heading', { name: 'Shared' }).waitFor()

    await switchTo(page, 'Dr Park Ji-woo')
    await go(page, address)
    await page.locator('.cl-table .cl-row-link').first().waitFor()
    expect(await page.locator('tr[data-type]:not([data-type="Observation"])').count()).toBe(0)
    await page.getByText('Why you see this').click()
    await page.getByText(/The patient shared it with you to treat you/).waitFor()

    await switchTo(page, 'Lee Seo-yeon')
    await go(page, '/me/access')
    await page.getByText(/Dr Park Ji-woo \(Busan Medical Centre\) asked for your record/).or(page.locator('[data-outcome="refused"]', { hasText: 'Dr Park Ji-woo' })).first().waitFor()
    await page.locator('[data-outcome="permitted"]', { hasText: 'Dr Park Ji-woo' }).getByText('allowed by your sharing').first().waitFor()
    await go(page, '/me/sharing')
    await page.locator('.cl-row-link', { hasText: 'Dr Park Ji-woo' }).first().click()
    await page.getByRole('button', { name: 'Stop sharing now' }).click()
    await page.getByText(/Stopped\. Dr Park Ji-woo can open nothing new/).waitFor()

    await switchTo(page, 'Dr Park Ji-woo')
    await go(page, address)
    await page.getByText('Not shared with you').waitFor()
    expect(complaints).toEqual([])
    await context.close()
  }, 180_000)

  it('a proof is checked step by step in the browser, catches a changed letter, and holds for a visitor who is not signed in', async () => {
    const { page, context } = await visit(browser, app.url)
    await lookAroundAs(page, 'Lee Seo-yeon')
    await go(page, '/me/record')
    await page.locator('.cl-row-link').first().click()
    await page.locator('[data-shortcut="proof"]').click()
    for (const step of ['parse', 'commitment', 'signature', 'leaf', 'inclusion', 'checkpoint', 'witnesses', 'credentials']) await page.locator(`.cl-steps [data-step="${step}"][data-outcome="pass"]`).waitFor()
    await page.getByRole('button', { name: 'Change one letter and check' }).click()
    await page.locator('.cl-cheat-result [data-step="commitment"][data-outcome="fail"]').waitFor()
    await page.getByText(/^Caught\./).waitFor()
    const file = await download(page, directory)
    await context.close()

    const stranger = await visit(browser, app.url)
    await go(stranger.page, '/verify')
    await stranger.page.locator('input[type="file"]').setInputFiles(file)
    await stranger.page.locator('.cl-proof-head[data-valid="true"]').waitFor()
    const spoilt = join(directory, 'spoilt.json')
    writeFileSync(spoilt, readFileSync(file, 'utf8').replace(/"index":(\d+)/, (_, index: string) => `"index":${Number(index) + 1}`))
    await stranger.page.locator('input[type="file"]').setInputFiles(spoilt)
    await stranger.page.locator('.cl-proof-head[data-valid="false"]').waitFor()
    writeFileSync(spoilt, '{"not":"a proof"}')
    await stranger.page.locator('input[type="file"]').setInputFiles(spoilt)
    await stranger.page.getByText('This is not a proof file').waitFor()
    expect(stranger.complaints).toEqual([])
    await stranger.context.close()
  }, 120_000)

  it('a clerk imports a bundle whole, and a bundle with a problem not at all', async () => {
    const { page, context, complaints } = await visit(browser, app.url)
    await lookAroundAs(page, 'Jung Su-bin')
    await go(page, '/import')
    const file = join(directory, 'bundle.json')
    writeFileSync(file, JSON.stringify(bundle({ status: 'finalish' })))
    await page.locator('input[type="file"]').setInputFiles(file)
    await page.getByText(/Nothing was imported: \d+ problem/).waitFor()
    await page.getByText('entry[1]').first().waitFor()

    writeFileSync(file, JSON.stringify(bundle({ status: 'final' })))
    await page.locator('input[type="file"]').setInputFiles(file)
    await page.getByRole('button', { name: 'Import all 2' }).click()
    await page.getByRole('heading', { name: 'Imported' }).waitFor()
    await page.getByText('2 of 2 on the ledger').waitFor()
    await page.getByRole('link', { name: 'Open the patient' }).click()
    await page.locator('.cl-banner', { hasText: 'Na-bi' }).waitFor()
    expect(complaints).toEqual([])
    await context.close()
  }, 120_000)

  it('a person is signed in again after a reload by the key the browser keeps, and signed out on request', async () => {
    const { page, context } = await visit(browser, app.url)
    await lookAroundAs(page, 'Han Do-yun')
    await page.reload()
    await page.locator('.cl-person', { hasText: 'Han Do-yun' }).waitFor()
    expect(new URL(page.url()).pathname).toBe('/platform')
    expect(await page.evaluate(`new Promise((done) => { const open = indexedDB.open('careledger'); open.onsuccess = () => { const all = open.result.transaction('keys').objectStore('keys').getAll(); all.onsuccess = () => done(all.result.every(({ privateKey }) => privateKey.extractable === false)) } })`)).toBe(true)
    await page.locator('.cl-person').click()
    await page.getByRole('menuitem', { name: 'Sign out' }).click()
    await page.getByRole('button', { name: 'Lee Seo-yeon' }).waitFor()
    await page.goto('/me/record')
    await page.getByText('You are signed out.').waitFor()
    await context.close()
  }, 60_000)

  it('a person with a key file of their own signs in with it, and a file that is no key is refused', async () => {
    const { page, context } = await visit(browser, app.url)
    const answer = (await (await fetch(`${app.url}/trpc/demo.people?input=%7B%7D`)).json()) as { readonly result: { readonly data: { readonly items: readonly { readonly name: string; readonly key: unknown }[] } } }
    const file = join(directory, 'key.json')
    writeFileSync(file, JSON.stringify(answer.result.data.items.find(({ name }) => name === 'Dr Park Ji-woo')?.key))
    await go(page, '/sign-in')
    await page.locator('input[type="file"]').setInputFiles({ name: 'other.json', mimeType: 'application/json', buffer: Buffer.from('{"kty":"EC"}') })
    await page.getByText('This file is not a private key in JWK form.').waitFor()
    await page.locator('input[type="file"]').setInputFiles(file)
    await page.locator('.cl-person', { hasText: 'Dr Park Ji-woo' }).waitFor()
    expect(new URL(page.url()).pathname).toBe('/patients')
    await context.close()
  }, 60_000)

  it('everything can be done with the keyboard, also while Korean is typed', async () => {
    const { page, context } = await visit(browser, app.url)
    await page.keyboard.press('Tab')
    expect(await page.evaluate('document.activeElement.className')).toBe('cl-skip')
    await page.keyboard.press('Enter')
    expect(await page.evaluate('document.activeElement.id')).toBe('main')
    await lookAroundAs(page, 'Lee Seo-yeon')
    await page.keyboard.press('KeyG')
    await page.keyboard.press('KeyR')
    await page.waitForURL('**/me/record')
    await settled(page)
    expect(await page.evaluate('document.activeElement.tagName')).toBe('H1')
    await page.keyboard.press('KeyJ')
    await page.keyboard.press('KeyJ')
    await page.keyboard.press('Enter')
    await page.locator('.cl-panel').waitFor()
    await settled(page)
    await page.keyboard.press('KeyP')
    await page.locator('.cl-steps').waitFor()
    await page.keyboard.press('Escape')
    await page.locator('.cl-panel').waitFor({ state: 'detached' })
    expect(await page.evaluate('document.activeElement.className')).toBe('cl-row-link')
    await page.keyboard.press('Control+KeyK')
    await page.getByRole('combobox').fill('sharing')
    await page.keyboard.press('Enter')
    await page.waitForURL('**/me/sharing')
    await page.evaluate(`document.dispatchEvent(new KeyboardEvent('keydown', { code: 'KeyG', key: 'ㅎ', bubbles: true })); document.dispatchEvent(new KeyboardEvent('keydown', { code: 'KeyA', key: 'ㅁ', bubbles: true }))`)
    await page.waitForURL('**/me/access')
    await context.close()
  }, 60_000)
})

async function download(page: Page, directory: string): Promise<string> {
  await page.locator('.cl-raw > summary').click()
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download the proof' }).click()])
  const path = join(directory, 'proof.json')
  await file.saveAs(path)
  return path
}

/** A small collection Bundle of a person who does not exist. */
function bundle({ status }: { readonly status: string }) {
  return {
    resourceType: 'Bundle', type: 'collection',
    entry: [
      { fullUrl: 'urn:uuid:0c1e0a3c-6a1c-4a0e-9a55-0b1f4d1c7a01', resource: { resourceType: 'Patient', id: 'na-bi', identifier: [{ system: 'https://seoul-general.example/patients', value: 'SG-900001' }], name: [{ family: 'Song', given: ['Na-bi'] }], gender: 'female', birthDate: '1990-02-01' } },
      { fullUrl: 'urn:uuid:0c1e0a3c-6a1c-4a0e-9a55-0b1f4d1c7a02', resource: { resourceType: 'Observation', id: 'weight', status, code: { text: 'Body weight' }, subject: { reference: 'urn:uuid:0c1e0a3c-6a1c-4a0e-9a55-0b1f4d1c7a01' }, effectiveDateTime: '2026-11-02', valueQuantity: { value: 61.5, unit: 'kg' } } },
    ],
  }
}
