import { randomBytes } from 'node:crypto'
import { instantText, sha256, toBase64url, utf8 } from '@careledger/proof'
import { beforeAll, describe, expect, it } from 'vitest'
import { erasePatient } from '../../maintenance/erase-patient.ts'
import { createHospitalWorld, dayMs, type Admitted, type HospitalWorld } from '../__fixtures__/hospital-world.ts'
import { listAccess } from '../access-list.ts'
import { createLink, LINK_ATTEMPTS, listLinks, stopLink, updateLink, type NewLink } from './links.ts'
import { openLink, readLinkFile, sweepLinks } from './resolve-link.ts'
import { carryTables, personalCarryTables } from './rows.ts'

const gone = { code: 'NOT_ALLOWED', message: 'This link is no longer shared, or never was.' }
const jwe = (contentType = 'application/fhir+json', size = 40): string => `${toBase64url(utf8(JSON.stringify({ alg: 'dir', enc: 'A256GCM', cty: contentType })))}..nonce.${'c'.repeat(size)}.tag`
const recipient = 'Dr Smith, Riverside Clinic'

let world: HospitalWorld
let ada: Admitted
beforeAll(async () => {
  world = await createHospitalWorld()
  ada = await world.admit({ person: world.people.ada, number: 'L-1' })
})

async function make(members: Partial<NewLink> = {}): Promise<string> {
  const link = toBase64url(sha256(new Uint8Array(randomBytes(32))))
  await createLink(world.parts, world.people.ada.actor, {
    patient: ada.patient, link, label: 'For the clinic', expires: instantText(new Date(world.clock.now.getTime() + dayMs)), longTerm: false, single: false, types: { Observation: 2 },
    files: [{ contentType: 'application/fhir+json', jwe: jwe() }], ...members,
  })
  return link
}
const open = (link: string, members: object = {}) => openLink(world.parts, { link, recipient, single: false, ...members })
const own = async (link: string) => (await listLinks(world.parts, world.people.ada.actor)).find((item) => item.link === link)

