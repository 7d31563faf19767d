import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { axeInAllLooks, chromiumPath, go, lookAroundAs, scrollsSideways, settled, type Look } from '../testing/browser.ts'
import { foreignWords } from '../testing/korean.ts'
import { useStage } from '../testing/stage.ts'

/** Every screen that has an address, by who may open it; lists of records with one kind, for speed. `*` opens the first row of the list before it. */
const screens = [
  { who: 'nobody yet', paths: ['/', '/sign-in', '/verify', '/show', '/me', '/no-such-page'] },
  { who: 'Lee Seo-yeon', paths: ['/me', '/me/record?kind=Condition', '/me/access', '/me/sharing', '/me/sharing/new', '/me/carry/link', '/me/keys', '/platform'] },
  { who: 'Dr Kim Min-jun', paths: ['/patients', '*', '/patients/find', '/import'] },
  { who: 'Han Do-yun', paths: ['/platform', '/platform/ledgers', '/platform/ledgers/embedded', '/platform/ledgers/move/hospital', '/platform/outbox', '/platform/log', '/platform/members', '/platform/health'] },
] as const

describe.skipIf(chromiumPath === undefined)('every screen, light and dark, wide and narrow, English and Korean (needs Chromium)', () => {
  const stage = useStage()

  it.each(screens)('axe finds nothing, nothing scrolls sideways, one h1, Korean is Korean: $who', async ({ who, paths }) => {
    const page = await stage.visit()
    await settled(page)
    if (who !== 'nobody yet') await lookAroundAs(page, who)
    const found: string[] = []
    for (const path of paths) {
      if (path === '*') {
        await page.locator('.cl-row-link').first().click()
        await page.waitForURL(/summary/)
        await go(page, `${new URL(page.url()).pathname.replace('summary', 'everything')}?kind=Condition`)
      } else await go(page, path)
      found.push(...(await axeInAllLooks(page, (look) => inspect(page, look))))
      if (await scrollsSideways(page, 320)) found.push(`${path} scrolls sideways at 320 px`)
      await page.setViewportSize({ width: 1440, height: 900 })
    }
    expect(found).toEqual([])
  }, 240_000)
})

async function inspect(page: Page, { device, language }: Look): Promise<readonly string[]> {
  const found: string[] = []
  if ((await page.locator('h1').count()) !== 1) found.push('not one h1')
  if (!/.+ · CareLedger$/.test(await page.title())) found.push(`the title is ${await page.title()}`)
  if (await page.evaluate('document.documentElement.scrollWidth > innerWidth')) found.push('scrolls sideways')
  if (device === 'phone') {
    const small = (await page.evaluate(`[...document.querySelectorAll('main a:not(.cl-row-link), main button, nav a')].map((one) => ({ box: one.getBoundingClientRect(), words: one.textContent }))
      .filter(({ box }) => box.width > 0 && box.height > 0 && box.height < 24).map(({ words, box }) => words + ' ' + Math.round(box.height))`)) as readonly string[]
    found.push(...small.map((words) => `a target lower than 24 px: ${words}`))
  }
  if (language === 'ko') found.push(...(await foreignWords(page)).map((word) => `not Korean: ${word}`))
  return found
}
