import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { AxeResults, RunOptions } from 'axe-core'
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core'

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** Path of a Chromium on this machine; `undefined` where there is none, and browser tests are skipped by name. */
export const chromiumPath = process.env['CHROMIUM_PATH'] ?? places.find((path) => existsSync(path))

/**
 * Features that are off. The first two draw a list below an address bar that nobody sees, in a process of its own for each visitor, which takes
 * as long as loading our pages. The others are those that Playwright turns off, since the last list given to Chromium is the one that counts.
 */
const featuresOff = [
  'WebUIOmniboxPopup', 'WebUIOmniboxAimPopup',
  'AvoidUnnecessaryBeforeUnloadCheckSync', 'DestroyProfileOnBrowserClose', 'HttpsUpgrades', 'HttpsFirstBalancedModeAutoEnable', 'LensOverlay', 'MediaRouter', 'PaintHolding', 'ThirdPartyStoragePartitioning',
  'AvoidCorsURLLoaderRestartOnRedirect', 'OptimizationHints', 'NetworkTimeServiceQuerying', 'AimEnabled', 'PreconnectToSearch',
]

/** A browser that starts fresh and talks to nobody by itself. */
export function launchBrowser(): Promise<Browser> {
  if (chromiumPath === undefined) throw new TypeError('There is no Chromium on this machine.')
  const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', `--disable-features=${featuresOff.join(',')}`]
  return chromium.launch({ executablePath: chromiumPath, headless: true, args })
}

export interface Look {
  readonly scheme: 'light' | 'dark'
  readonly device: 'desktop' | 'phone'
  readonly language: 'en' | 'ko'
}

export const plainLook: Look = { scheme: 'light', device: 'desktop', language: 'en' }

export const viewports = { desktop: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } } as const

/** A page of its own visitor, with everything that went wrong on it. */
export interface Visit {
  readonly page: Page
  readonly context: BrowserContext
  /** Errors on the console, requests that left the origin, and patients' data in an address, a title or a request line. */
  readonly complaints: string[]
}

/** Data of the demo patients, which may stand in no address and no title. */
const personal = /seo-?yeon|ha-?jun|SG-204117|BM-118230|1965-07-14|1988-03-02/i
/** What the browser itself notes of a refusal, or of a network that a test took away. */
const expected = /status of (401|403|409)|ERR_INTERNET_DISCONNECTED/

export async function visit(browser: Browser, url: string, look: Look = plainLook): Promise<Visit> {
  const context = await browser.newContext({
    baseURL: url, colorScheme: look.scheme, locale: look.language === 'ko' ? 'ko-KR' : 'en-GB', timezoneId: 'Asia/Seoul', reducedMotion: 'reduce', acceptDownloads: true, viewport: viewports[look.device],
  })
  const complaints: string[] = []
  const complain = (what: string): void => { complaints.push(what) }
  const address = (what: string, value: string): void => { if (personal.test(decodeURIComponent(value))) complain(`Personal data in ${what}: ${value}`) }
  context.on('page', (page) => {
    page.on('console', (message) => {
      // A link that is over is answered 404, which browsers note in the console.
      const overLink = message.text().includes('status of 404') && message.location().url.includes('/shl/')
      if (message.type() === 'error' && !expected.test(message.text()) && !overLink) complain(`Console: ${message.text()}`)
    })
    page.on('pageerror', (error) => complain(`Thrown: ${error.message}`))
    page.on('framenavigated', (frame) => {
      address('an address', frame.url())
      void page.title().then((title) => address('a title', title), () => undefined)
    })
    page.on('request', (request) => {
      if (!request.url().startsWith(`${url}/`) && !/^(data|blob|about|chrome|chrome-extension):/.test(request.url())) complain(`Left the origin: ${request.url()}`)
      address('a request line', request.url())
    })
  })
  const page = await context.newPage()
  await page.goto('/')
  return { page, context, complaints }
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

/** Nothing is loading any more: two looks in a row find no skeleton and no line that waits. Fails after 30 s. */
export async function settled(page: Page): Promise<void> {
  await page.locator('h1').waitFor()
  const until = Date.now() + 30_000
  for (let rests = 0; rests < 2;) {
    await page.waitForTimeout(40)
    rests = (await page.evaluate("document.querySelector('.cl-loading, .cl-waiting') === null")) ? rests + 1 : 0
    if (Date.now() > until) throw new Error(`${new URL(page.url()).pathname} is still loading after 30 s.`)
  }
}

/** Rows of a table are alike; looking at a dozen finds what there is to find. */
const furtherRows = '.cl-table tbody tr:nth-child(n + 13)'
let axeSource: string | undefined
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

/**
 * What axe finds on the page as it stands, in a form that reads well when a test fails; with `only`, just that rule. axe is put into a
 * document once and runs there as it is: `@axe-core/playwright` puts it in anew at each call, which takes longer than the looking. The app
 * has no frames.
 */
export async function axeFindings(page: Page, only?: string): Promise<readonly string[]> {
  if (await page.evaluate("typeof axe === 'undefined'")) await page.evaluate((axeSource ??= readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8')))
  const options: RunOptions = { runOnly: only === undefined ? { type: 'tag', values: tags } : { type: 'rule', values: [only] }, resultTypes: ['violations'] }
  const violations = (await page.evaluate(`axe.run({ exclude: [[${JSON.stringify(furtherRows)}]] }, ${JSON.stringify(options)}).then(({ violations }) => violations)`)) as AxeResults['violations']
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.join(' ')} ${(node.failureSummary ?? '').replaceAll(/\s+/g, ' ')}`))
}

/**
 * The same page in its looks, without loading it anew: both sizes in both languages whole, and both sizes once more in dark (wide in
 * English, narrow in Korean), where only contrast can differ. Findings name the look. The page ends as it began.
 */
export async function axeInAllLooks(page: Page, inspect: (look: Look) => Promise<readonly string[]> = () => Promise.resolve([])): Promise<readonly string[]> {
  const found: string[] = []
  const began = await page.evaluate('document.documentElement.lang')
  for (const device of ['desktop', 'phone'] as const) {
    await page.setViewportSize(viewports[device])
    for (let turn = 0; turn < 2; turn += 1) {
      const language = (await page.evaluate('document.documentElement.lang')) as Look['language']
      for (const scheme of ['light', 'dark'] as const) {
        if (scheme === 'dark' && (device === 'desktop') !== (language === 'en')) continue
        await page.emulateMedia({ colorScheme: scheme })
        const look = { scheme, device, language }
        const findings = [...(await axeFindings(page, scheme === 'dark' ? 'color-contrast' : undefined)), ...(scheme === 'dark' ? [] : await inspect(look))]
        found.push(...findings.map((finding) => `${new URL(page.url()).pathname} ${scheme} ${device} ${language}: ${finding}`))
      }
      await page.emulateMedia({ colorScheme: 'light' })
      await page.evaluate("document.querySelector('.cl-language').click()")
    }
  }
  await page.setViewportSize(viewports.desktop)
  if ((await page.evaluate('document.documentElement.lang')) !== began) found.push('The language did not come back.')
  return found
}

/** Whether the page can be scrolled sideways at this width. */
export async function scrollsSideways(page: Page, width: number): Promise<boolean> {
  await page.setViewportSize({ width, height: 844 })
  return (await page.evaluate('document.documentElement.scrollWidth > innerWidth')) as boolean
}