describe('a link', () => {
  it('gives its ciphertext to whoever holds it, and the patient sees under which name', async () => {
    const link = await make()
    const { status, files } = await open(link)
    expect([status, files]).toMatchObject(['finalized', [{ contentType: 'application/fhir+json', embedded: jwe() }]])
    expect(await own(link)).toMatchObject({ state: 'active', opened: 1, hasPasscode: false, uses: [{ recipient, outcome: 'opened' }] })
    const { items } = await listAccess(world.parts, world.people.ada.actor, { limit: 5 })
    expect(items.find((item) => item.link?.link === link)).toMatchObject({ operation: 'hospital.links.open', link: { recipient }, decision: { outcome: 'permitted', rule: 'link' } })
  })

  it('keeps neither its id, nor its passcode, nor the opener\'s name where the store could be read', async () => {
    const link = await make({ passcode: 'quite a secret' })
    await open(link, { passcode: 'quite a secret' })
    await world.parts.store.read(async (view) => {
      for (const table of Object.values(carryTables)) {
        for (const row of (await view.find({ table, limit: 1000 })).rows) expect(Buffer.from(row.value).toString('latin1') + JSON.stringify(row.indexes)).not.toMatch(/secret|Riverside|For the clinic/)
      }
      for (const { bytes } of (await view.decisions({ limit: 1000 })).rows) expect(Buffer.from(bytes).toString()).not.toMatch(/Riverside/)
    })
  })

  it('counts wrong passcodes for its whole life, however many come at once, and then opens for nobody', async () => {
    const link = await make({ passcode: '482913' })
    await expect(open(link)).rejects.toMatchObject({ code: 'NOT_ALLOWED', details: { limit: LINK_ATTEMPTS } })
    await expect(open(link, { passcode: '482913' })).resolves.toBeDefined()
    expect((await own(link))?.attemptsLeft).toBe(LINK_ATTEMPTS)
    const tries = await Promise.allSettled(Array.from({ length: 12 }, (_, n) => open(link, { passcode: `wrong-${n}` })))
    const remaining = tries.flatMap((one) => (one.status === 'rejected' && (one.reason as { details: { check?: string } }).details.check === 'passcode' ? [Number((one.reason as { details: { limit: number } }).details.limit)] : []))
    expect(remaining.sort()).toEqual([0, 1, 2, 3, 4])
    await expect(open(link, { passcode: '482913' })).rejects.toMatchObject(gone)
    expect((await own(link))?.uses.filter(({ outcome }) => outcome === 'wrong-passcode')).toHaveLength(LINK_ATTEMPTS)
  })

  it('is refused like one that never was once it is stopped; its files are gone and the refusal is seen', async () => {
    const link = await make()
    await stopLink(world.parts, world.people.ada.actor, { patient: ada.patient, link })
    await expect(open(link)).rejects.toMatchObject(gone)
    await expect(open(toBase64url(randomBytes(32)))).rejects.toMatchObject(gone)
    expect(await world.parts.store.read((view) => view.find({ table: carryTables.file, index: 'link', equals: link, limit: 10 }))).toMatchObject({ rows: [] })
    expect(await own(link)).toMatchObject({ state: 'stopped', uses: [{ outcome: 'no-longer-shared' }] })
    await expect(stopLink(world.parts, world.people.ada.actor, { patient: ada.patient, link })).resolves.toBeDefined()
  })

  it('is refused from the second on at which it ends, and its files are swept', async () => {
    const link = await make({ expires: instantText(new Date(world.clock.now.getTime() + 3_600_000)) })
    world.clock.now = new Date(world.clock.now.getTime() + 3_600_000)
    await expect(open(link)).rejects.toMatchObject(gone)
    expect((await own(link))?.state).toBe('expired')
    expect(await sweepLinks(world.parts)).toBeGreaterThanOrEqual(1)
    expect(await world.parts.store.read((view) => view.find({ table: carryTables.file, index: 'link', equals: link, limit: 10 }))).toMatchObject({ rows: [] })
    expect(await sweepLinks(world.parts)).toBe(0)
  })

  it('always ends: one without an end in reach, or with text that anybody can read, is not taken', async () => {
    const now = world.clock.now.getTime()
    for (const expires of [now - 1, now + 31 * dayMs]) await expect(make({ expires: instantText(new Date(expires)) })).rejects.toMatchObject({ code: 'INPUT_MALFORMED' })
    for (const text of ['{"resourceType":"Bundle"}', jwe('application/smart-health-card'), 'e30..a.b.c']) await expect(make({ files: [{ contentType: 'application/fhir+json', jwe: text }] })).rejects.toMatchObject({ code: 'INPUT_MALFORMED' })
    await expect(make({ single: true, passcode: '123456' })).rejects.toMatchObject({ code: 'INPUT_MALFORMED' })
  })

  it('names large files by place; the ticket opens that file for five minutes and no longer than the link', async () => {
    const link = await make({ files: [{ contentType: 'application/fhir+json', jwe: jwe('application/fhir+json', 500) }] })
    const { files: [file] } = await open(link, { embeddedLengthMax: 100 })
    const { n, ticket } = file?.place ?? { n: -1, ticket: '' }
    expect(await readLinkFile(world.parts, { link, n, ticket })).toBe(jwe('application/fhir+json', 500))
    await expect(readLinkFile(world.parts, { link, n: 1, ticket })).rejects.toMatchObject(gone)
    await expect(readLinkFile(world.parts, { link, n, ticket: ticket.replace(/^\d/, '9') })).rejects.toMatchObject(gone)
    world.clock.now = new Date(world.clock.now.getTime() + 5 * 60_000 + 1)
    await expect(readLinkFile(world.parts, { link, n, ticket })).rejects.toMatchObject(gone)
  })

  it('of one file is got directly and has no manifest, and the other way round', async () => {
    const [single, many] = [await make({ single: true }), await make()]
    expect((await open(single, { single: true })).files).toMatchObject([{ embedded: jwe() }])
    await expect(open(single)).rejects.toMatchObject(gone)
    await expect(open(many, { single: true })).rejects.toMatchObject(gone)
  })

  it('gets new content only where it is long-term', async () => {
    const files = [{ contentType: 'application/fhir+json', jwe: jwe('application/fhir+json', 77) }] as const
    const [long, short] = [await make({ longTerm: true }), await make()]
    await updateLink(world.parts, world.people.ada.actor, { patient: ada.patient, link: long, types: { Condition: 1 }, files })
    expect(await open(long)).toMatchObject({ status: 'can-change', files: [{ embedded: files[0].jwe }] })
    await expect(updateLink(world.parts, world.people.ada.actor, { patient: ada.patient, link: short, types: {}, files })).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
  })

  it('is made, listed and stopped by the patient alone, not even by the hospital', async () => {
    const link = await make()
    for (const member of [world.people.doctorA, world.people.bob]) {
      await expect(stopLink(world.parts, member.actor, { patient: ada.patient, link })).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
      expect(await listLinks(world.parts, member.actor)).toEqual([])
    }
    const bob = await world.admit({ person: world.people.bob, number: 'L-2' })
    await expect(stopLink(world.parts, world.people.bob.actor, { patient: bob.patient, link })).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
    await expect(open(link)).resolves.toBeDefined()
  })

  it('goes with the patient: after an erasure nothing of it is left, and it opens for nobody', async () => {
    const { clerkA, bob } = world.people
    const { patient, subject } = await world.admit({ person: bob, number: 'L-3' })
    const link = toBase64url(sha256(new Uint8Array(randomBytes(32))))
    await createLink(world.parts, bob.actor, { patient, link, label: 'x', expires: instantText(new Date(world.clock.now.getTime() + dayMs)), longTerm: false, single: false, types: {}, files: [{ contentType: 'application/fhir+json', jwe: jwe() }] })
    await open(link)
    await erasePatient(world.parts, { custodian: 'hospital-a', patient, subjects: [subject], signer: clerkA.signer, author: clerkA.author })
    await expect(open(link)).rejects.toMatchObject(gone)
    for (const table of personalCarryTables) expect(await world.parts.store.read((view) => view.find({ table, index: 'patient', equals: patient, limit: 10 }))).toMatchObject({ rows: [] })
  })
})
