import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { axeFindings, chromiumPath, go, launchBrowser, lookAroundAs, settled, visit, type Look } from '../testing/browser.ts'
import { runApp, type RunningApp } from '../testing/running-app.ts'

/** Every scheme with every size, every size with every language, every language with every scheme. */
const looks: readonly Look[] = [
  { scheme: 'light', device: 'desktop', language: 'en' }, { scheme: 'dark', device: 'phone', language: 'en' },
  { scheme: 'light', device: 'phone', language: 'ko' }, { scheme: 'dark', device: 'desktop', language: 'ko' },
]
const screens = {
  'Lee Seo-yeon': ['/me', '/me/record', '/me/access', '/me/sharing', '/me/sharing/new', '/me/keys', '/platform'],
  'Dr Kim Min-jun': ['/patients', '/patients/find', '/import'],
  'Han Do-yun': ['/platform', '/platform/outbox', '/platform/log', '/platform/members', '/platform/health'],
} as const

describe.skipIf(chromiumPath === undefined)('every screen, in both schemes, sizes and languages (needs Chromium)', () => {
  let directory: string
  let app: RunningApp
  let browser: Browser
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'careledger-screens-'))
    app = await runApp(directory)
    browser = await launchBrowser()
  }, 180_000)
  afterAll(async () => {
    await browser?.close()
    await app?.end('SIGKILL')
    rmSync(directory, { recursive: true, force: true })
  })

  it.each(looks)('axe finds nothing: $scheme, $device, $language', async (look) => {
    const found: string[] = []
    for (const [name, paths] of Object.entries(screens)) {
      const { page, context, complaints, strangers } = await visit(browser, app.url, look)
      await settled(page)
      if (name === 'Lee Seo-yeon') found.push(...(await axeFindings(page)).map((finding) => `/ ${finding}`))
      await lookAroundAs(page, name)
      for (const path of paths) {
        await go(page, path)
        found.push(...(await axeFindings(page)).map((finding) => `${path} ${finding}`))
        if ((await page.locator('h1').count()) !== 1) found.push(`${path} has not one h1`)
        if (await page.evaluate('document.documentElement.scrollWidth > innerWidth')) found.push(`${path} scrolls sideways`)
        if (!/.+ · CareLedger$/.test(await page.title())) found.push(`${path} has the title ${await page.title()}`)
      }
      expect(await page.evaluate('document.documentElement.lang')).toBe(look.language)
      found.push(...complaints, ...strangers)
      await context.close()
    }
    expect(found).toEqual([])
  }, 240_000)

  it.each(looks)('axe finds nothing in the panels and the proof: $scheme, $device, $language', async (look) => {
    const { page, context, complaints } = await visit(browser, app.url, look)
    await lookAroundAs(page, 'Lee Seo-yeon')
    await go(page, '/me/record')
    const found: string[] = []
    await page.locator('.cl-row-link').first().click()
    await settled(page)
    found.push(...(await axeFindings(page)))
    await page.locator('[data-shortcut="proof"]').click()
    await page.locator('.cl-steps').waitFor()
    await page.locator('.cl-cheat button').click()
    await page.locator('.cl-cheat-result').waitFor()
    await page.locator('.cl-raw > summary').click()
    found.push(...(await axeFindings(page)))
    await go(page, '/verify')
    found.push(...(await axeFindings(page)))
    await page.locator('.cl-person').click()
    await page.getByRole('menu').waitFor()
    found.push(...(await axeFindings(page)))
    expect(found).toEqual([])
    expect(complaints).toEqual([])
    await context.close()
  }, 120_000)
})
