import { readFile } from 'node:fs/promises'
import { createCareLedgerClient } from '@careledger/client'
import { fromBase64url, toBase64url, utf8, verifyProof } from '@careledger/proof'
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { axeFindings, axeInAllLooks, chromiumPath, go, lookAroundAs, settled, switchTo } from '../testing/browser.ts'
import { useStage } from '../testing/stage.ts'

/** What only the ledger's own evidence or a question to the platform can settle; everything else is computed in the browser. */
const askable = ['revocation', 'anchor', 'superseded']

describe.skipIf(chromiumPath === undefined)('proofs in the browser (needs Chromium)', () => {
  const stage = useStage()
  let proof = ''

  it('computes every step here, catches a changed letter without a network, and hands out a file that others can check', async () => {
    const page = await stage.visit()
    await lookAroundAs(page, 'Lee Seo-yeon')
    await page.getByRole('link', { name: 'My record', exact: true }).click()
    await page.locator('.cl-row-link', { hasText: 'Haemoglobin' }).first().click()
    await page.getByRole('tab', { name: 'Proof' }).click()
    await page.locator('.cl-steps').waitFor()
    const steps = await outcomes(page, '.cl-panel .cl-steps')
    expect(steps.filter(([, outcome]) => outcome === 'fail')).toEqual([])
    expect(steps.filter(([name, outcome]) => outcome !== 'pass' && !askable.includes(name))).toEqual([])
    expect(steps).toHaveLength(11)
    expect(await page.locator('.cl-proof-head').innerText()).toMatch(/Proven\s+Nothing was changed\. Dr Kim Min-jun signed it\./)
    expect(await page.locator('.cl-table tr[data-current] .cl-badge').innerText()).toBe('Proven')

    await page.context().setOffline(true)
    await page.getByRole('button', { name: 'Change one letter and check' }).click()
    await page.getByText(/^Caught\. In the copy “.+” became “.+” at byte/).waitFor()
    const cheated = await outcomes(page, '.cl-cheat-result .cl-steps')
    expect(cheated.filter(([, outcome]) => outcome === 'fail')).toEqual([['commitment', 'fail']])
    await page.context().setOffline(false)
    await page.locator('.cl-raw > summary').click()
    const found = [...(await axeInAllLooks(page))]
    const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download the proof' }).click()])
    expect(file.suggestedFilename()).toMatch(/^[0-9a-f-]{36}\.careledger-proof\.json$/)
    proof = await readFile(await file.path(), 'utf8')
    const { origin, logKey, root, witnesses, witnessThreshold } = await createCareLedgerClient({ url: stage.url }).platform.trust.query({})
    expect((await verifyProof(utf8(proof), { logs: [{ origin, key: logKey }], root, witnesses, witnessThreshold })).valid).toBe(true)
    await page.getByRole('tab', { name: 'FHIR source' }).click()
    await page.getByText('The exact bytes that were signed').waitFor()
    found.push(...(await axeFindings(page)))
    await go(page, `/proofs/${file.suggestedFilename().slice(0, 36)}`)
    await page.locator('.cl-proof-head[data-valid="true"]').waitFor()
    expect([...found, ...(await axeFindings(page))]).toEqual([])
  }, 120_000)

  it('checks all proofs of the list in one press', async () => {
    const page = await stage.visit({ scheme: 'dark', device: 'phone', language: 'ko' })
    await lookAroundAs(page, 'Choi Ha-jun')
    await go(page, '/me/record?kind=Condition')
    await page.getByRole('button', { name: '전체' }).waitFor()
    await page.getByRole('button', { name: '증명 2건 모두 확인하기' }).click()
    await page.getByText('이 브라우저에서 증명 2건을 확인했고 모두 맞습니다.').waitFor()
    expect(await page.locator('.cl-table .cl-badge').allInnerTexts()).toEqual(['증명됨', '증명됨'])
  }, 60_000)

  it('verifies a file for anybody, signed out and offline: whole, tampered, and not a proof at all', async () => {
    const page = await stage.visit()
    await page.getByRole('link', { name: 'Verify a proof file' }).click()
    await settled(page)
    await page.context().setOffline(true)
    const choose = (text: string): Promise<void> => page.locator('.cl-drop-input').setInputFiles({ name: 'file.json', mimeType: 'application/json', buffer: Buffer.from(text) })

    await choose(proof)
    await page.locator('.cl-proof-head[data-valid="true"]').waitFor()
    expect(await page.locator('main').innerText()).toContain('Haemoglobin')
    const found = [...(await axeInAllLooks(page))]

    await choose(tampered(proof))
    await page.locator('.cl-proof-head[data-valid="false"]').waitFor()
    expect(await page.locator('.cl-proof-head').innerText()).toContain('Step 2 does not hold')
    expect((await outcomes(page, '.cl-steps')).find(([, outcome]) => outcome === 'fail')?.[0]).toBe('commitment')
    found.push(...(await axeFindings(page)))

    await choose('{"not": "a proof"}')
    await page.getByText('This is not a proof file').waitFor()
    expect(found).toEqual([])
  }, 120_000)

  it('signs in with a key file of one’s own, and says what is wrong with another file', async () => {
    const { items: people } = await createCareLedgerClient({ url: stage.url }).demo.people.query({})
    const key = people.find(({ name }) => name === 'Dr Park Ji-woo')?.key
    const page = await stage.visit({ scheme: 'light', device: 'phone', language: 'en' })
    await page.getByRole('link', { name: 'Use my own key' }).click()
    const choose = (value: unknown): Promise<void> => page.locator('.cl-drop-input').setInputFiles({ name: 'key.json', mimeType: 'application/json', buffer: Buffer.from(JSON.stringify(value)) })
    await choose({ kty: 'EC' })
    expect(await page.getByRole('alert').innerText()).toBe('This file is not a private key in JWK form.')
    const stranger = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign'])
    await choose(await crypto.subtle.exportKey('jwk', stranger.privateKey))
    await page.getByText('This key is not known here.').waitFor()
    expect(await axeFindings(page)).toEqual([])
    await choose(key)
    await page.waitForURL(/\/patients$/)
    await page.reload()
    await page.locator('.cl-person', { hasText: 'Dr Park Ji-woo' }).waitFor()
    expect(await page.evaluate(`new Promise((done) => { indexedDB.open('careledger').onsuccess = ({ target }) => { target.result.transaction('keys').objectStore('keys').getAll().onsuccess = ({ target: { result } }) => done(result.map(({ privateKey }) => privateKey.extractable)) } })`)).toEqual([false, false])
    await go(page, '/me/keys')
    await page.locator('.cl-line', { hasText: 'this device' }).waitFor()
    expect(JSON.stringify(await page.evaluate('({ ...localStorage })'))).not.toContain(String(key?.d))
    await switchTo(page, 'Lee Seo-yeon')
    await page.locator('.cl-line', { hasText: 'this device' }).waitFor()
    await page.locator('.cl-person').click()
    await page.getByRole('menuitem', { name: 'Sign out' }).click()
    await page.getByRole('button', { name: 'Lee Seo-yeon' }).waitFor()
    await page.goto('/me/record')
    await page.getByText('You are signed out.').waitFor()
  }, 120_000)
})

/** Name and outcome of each step, in order. */
async function outcomes(page: Page, steps: string): Promise<readonly (readonly [string, string])[]> {
  return (await page.evaluate(`[...document.querySelectorAll(${JSON.stringify(`${steps} > li`)})].map((one) => [one.dataset.step, one.dataset.outcome])`)) as readonly (readonly [string, string])[]
}

/** The proof file with one digit of the record's content changed. */
function tampered(text: string): string {
  const { payload } = (JSON.parse(text) as { readonly opening: { readonly payload: string } }).opening
  const content = new TextDecoder().decode(fromBase64url(payload))
  return text.replace(payload, toBase64url(utf8(content.replace(/"value":\s*\d/, (found) => `${found.slice(0, -1)}${(Number(found.at(-1)) + 1) % 10}`))))
}
