import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { axeInAllLooks, chromiumPath, go, lookAroundAs, settled } from '../testing/browser.ts'
import { useStage } from '../testing/stage.ts'

/** An authenticator in the browser that verifies its user by itself, with or without a secret of its own for each passkey (PRF). */
async function addAuthenticator(page: Page, hasPrf: boolean): Promise<void> {
  const cdp = await page.context().newCDPSession(page)
  await cdp.send('WebAuthn.enable')
  await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: { protocol: 'ctap2', ctap2Version: 'ctap2_1', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true, hasPrf },
  } as never)
}

const main = (page: Page) => page.locator('main')
const lock = async (page: Page): Promise<void> => {
  await go(page, '/me/keys')
  await page.getByRole('button', { name: 'Lock this device with a passkey' }).click()
  await page.getByText('Done. From now on your passkey opens').waitFor()
}

describe.skipIf(chromiumPath === undefined)('passkeys and devices (needs Chromium)', () => {
  const stage = useStage()

  it('open a key without a secret of their own too, and only in the browser that keeps its other half', async () => {
    const page = await stage.visit()
    await addAuthenticator(page, false)
    await lookAroundAs(page, 'Jung Su-bin')
    await lock(page)
    expect(await main(page).innerText()).toContain('opened by a passkey, in this one browser')
    await page.reload()
    await main(page).getByRole('link', { name: 'Sign in', exact: true }).click()
    await page.getByRole('button', { name: 'Use a passkey' }).click()
    await page.waitForURL(/\/me\/keys$/)
    await page.evaluate('new Promise((done) => { indexedDB.deleteDatabase("careledger").onsuccess = done })')
    await page.reload()
    await page.getByText('This browser has lost your key').waitFor()
    await main(page).getByRole('link', { name: 'Sign in', exact: true }).click()
    await page.getByRole('button', { name: 'Use a passkey' }).click()
    await page.getByText('This browser no longer has its half of the key').waitFor()
  }, 120_000)

  it('let a new device in by its code, list where their person is signed in, and sign it out from afar', async () => {
    const [old, fresh] = [await stage.visit(), await stage.visit({ scheme: 'light', device: 'phone', language: 'en' })]
    await lookAroundAs(old, 'Lee Seo-yeon')
    await go(fresh, '/sign-in/device')
    await fresh.getByLabel('What do you call this device?').fill('My phone')
    await fresh.getByRole('button', { name: 'Show the code' }).click()
    const code = await fresh.locator('.cl-key-code').innerText()
    const found = [...(await axeInAllLooks(fresh))]
    await go(old, '/me/keys/add')
    await old.getByLabel('Code on the new device').fill('0000-0000-0000')
    await old.getByRole('button', { name: 'Look for the device' }).click()
    await old.getByText('No device shows this code now.').waitFor()
    found.push(...(await axeInAllLooks(old)))
    await old.getByLabel('Code on the new device').fill(code.toLowerCase().replaceAll('-', ' '))
    await old.getByRole('button', { name: 'Look for the device' }).click()
    await old.getByRole('heading', { name: 'Is this your device?' }).waitFor()
    expect(await main(old).innerText()).toMatch(new RegExp(`My phone.*${code}`, 's'))
    found.push(...(await axeInAllLooks(old)))
    await old.getByRole('button', { name: 'Add this device' }).click()
    await old.getByText('My phone can act for you from now on.').waitFor()
    await fresh.waitForURL(/\/me$/)
    await go(old, '/me/keys')
    await old.getByRole('button', { name: 'Sign out there: My phone' }).click()
    await old.getByText('One other session has ended.').waitFor()
    await go(fresh, '/me/record')
    await fresh.getByText('this session was ended from another device').waitFor()
    await settled(old)
    expect(found).toEqual([])
  }, 180_000)

  it('bring somebody back who lost them all by the guardians they chose, and tell them at once so that they can stop it', async () => {
    const [owner, guardian, lost] = [await stage.visit(), await stage.visit(), await stage.visit({ scheme: 'light', device: 'phone', language: 'en' })]
    await lookAroundAs(owner, 'Lee Seo-yeon')
    await go(owner, '/me/keys')
    await owner.getByRole('button', { name: 'Choose guardians' }).click()
    await owner.getByLabel('How do your guardians know you?').fill('Aunt Mi')
    await owner.getByLabel('Numbers of your guardians').fill('staff-e04b7f\nstaff-2a96d3\nnobody-here')
    await owner.getByRole('button', { name: 'Save my guardians' }).click()
    await owner.getByText("One of these numbers is nobody's here.").waitFor()
    const found = [...(await axeInAllLooks(owner))]
    await owner.getByLabel('Numbers of your guardians').fill('staff-e04b7f\nstaff-2a96d3')
    await owner.getByRole('button', { name: 'Save my guardians' }).click()
    await owner.getByText('2 of 2 guardians can let you in again, after 72 hours.').waitFor()

    await go(lost, '/sign-in/lost')
    await lost.getByRole('button', { name: 'Show the code' }).click()
    const code = await lost.locator('.cl-key-code').innerText()
    found.push(...(await axeInAllLooks(lost)))
    await lookAroundAs(guardian, 'Dr Park Ji-woo')
    await go(guardian, '/me/keys')
    await guardian.getByRole('button', { name: 'Help with a new key' }).click()
    await guardian.getByLabel('Code on the new device').fill(code)
    await guardian.getByRole('button', { name: 'Begin with this key' }).click()
    await guardian.getByText(`Somebody asks to let in the key ${code}.`).waitFor()
    found.push(...(await axeInAllLooks(guardian)))
    await lost.getByText('1 of 2 have confirmed.').waitFor()

    await owner.reload()
    await owner.getByRole('heading', { name: 'Somebody asks to let you in with a new key' }).waitFor()
    found.push(...(await axeInAllLooks(owner)))
    await owner.getByRole('button', { name: 'Stop it: this is not me' }).click()
    await owner.getByText('Stopped. The key was not let in.').waitFor()
    await lost.getByText('This request was stopped.').waitFor()
    expect(found).toEqual([])
  }, 180_000)

  it('let a patient choose who acts for them, who then opens the record in their own name, until it is ended', async () => {
    const [patient, friend] = [await stage.visit(), await stage.visit()]
    await lookAroundAs(patient, 'Lee Seo-yeon')
    await go(patient, '/me/care')
    await patient.getByRole('button', { name: 'Let somebody act for you' }).click()
    await patient.getByLabel('Their number').fill('Nobody!')
    await patient.getByRole('button', { name: 'Let them act for me' }).click()
    await patient.getByText('Enter the number of another person.').waitFor()
    const found = [...(await axeInAllLooks(patient))]
    await patient.getByLabel('Their number').fill('staff-e04b7f')
    await patient.getByRole('button', { name: 'Let them act for me' }).click()
    await patient.getByText('Done. They can act for you until').waitFor()
    await lookAroundAs(friend, 'Dr Park Ji-woo')
    await go(friend, '/me/care')
    await friend.getByRole('link', { name: 'Open the record' }).click()
    await friend.getByText('SG-204117').waitFor()
    await go(patient, '/me/access')
    expect(await patient.locator('.cl-line', { hasText: 'Dr Park Ji-woo' }).filter({ hasText: 'opened' }).first().innerText()).toContain('they act for you, in their own name')
    await go(patient, '/me/care')
    found.push(...(await axeInAllLooks(patient)))
    await patient.getByRole('button', { name: 'End it now: Dr Park Ji-woo' }).click()
    await patient.getByText('Ended. From this second on').waitFor()
    await friend.reload()
    await friend.getByText('Not shared with you').waitFor()
    expect(found).toEqual([])
  }, 180_000)

  it('lets somebody share for a patient in their own name: the check page, the receipt and the patient\'s list say so', async () => {
    const [patient, friend] = [await stage.visit(), await stage.visit({ scheme: 'light', device: 'phone', language: 'en' })]
    await lookAroundAs(patient, 'Lee Seo-yeon')
    await go(patient, '/me/care')
    await patient.getByRole('button', { name: 'Let somebody act for you' }).click()
    await patient.getByLabel('Their number').fill('patient-9c2187')
    await patient.getByRole('checkbox', { name: 'They may also share the record for me' }).check()
    await patient.getByRole('button', { name: 'Let them act for me' }).click()
    await patient.getByText('Done. They can act for you until').waitFor()

    await lookAroundAs(friend, 'Choi Ha-jun')
    // Whom one acts for stands beside one's own record and never in its place.
    await go(friend, '/me/record')
    await friend.getByText('Busan Medical Centre').first().waitFor()
    expect(await main(friend).innerText()).not.toContain('Seoul General Hospital')
    await go(friend, '/me/care')
    await friend.getByText('Lee Seo-yeon').waitFor()
    const found = [...(await axeInAllLooks(friend))]
    await friend.getByRole('link', { name: 'Share for them' }).click()
    await friend.getByText('For Lee Seo-yeon, as the person they chose, at Seoul General Hospital. You sign in your own name.').waitFor()
    const open = async (line: string): Promise<void> => {
      const button = friend.getByRole('button', { name: new RegExp(`^(?:Choose|Change|Done) ${line}$`) })
      if ((await button.getAttribute('aria-expanded')) === 'false') await button.click()
    }
    await open('Who')
    await friend.getByLabel('Name of a person or organisation').fill('Busan')
    await friend.getByRole('checkbox', { name: 'They may pass it on' }).check()
    await friend.locator('.cl-option', { hasText: 'Busan Medical Centre' }).first().click()
    await friend.getByRole('radio', { name: 'Everything' }).check()
    // Signed out meanwhile: what was begun is there again for the same person.
    const address = new URL(friend.url())
    await friend.locator('.cl-person').click()
    await friend.getByRole('menuitem', { name: 'Sign out' }).click()
    await lookAroundAs(friend, 'Choi Ha-jun')
    await go(friend, `${address.pathname}${address.search}`)
    await friend.getByText('They may pass it on to others by name.').waitFor()
    await open('Why')
    await friend.getByRole('radio', { name: 'To treat them' }).check()
    found.push(...(await axeInAllLooks(friend)))
    await friend.getByRole('button', { name: 'Share for 30 days' }).click()
    await friend.getByRole('heading', { name: 'Shared', level: 1 }).waitFor()
    await friend.getByText('For Lee Seo-yeon, as the person they chose').waitFor()
    await go(friend, `/me/care`)
    await friend.getByRole('link', { name: 'What is shared of them' }).click()
    await friend.getByText('You shared it, as the person they chose.').waitFor()
    found.push(...(await axeInAllLooks(friend)))
    await go(patient, '/me/sharing')
    await patient.locator('.cl-row-link', { hasText: 'Busan' }).first().click()
    await patient.getByText('patient-9c2187, whom you chose, shared it.').waitFor()
    found.push(...(await axeInAllLooks(patient)))
    await go(patient, '/me/access')
    await patient.locator('.cl-line', { hasText: 'patient-9c2187 shared your record for you' }).waitFor()

    const doctor = await stage.visit()
    await lookAroundAs(doctor, 'Dr Park Ji-woo')
    await go(doctor, '/patients')
    await doctor.locator('.cl-row-link', { hasText: 'Lee' }).first().click()
    await doctor.getByText('Why you see this').click()
    await doctor.getByRole('link', { name: 'Pass it on to somebody' }).click()
    await doctor.getByLabel('Name of a person or organisation').fill('Yoon')
    await doctor.locator('.cl-option', { hasText: 'Yoon Hye-jin' }).click()
    await doctor.getByRole('checkbox', { name: 'Results', exact: true }).check()
    found.push(...(await axeInAllLooks(doctor)))
    await doctor.getByRole('button', { name: 'Pass it on', exact: true }).click()
    await doctor.getByText('Passed on. The patient sees it.').waitFor()
    await go(patient, '/me')
    await go(patient, '/me/sharing')
    await patient.locator('.cl-row-link', { hasText: 'Yoon Hye-jin' }).click()
    await patient.getByText('Busan Medical Centre passed on what you share with them.').waitFor()
    await go(friend, `/me/care`)
    await friend.getByRole('link', { name: 'What is shared of them' }).click()
    await friend.getByRole('button', { name: 'Stop sharing now: Busan Medical Centre' }).click()
    // With the consent ends what was passed on of it.
    await expect.poll(async () => { await patient.reload(); await settled(patient); return patient.locator('.cl-panel').innerText() }, { timeout: 30_000 }).toContain('patient-9c2187, whom you chose, stopped it.')
    expect(found).toEqual([])
  }, 300_000)

  it('let an administrator begin for a colleague whom they have met; the colleague is told on every page and stops it', async () => {
    const [admin, doctor, lost] = [await stage.visit(), await stage.visit({ scheme: 'light', device: 'phone', language: 'en' }), await stage.visit({ scheme: 'light', device: 'phone', language: 'en' })]
    await go(lost, '/sign-in/lost')
    await lost.getByRole('button', { name: 'Show the code' }).click()
    const code = await lost.locator('.cl-key-code').innerText()
    await lookAroundAs(admin, 'Yoon Ji-ho')
    await go(admin, '/recovery')
    await admin.getByText('Nobody is being let in again').first().waitFor()
    await admin.getByLabel('Find a colleague by name').fill('Kim')
    await admin.locator('.cl-option', { hasText: 'Dr Kim Min-jun' }).click()
    await admin.getByRole('button', { name: 'Go on with their new device' }).click()
    await admin.getByText('Meet the person first.').waitFor()
    const found = [...(await axeInAllLooks(admin))]
    await admin.getByRole('checkbox', { name: 'I have met this person' }).check()
    await admin.getByRole('button', { name: 'Go on with their new device' }).click()
    await admin.getByLabel('Code on the new device').fill(code)
    await admin.getByRole('button', { name: 'Begin the wait' }).click()
    await admin.getByText('Begun. The person is told now.').waitFor()
    await admin.getByText('Waits. The new key can be used from').waitFor()
    found.push(...(await axeInAllLooks(admin)))
    await lookAroundAs(doctor, 'Dr Kim Min-jun')
    await doctor.getByRole('heading', { name: 'Somebody asks to let you in with a new key' }).waitFor()
    await doctor.getByRole('button', { name: 'Stop it: this is not me' }).click()
    await doctor.getByText('Stopped. The key was not let in.').waitFor()
    await admin.reload()
    await admin.getByText('Stopped. The key was not let in.').waitFor()
    await lost.getByText('This request was stopped.').waitFor()
    expect(found).toEqual([])
  }, 180_000)

  // Last: Choi Ha-jun's demo key is no good afterwards.
  it('lock a device, open it after a reload and after all storage was lost, and let the old key go', async () => {
    const page = await stage.visit()
    await addAuthenticator(page, true)
    await lookAroundAs(page, 'Choi Ha-jun')
    await lock(page)
    expect(await main(page).innerText()).toContain('opened by a passkey')
    // Why the key counts, up to who runs the network; and no way in by account where no provider is set.
    await page.getByText('runs this network and vouches for its organisations').first().waitFor()
    const found = [...(await axeInAllLooks(page))]

    await page.reload()
    await page.getByText('Your key on this device is locked.').waitFor()
    await main(page).getByRole('link', { name: 'Sign in', exact: true }).click()
    expect(await page.getByText('For staff. You can read').count()).toBe(0)
    found.push(...(await axeInAllLooks(page)))
    await page.getByRole('button', { name: 'Use a passkey' }).click()
    // Back to the page that the key was asked for on.
    await page.waitForURL(/\/me\/keys$/)

    // A browser that lost everything: the passkey gets the key back, for the instance keeps its ciphertext.
    await page.evaluate('localStorage.clear(); new Promise((done) => { indexedDB.deleteDatabase("careledger").onsuccess = done })')
    await page.goto('/sign-in')
    await page.getByRole('button', { name: 'Use a passkey' }).click()
    await page.waitForURL(/\/me$/)
    await go(page, '/me/keys')
    await page.getByRole('button', { name: 'Take out of use: A device without a name' }).click()
    await page.getByRole('button', { name: 'Take out of use now' }).click()
    await page.getByText('Revoked').first().waitFor()
    expect(found).toEqual([])
  }, 180_000)
})
