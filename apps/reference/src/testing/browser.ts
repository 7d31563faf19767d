import { existsSync } from 'node:fs'
import { AxeBuilder } from '@axe-core/playwright'
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core'

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** Path of a Chromium on this machine; `undefined` where there is none, and browser tests are skipped by name. */
export const chromiumPath = process.env['CHROMIUM_PATH'] ?? places.find((path) => existsSync(path))

/** A browser that starts fresh and talks to nobody by itself. */
export function launchBrowser(): Promise<Browser> {
  if (chromiumPath === undefined) throw new TypeError('There is no Chromium on this machine.')
  const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']
  return chromium.launch({ executablePath: chromiumPath, headless: true, args })
}

export interface Look {
  readonly scheme: 'light' | 'dark'
  readonly device: 'desktop' | 'phone'
  readonly language: 'en' | 'ko'
}

export const plainLook: Look = { scheme: 'light', device: 'desktop', language: 'en' }

/** A page of its own visitor, with everything it complained about and every address it asked outside the app. */
export interface Visit {
  readonly page: Page
  readonly context: BrowserContext
  readonly complaints: string[]
  readonly strangers: string[]
}

export async function visit(browser: Browser, url: string, look: Look = plainLook): Promise<Visit> {
  const context = await browser.newContext({
    baseURL: url, colorScheme: look.scheme, locale: look.language === 'ko' ? 'ko-KR' : 'en-GB', timezoneId: 'Asia/Seoul', reducedMotion: 'reduce', acceptDownloads: true,
    viewport: look.device === 'phone' ? { width: 390, height: 844 } : { width: 1440, height: 900 },
  })
  const page = await context.newPage()
  const complaints: string[] = []
  const strangers: string[] = []
  page.on('console', (message) => { if (message.type() === 'error' && !/status of (401|403)/.test(message.text())) complaints.push(message.text()) })
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('request', (request) => { if (!request.url().startsWith(url) && !/^(data|blob):/.test(request.url())) strangers.push(request.url()) })
  await page.goto('/')
  return { page, context, complaints, strangers }
}

/** One click on the person's card; resolves on their home. */
export async function lookAroundAs(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name }).click()
  await page.waitForURL((url) => url.pathname !== '/')
  await settled(page)
}

/** Switches the person through the menu; the address stays. */
export async function switchTo(page: Page, name: string): Promise<void> {
  await page.locator('.cl-person').click()
  await page.getByRole('menuitem', { name }).click()
  await page.locator('.cl-person', { hasText: name }).waitFor()
  await settled(page)
}

/** Goes to an address inside the app without loading it anew. */
export async function go(page: Page, path: string): Promise<void> {
  await page.evaluate(`history.pushState(null, '', ${JSON.stringify(path)}); dispatchEvent(new PopStateEvent('popstate'))`)
  await settled(page)
}

/** Nothing is loading any more. */
export async function settled(page: Page): Promise<void> {
  await page.waitForTimeout(100)
  await page.locator('h1').waitFor()
  await page.locator('.cl-loading, .cl-waiting').first().waitFor({ state: 'detached' })
}

/**
 * What axe finds on the page as it stands, in a form that reads well when a test fails. Rows past the seventh of a table and lines past
 * the seventh of a list are built by the same code as those before, and left out for time.
 */
export async function axeFindings(page: Page): Promise<readonly string[]> {
  const { violations } = await new AxeBuilder({ page }).exclude('tbody tr:nth-child(n+8)').exclude('.cl-lines li:nth-child(n+8)').exclude('.cl-source').withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']).analyze()
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.join(' ')} ${(node.failureSummary ?? '').replaceAll(/\s+/g, ' ')}`))
}
