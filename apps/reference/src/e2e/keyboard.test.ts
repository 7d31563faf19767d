import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { axeInAllLooks, chromiumPath, go, lookAroundAs, scrollsSideways, settled } from '../testing/browser.ts'
import { useStage } from '../testing/stage.ts'

describe.skipIf(chromiumPath === undefined)('by keyboard, and on a narrow phone (needs Chromium)', () => {
  const stage = useStage()

  it('has a sensible tab order with a visible focus, and a skip link that works', async () => {
    const page = await stage.visit()
    await lookAroundAs(page, 'Lee Seo-yeon')
    await page.reload()
    await settled(page)
    const order: string[] = []
    for (let n = 0; n < 5; n += 1) {
      await page.keyboard.press('Tab')
      order.push(await focused(page))
      expect(await page.evaluate("(() => { const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement); return outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2 })()"), `the focus on ${order.at(-1)} is visible`).toBe(true)
    }
    expect(order).toEqual(['Skip to the content', 'CareLedger', 'Go to or do Ctrl K', '한국어', 'Use dark colours'])
    await page.reload()
    await settled(page)
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    expect(await page.evaluate('document.activeElement.id')).toBe('main')
    await page.keyboard.press('Tab')
    expect(await page.evaluate("document.activeElement.closest('main') !== null")).toBe(true)
  }, 60_000)

  it('moves through rows with j and k, also while the keyboard writes Korean; Enter opens, p shows the proof, Esc closes and returns', async () => {
    const page = await stage.visit()
    await lookAroundAs(page, 'Lee Seo-yeon')
    await page.evaluate("for (const [code, key] of [['KeyG', 'ㅎ'], ['KeyR', 'ㄱ']]) document.dispatchEvent(new KeyboardEvent('keydown', { code, key, bubbles: true }))")
    await page.waitForURL(/\/me\/record$/)
    await page.locator('.cl-row-link').first().waitFor()
    expect(await focused(page)).toBe('My record')
    await page.evaluate("document.dispatchEvent(new KeyboardEvent('keydown', { code: 'KeyJ', key: 'ㅓ', bubbles: true }))")
    await page.keyboard.press('j')
    await page.keyboard.press('j')
    await page.keyboard.press('k')
    const row = await focused(page)
    expect(row).toBe(await page.locator('.cl-row-link').nth(1).innerText())
    await page.keyboard.press('Enter')
    await page.getByRole('tab', { name: 'In words' }).waitFor()
    expect(await page.evaluate("document.activeElement.closest('.cl-panel-head') !== null")).toBe(true)
    await page.keyboard.press('p')
    await page.locator('.cl-steps').waitFor()
    await page.keyboard.press('Escape')
    await page.locator('.cl-panel').waitFor({ state: 'detached' })
    expect(await focused(page)).toBe(row)
  }, 60_000)

  it('goes anywhere from the palette, shows all keys, and switches single keys off', async () => {
    const page = await stage.visit()
    await lookAroundAs(page, 'Lee Seo-yeon')
    await page.keyboard.press('Control+k')
    const dialog = page.getByRole('dialog')
    await dialog.waitFor()
    const found = [...(await axeInAllLooks(page))]
    await page.keyboard.type('who read')
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/me\/access$/)
    await dialog.waitFor({ state: 'hidden' })
    await page.keyboard.press('?')
    await page.getByRole('dialog', { name: 'Keyboard' }).waitFor()
    found.push(...(await axeInAllLooks(page)))
    await page.getByRole('switch').click()
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'hidden' })
    await page.keyboard.press('g')
    await page.keyboard.press('h')
    await page.waitForTimeout(200)
    expect(new URL(page.url()).pathname).toBe('/me/access')
    await page.locator('.cl-person').click()
    await page.getByRole('menu').waitFor()
    found.push(...(await axeInAllLooks(page)))
    expect(found).toEqual([])
  }, 120_000)

  it('starts a page at its top, and on a phone returns from a record to the row it was opened from', async () => {
    const page = await stage.visit({ scheme: 'light', device: 'phone', language: 'en' })
    await lookAroundAs(page, 'Lee Seo-yeon')
    await go(page, '/me/record')
    const row = page.locator('.cl-row-link').nth(30)
    await row.click()
    await page.getByRole('tab', { name: 'In words' }).waitFor()
    expect(await page.evaluate('scrollY')).toBe(0)
    await page.getByRole('button', { name: 'Close' }).click()
    await page.locator('.cl-panel').waitFor({ state: 'detached' })
    expect(await focused(page)).toBe(await row.innerText())
    const place = await row.boundingBox()
    expect(place?.y).toBeGreaterThan(60)
    expect(place?.y).toBeLessThan(760)
    await page.getByRole('link', { name: 'Sharing', exact: true }).click()
    await page.getByRole('heading', { name: 'Sharing', level: 1 }).waitFor()
    expect(await page.evaluate('scrollY')).toBe(0)
  }, 60_000)

  it('opens everything on a phone 320 px wide without sideways scroll: panel, proof, menu, palette', async () => {
    const page = await stage.visit({ scheme: 'dark', device: 'phone', language: 'ko' })
    await lookAroundAs(page, 'Lee Seo-yeon')
    await go(page, '/me/record')
    await page.locator('.cl-row-link').first().click()
    await page.locator('[data-shortcut="proof"]').click()
    await page.locator('.cl-steps').waitFor()
    await page.locator('.cl-raw > summary').click()
    expect(await scrollsSideways(page, 320), 'proof').toBe(false)
    await page.locator('.cl-person').click()
    await page.getByRole('menu').waitFor()
    expect(await scrollsSideways(page, 320), 'menu').toBe(false)
    await page.keyboard.press('Escape')
    await page.keyboard.press('Control+k')
    await page.getByRole('dialog').waitFor()
    expect(await scrollsSideways(page, 320), 'palette').toBe(false)
  }, 60_000)
})

/** Label or words of what has the focus. */
async function focused(page: Page): Promise<string> {
  const words = (await page.evaluate("document.activeElement.getAttribute('aria-label') ?? document.activeElement.innerText")) as string
  return words.replaceAll(/\s+/g, ' ').trim()
}
