import { giveConsent, importBundle, openEpochKeys, proofFetcher, readDirect, readTrust, verifyProofText, withdrawConsent } from '@careledger/client'
import type { ConsentTerms } from '@careledger/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { smallBundle } from './__fixtures__/bundle.ts'
import { startInstance } from './__fixtures__/instance.ts'
import type { TestInstance } from './__fixtures__/instance.ts'

let instance: TestInstance
beforeAll(async () => {
  instance = await startInstance()
})
afterAll(() => instance.stop())

const inAYear = () => new Date(Date.now() + 300 * 86_400_000).toISOString()
const terms = (members: Partial<ConsentTerms> = {}): ConsentTerms => ({ grantee: 'doctor-b', purpose: 'treatment', expires: inAYear(), direct: false, ...members })

describe('a record on its whole way', () => {
  it('is imported, read, shared, refused, proven and read directly', async () => {
    const steps: string[] = []
    const clerk = await instance.as('clerk-a')
    const imported = await importBundle(clerk, smallBundle(), { linkTo: 'patient-a', wait: 'anchored', onProgress: ({ step }) => steps.push(step) })
    expect([imported.known, imported.ids.length, [...new Set(steps)]]).toEqual([false, 4, ['reading', 'checking', 'preparing', 'sealing', 'signing', 'sending', 'done']])
    expect(imported.receipts.every((receipt) => receipt.state === 'anchored')).toBe(true)

    const doctor = await instance.as('doctor-a')
    const list = await doctor.hospital.records.list.query({ patient: imported.patient })
    expect([list.items.length, list.counts, list.decision.rule]).toEqual([4, { Observation: 3, Patient: 1 }, 'custodian-staff'])
    const record = await doctor.hospital.records.read.query({ id: imported.ids[1] as string })
    expect(Buffer.from(record.opening.payload, 'base64url').toString()).toContain('"value": 80.10')

    const outsider = await instance.as('doctor-b')
    await expect(outsider.hospital.records.list.query({ patient: imported.patient })).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
    await expect(outsider.hospital.records.read.query({ id: imported.ids[1] as string })).rejects.toMatchObject({ code: 'NOT_ALLOWED' })

    const patient = await instance.as('patient-a')
    const [at] = (await patient.hospital.consents.subjects.query({})).items
    if (at === undefined) throw new Error('The patient has no record.')
    const consent = await giveConsent(patient, at, terms({ direct: true, sensitive: ['GDIS', 'HIV', 'PSY', 'R', 'SDV', 'SEX', 'STD', 'SUD'] }))
    const shared = await outsider.hospital.records.list.query({ patient: imported.patient })
    expect([shared.items.length, shared.decision.rule, shared.decision.consent]).toEqual([4, 'consent', consent.id])

    const { proof } = await outsider.hospital.records.proof.query({ id: imported.ids[1] as string })
    const trust = await readTrust(outsider)
    expect(await verifyProofText(proof, trust)).toMatchObject({ valid: true })
    expect(await verifyProofText(proof.replace('hospital-a', 'hospital-b'), trust)).toMatchObject({ valid: false })

    const { items: grants } = await outsider.hospital.grants.list.query({})
    const grant = grants[0]
    if (grant === undefined) throw new Error('No grant was handed out.')
    const epochs = await openEpochKeys(grant, instance.keyOf('doctor-b').jwk as never)
    const found = []
    const fetchProof = proofFetcher(outsider, grant.ledger)
    for await (const one of readDirect({ ledger: instance.ledger, stream: grant.stream, epochs, fetchProof, trust })) found.push(one)
    const direct = found.filter((one) => imported.ids.includes(one.proof?.file?.entry.id ?? ''))
    expect(direct.map((one) => one.outcome)).toEqual(['verified', 'verified', 'verified', 'verified'])
    expect(found.filter((one) => !direct.includes(one)).every((one) => one.outcome === 'not-shared')).toBe(true)

    await withdrawConsent(patient, at, consent.id)
    await expect(outsider.hospital.records.list.query({ patient: imported.patient })).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
    const seen = await patient.hospital.access.list.query({})
    expect(seen.items.some((item) => item.party === 'doctor-b' && item.decision.outcome === 'refused')).toBe(true)
    expect(seen.items.some((item) => item.party === 'doctor-b' && item.decision.rule === 'consent')).toBe(true)
  })

  it('is imported once however often the same entries arrive', async () => {
    const clerk = await instance.as('clerk-a')
    const first = await importBundle(clerk, smallBundle({ identifier: 'A-2' }))
    const second = await importBundle(clerk, smallBundle({ identifier: 'A-2', observations: 1 }))
    expect([first.known, second.known, second.patient]).toEqual([false, true, first.patient])
    const again = await importBundle(clerk, smallBundle({ identifier: 'A-2' }))
    expect([again.alreadyThere, again.receipts, again.ids]).toEqual([first.ids.length, [], first.ids])
  })

  it('serves its log to monitors: checkpoint and tiles', async () => {
    const note = await (await fetch(`${instance.url}/log/checkpoint`)).text()
    const size = Number(note.split('\n')[1])
    expect(note.startsWith('careledger.test/log/0\n')).toBe(true)
    const tile = await fetch(`${instance.url}/log/tile/0/000.p/${size}`)
    expect([tile.status, (await tile.arrayBuffer()).byteLength, tile.headers.get('access-control-allow-origin')]).toEqual([200, size * 32, '*'])
    const bundle = await fetch(`${instance.url}/log/tile/entries/000.p/${size}`)
    expect((await bundle.arrayBuffer()).byteLength).toBe(size * 34)
    expect((await fetch(`${instance.url}/log/tile/0/000`)).status).toBe(404)
    expect((await fetch(`${instance.url}/log/tile/0/000.p/256`)).status).toBe(404)
  })

  it('leaves nothing of the patient in logs, metrics or the answers to strangers', async () => {
    const metrics = await (await fetch(`${instance.url}/metrics`)).text()
    for (const text of [instance.lines.join('\n'), metrics]) expect(text).not.toMatch(/Canary|Wilhelmina|1970-01-02|urn:example:mrn/)
    expect(metrics).toContain('careledger_operations_total{operation="hospital.records.list",outcome="NOT_ALLOWED"} 2')
  })
})
