import type { Page } from 'playwright-core'
import { go, settled, type Look } from '../testing/browser.ts'

/** One picture: whose screen, where, and how it is looked at. Their order is the order of docs/screens.md. */
export interface Screen {
  /** Name of the file. */
  readonly name: string
  readonly title: string
  /** What to look at, in a sentence. */
  readonly says: string
  /** A demo person's name; absent: nobody is signed in. */
  readonly who?: string
  readonly path: string
  readonly look?: Partial<Look>
  /** What is done before the picture is taken. */
  readonly then?: (page: Page) => Promise<void>
}

/** The first patient of the list, and from there one of the views of the chart. */
const openChart = (view?: string) => async (page: Page): Promise<void> => {
  await page.locator('.cl-row-link').first().click()
  await page.waitForURL((url) => /^\/patients\/[0-9a-f-]{36}/.test(url.pathname))
  await settled(page)
  if (view !== undefined) await go(page, `${new URL(page.url()).pathname.split('/').slice(0, 3).join('/')}/${view}`)
}

const openText = (text: string) => async (page: Page): Promise<void> => {
  await page.locator('.cl-row-link', { hasText: text }).first().click()
  await page.locator('.cl-panel').waitFor()
  await settled(page)
}

const patient = 'Lee Seo-yeon'
const doctor = 'Dr Kim Min-jun'
const clerk = 'Jung Su-bin'
const operator = 'Han Do-yun'

export const screens: readonly Screen[] = [
  { name: 'welcome', title: 'Welcome', says: 'One click signs in as anybody of the demo; proofs, links and cards are checked without signing in.', path: '/' },
  { name: 'patient-home', title: 'A patient\'s home', says: 'Whether a result stands out, who looked, and with whom the record is shared.', who: patient, path: '/me' },
  { name: 'patient-home-phone-ko', title: 'The same on a phone, in Korean and dark', says: 'Five places in the bar at the thumb.', who: patient, path: '/me', look: { device: 'phone', language: 'ko', scheme: 'dark' } },
  { name: 'patient-result', title: 'What a result means', says: 'Value and word, the range that came with it, what changed, who signed it.', who: patient, path: '/me/record', then: openText('Haemoglobin A1c') },
  { name: 'patient-access', title: 'Who read it', says: 'Every reading and every refusal as a sentence.', who: patient, path: '/me/access' },
  { name: 'patient-share', title: 'Sharing', says: 'Five lines, each with its Change; nothing is shared before the button.', who: patient, path: '/me/sharing/new' },
  {
    name: 'patient-link', title: 'Showing a code', says: 'A SMART Health Link as QR code, beside the same link to copy.', who: patient, path: '/me/carry/link',
    then: async (page) => {
      await page.getByRole('button', { name: 'Make the code' }).click()
      await page.getByRole('img', { name: 'QR code of the link' }).waitFor()
    },
  },
  { name: 'patient-carry', title: 'Carry and show', says: 'Links that can be opened now, the other ways to carry a record, and what to do when a phone is lost.', who: patient, path: '/me/carry' },
  {
    name: 'patient-card', title: 'Health card', says: 'Vaccinations and results in one code that the hospital signs.', who: patient, path: '/me/carry/card', look: { device: 'phone' },
    then: async (page) => {
      await page.getByRole('checkbox', { name: 'Influenza' }).check()
      await page.getByRole('button', { name: 'Issue the card' }).click()
      await page.getByRole('img', { name: 'QR code of the health card' }).waitFor()
    },
  },
  { name: 'doctor-patients', title: 'A doctor\'s patients', says: 'Who may be read, and why.', who: doctor, path: '/patients' },
  { name: 'doctor-chart', title: 'A patient\'s chart', says: 'Allergies first, then the summary that a hospital can reorder.', who: doctor, path: '/patients', then: openChart() },
  { name: 'doctor-timeline', title: 'Timeline', says: 'Everything by visit, with filters.', who: doctor, path: '/patients', then: openChart('timeline') },
  { name: 'doctor-trends', title: 'Trends', says: 'Each result in the range that came with it.', who: doctor, path: '/patients', look: { scheme: 'dark' }, then: openChart('trends') },
  { name: 'doctor-chart-phone-ko', title: 'The chart on a phone, in Korean', says: 'The same data, one column.', who: doctor, path: '/patients', look: { device: 'phone', language: 'ko' }, then: openChart() },
  { name: 'doctor-write', title: 'Writing', says: 'A form for each kind; nothing is signed before the check page.', who: doctor, path: '/patients', then: openChart('write/vitals') },
  { name: 'doctor-import', title: 'Importing a bundle', says: 'Whole or not at all, with a preview.', who: doctor, path: '/import' },
  { name: 'patient-keys', title: 'My keys', says: 'Devices, sessions, guardians, and what to do when all keys are lost.', who: patient, path: '/me/keys' },
  { name: 'clerk-keeping', title: 'Keeping and erasing', says: 'Holds, periods, who is due, and erasures that wait for a second person.', who: clerk, path: '/keeping' },
  { name: 'privacy-reviews', title: 'Reviews of emergency access', says: 'Each opening of a record in an emergency, until somebody has closed it.', who: 'Yoon Hye-jin', path: '/privacy/reviews', look: { device: 'phone' } },
  { name: 'clerk-messages', title: 'Messages from other systems', says: 'What was taken in, and what is parked with its reason.', who: clerk, path: '/messages' },
  { name: 'show', title: 'Opening what somebody carries', says: 'A link, a card or a file, for anybody.', path: '/show' },
  { name: 'verify', title: 'Verifying a proof', says: 'On this device, against pinned keys.', path: '/verify', look: { scheme: 'dark' } },
  { name: 'operator-overview', title: 'The operator\'s overview', says: 'One sentence, then a row for each ledger.', who: operator, path: '/platform' },
  { name: 'operator-ledgers', title: 'Ledgers', says: 'Each network\'s way and state.', who: operator, path: '/platform/ledgers', look: { scheme: 'dark' } },
  { name: 'operator-log', title: 'The log', says: 'Newest entries and the checkpoint.', who: operator, path: '/platform/log' },
]

/** Brings a page to the screen. */
export async function showScreen(page: Page, { path, then }: Screen): Promise<void> {
  await go(page, path)
  await then?.(page)
  await settled(page)
}
