import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createCareLedgerClient, importBundle, signerFromJwk, type CareLedgerClient } from '@careledger/client'
import { utf8 } from '@careledger/proof'
import type { Page } from 'playwright-core'
import { go, launchBrowser, lookAroundAs, plainLook, settled, visit, viewports } from '../testing/browser.ts'
import { runApp } from '../testing/running-app.ts'

/**
 * Opens an official R4 example of each type that a patient's record can hold, wide and narrow, takes a picture of each, and names what should
 * not be on a screen: raw values of a program, empty headings, what is cut off or scrolls sideways. Run by hand:
 * `node --conditions=@careledger/source apps/reference/src/screenshots/examples.ts <folder of the examples> <folder for the pictures> [type …]`.
 */
const [examples = '', pictures = '', ...only] = process.argv.slice(2)
/** Examples of each type; more of those that differ most among themselves. */
const each = (type: string): number => ({ Observation: 12, MedicationRequest: 4, DiagnosticReport: 4, Condition: 3, Procedure: 3, Encounter: 3 })[type] ?? 2

interface Example { readonly type: string, readonly id: string, readonly value: Record<string, unknown> }

const directory = mkdtempSync(join(tmpdir(), 'careledger-examples-'))
const [app, browser] = await Promise.all([runApp(directory), launchBrowser()])
try {
  mkdirSync(pictures, { recursive: true })
  const client = await signedIn('Dr Kim Min-jun')
  const patient = await importAll(client, chosen())
  for (const device of ['desktop', 'phone'] as const) {
    const { page, complaints } = await visit(browser, app.url, { ...plainLook, device, language: device === 'phone' ? 'ko' : 'en' })
    await lookAroundAs(page, 'Dr Kim Min-jun')
    if (device === 'phone') await page.setViewportSize({ width: 360, height: viewports.phone.height })
    for (const item of await recordsOf(client, patient)) {
      await go(page, `/patients/${patient}/timeline?record=${item.id}`)
      await page.locator('.cl-panel-body').waitFor()
      await settled(page)
      const found = await strange(page)
      const name = `${item.type}-${item.id.slice(-6)}-${device}`
      await page.locator('.cl-panel').screenshot({ path: join(pictures, `${name}.png`) })
      process.stdout.write(`${name} "${item.title}"${found.length === 0 ? '' : ` ← ${found.join('; ')}`}\n`)
    }
    for (const complaint of complaints) process.stdout.write(`${device}: ${complaint}\n`)
  }
} finally {
  await browser.close()
  await app.end('SIGINT')
  rmSync(directory, { recursive: true, force: true })
}

/** Of each type the first examples that are about one patient at most. */
function chosen(): readonly Example[] {
  const found: Example[] = []
  for (const name of readdirSync(examples).sort()) {
    if (!name.endsWith('.json') || /definition|valueset|codesystem|searchparam|conceptmap/i.test(name)) continue
    const value = JSON.parse(readFileSync(join(examples, name), 'utf8')) as Record<string, unknown>
    const [type, id] = [value['resourceType'], value['id']]
    if (typeof type !== 'string' || typeof id !== 'string' || ['Bundle', 'Parameters', 'Patient'].includes(type) || (only.length > 0 && !only.includes(type))) continue
    const patients = new Set([...JSON.stringify({ ...value, contained: undefined }).matchAll(/"reference":"Patient\/([A-Za-z0-9.-]{1,64})"/g)].map(([, one]) => one))
    if (patients.size === 1 && found.filter((one) => one.type === type).length < each(type)) found.push({ type, id, value })
  }
  return found
}

/** One patient's bundle of them: patients become one, what leads to what is not here leads outside. What an import refuses is named and left out. */
async function importAll(client: CareLedgerClient, all: readonly Example[]): Promise<string> {
  let rest = all
  for (;;) {
    const known = new Set(rest.map(({ type, id }) => `${type}/${id}`))
    const text = JSON.stringify(rest.map(({ type, id, value }) => ({ fullUrl: `https://examples.example/${type}/${id}`, resource: value })))
      .replaceAll(/"reference":"Patient\/[A-Za-z0-9.-]{1,64}"/g, '"reference":"Patient/one"')
      .replaceAll(/"reference":"([A-Z][A-Za-z]+\/[A-Za-z0-9.-]{1,64})(?:\/_history\/\w+)?"/g, (whole, to: string) => (to === 'Patient/one' || known.has(to) ? whole.replace(/\/_history\/\w+/, '') : `"reference":"https://elsewhere.example/${to}"`))
    const one = { fullUrl: 'https://examples.example/Patient/one', resource: { resourceType: 'Patient', id: 'one', identifier: [{ system: 'urn:example:mrn', value: 'R4-1' }], name: [{ family: 'Example', given: ['Eve'] }], birthDate: '1974-12-25' } }
    const bundle = `{"resourceType":"Bundle","type":"collection","entry":[${JSON.stringify(one)},${text.slice(1)}}`
    try {
      return (await importBundle(client, utf8(bundle))).patient
    } catch (thrown) {
      const problems = (thrown as { readonly details?: { readonly problems?: readonly { readonly path: string, readonly message: string }[] } }).details?.problems
      const bad = new Set((problems ?? []).flatMap(({ path }) => /entry\[(\d+)\]/.exec(path)?.[1] ?? []).map((place) => Number(place) - 1))
      if (bad.size === 0) throw thrown
      for (const { path, message } of problems ?? []) process.stdout.write(`refused: ${rest[Number(/entry\[(\d+)\]/.exec(path)?.[1] ?? 0) - 1]?.id} ${path} ${message}\n`)
      rest = rest.filter((_, place) => !bad.has(place))
    }
  }
}

async function recordsOf(client: CareLedgerClient, patient: string) {
  const items = []
  for (let after: string | undefined; ;) {
    const page = await client.hospital.records.list.query({ patient, limit: 100, ...(after !== undefined && { after }) })
    items.push(...page.items)
    if (page.next === undefined) return items.sort((a, b) => (a.type < b.type ? -1 : 1))
    after = page.next
  }
}

/** What should stand on no screen. */
async function strange(page: Page): Promise<readonly string[]> {
  const text = await page.locator('.cl-panel').innerText()
  const words = [...text.matchAll(/undefined|\[object|NaN|\bnull\b|Invalid Date|https?:\/\/(?:hl7|terminology|snomed|loinc)\S*|\d{4}-\d\d-\d\dT\S+/g)].map(([found]) => found)
  const shape = (await page.evaluate(`[...document.querySelectorAll('.cl-panel *')].flatMap((one) => {
    const cut = one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).overflowX === 'visible' && one.clientWidth > 0 && getComputedStyle(one).display !== 'inline' ? ['sticks out: ' + one.tagName + '.' + one.className] : []
    const empty = /^(H[1-6]|DT|DD|TH|SUMMARY)$/.test(one.tagName) && one.textContent.trim() === '' ? ['empty ' + one.tagName] : []
    return [...cut, ...empty]
  }).concat(document.documentElement.scrollWidth > innerWidth ? ['the page scrolls sideways'] : [])`)) as readonly string[]
  return [...new Set([...words, ...shape])]
}

async function signedIn(name: string): Promise<CareLedgerClient> {
  const client = createCareLedgerClient({ url: app.url })
  const { items } = await client.demo.people.query({})
  await client.signIn(await signerFromJwk(items.find((person) => person.name === name)?.key as never))
  return client
}
