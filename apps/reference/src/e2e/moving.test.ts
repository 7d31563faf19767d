import { readFileSync } from 'node:fs'
import { verifyContinuity } from '@careledger/proof'
import { describe, expect, it } from 'vitest'
import { axeInAllLooks, chromiumPath, go, lookAroundAs, settled } from '../testing/browser.ts'
import { foreignWords } from '../testing/korean.ts'
import { useStage } from '../testing/stage.ts'

const ledgers = {
  ledgers: { embedded: { kind: 'in-memory' }, second: { kind: 'in-memory' } },
  networks: { hospital: [{ ledger: 'embedded', way: 'indexed' }] },
}

describe.skipIf(chromiumPath === undefined)('moving a network (needs Chromium)', () => {
  const stage = useStage({ ledgers })

  it('shows the ledgers, counts what a move would do, moves, and proves in the browser that the log went on', async () => {
    const page = await stage.visit()
    const korean = async ({ language }: { readonly language: string }): Promise<readonly string[]> => (language === 'ko' ? foreignWords(page) : [])
    await lookAroundAs(page, 'Han Do-yun')
    await page.getByText('2 ledgers: reachable, and nothing waits.').waitFor()
    await page.getByRole('link', { name: 'Ledgers', exact: true }).click()
    await settled(page)
    await page.getByText('1 network on 2 ledgers; nothing moves.').waitFor()
    const table = page.getByRole('table', { name: 'Ledgers, what needs attention first' })
    expect(await table.locator('tbody tr').allInnerTexts()).toEqual([expect.stringMatching(/embedded[^]*hospital, every entry/), expect.stringMatching(/second[^]*nothing is written to it/)])
    expect(await table.getByRole('img').first().getAttribute('aria-label')).toMatch(/^Last 60 minutes: .*5\d without data$/)
    const found = [...(await axeInAllLooks(page, korean))]

    await page.getByRole('link', { name: 'second' }).click()
    await page.getByText('This ledger has no members that could be seen or changed from here.').waitFor()
    expect(await page.locator('.cl-panel').innerText()).toMatch(/not known: the ledger’s receipts do not say/)
    found.push(...(await axeInAllLooks(page, korean)))
    await page.keyboard.press('Escape')

    await page.getByRole('link', { name: 'Move hospital to another ledger' }).click()
    await page.getByText('Choose a ledger to see what the move will do.').waitFor()
    await page.getByRole('radio', { name: 'second' }).click()
    await page.getByRole('heading', { name: 'What will happen' }).waitFor()
    await settled(page)
    expect(await page.locator('main').innerText()).toMatch(/\d+ entries of hospital are copied to second; new ones go to both/)
    found.push(...(await axeInAllLooks(page, korean)))
    await page.getByRole('button', { name: 'Move to second' }).click()
    await page.getByText('The log of').waitFor({ timeout: 60_000 })
    await settled(page)
    expect(await page.locator('main').innerText()).toMatch(/hospital stands on second\. embedded gets nothing more\.[^]*records? compared[^]*Checked in this browser\.[^]*Proven/)
    found.push(...(await axeInAllLooks(page, korean)))

    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download the proof' }).click()])
    const trust = (await page.evaluate("fetch('/trpc/platform.trust', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' }).then((answer) => answer.json())")) as { result: { data: { origin: string; logKey: never } } }
    const { origin, logKey } = trust.result.data
    const { file } = await verifyContinuity(new Uint8Array(readFileSync(await download.path())), { logs: [{ origin, key: logKey }] })
    expect([file.network, file.from.ledger, file.to.ledger]).toEqual(['hospital', 'embedded', 'second'])

    await go(page, '/platform/ledgers')
    await page.getByText('says embedded; what was moved stays').waitFor()
    await page.getByRole('link', { name: 'hospital to second' }).waitFor()
    found.push(...(await axeInAllLooks(page, korean)))
    expect(found).toEqual([])
  }, 240_000)

  it('goes back, on a phone in the dark, by keyboard alone', async () => {
    const page = await stage.visit({ scheme: 'dark', device: 'phone', language: 'en' })
    await lookAroundAs(page, 'Han Do-yun')
    await go(page, '/platform/ledgers/move/hospital')
    await page.getByRole('radio', { name: 'embedded' }).focus()
    await page.keyboard.press('Space')
    const start = page.getByRole('button', { name: 'Move to embedded' })
    await start.waitFor()
    await start.focus()
    await page.keyboard.press('Enter')
    await page.getByText(/hospital stands on embedded\. second gets nothing more\./).waitFor({ timeout: 60_000 })
    expect(await page.locator('.cl-move-steps .cl-badge').allInnerTexts()).toEqual(['Done', 'Done', 'Done', 'Done', 'Done'])
  }, 120_000)
})
