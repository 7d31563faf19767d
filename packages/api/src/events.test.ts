import { giveConsent, importBundle, withdrawConsent } from '@careledger/client'
import type { CareLedgerClient, LiveEvent, StreamItem } from '@careledger/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { smallBundle } from './__fixtures__/bundle.ts'
import { startInstance } from './__fixtures__/instance.ts'
import type { TestInstance } from './__fixtures__/instance.ts'

let instance: TestInstance
beforeAll(async () => {
  instance = await startInstance()
})
afterAll(() => instance.stop())

/** Follows a stream in the background. */
async function follow(client: CareLedgerClient, options: { readonly patient?: string; readonly after?: string } = {}) {
  const ending = new AbortController()
  const items: StreamItem[] = []
  const stream = client.events({ ...options, signal: ending.signal })
  const first = await stream.next()
  items.push(first.value as StreamItem)
  const done = (async () => {
    for await (const item of stream) items.push(item)
  })()
  const events = (): readonly LiveEvent[] => items.flatMap((item) => (item.kind === 'event' ? [item.event] : []))
  done.catch(() => undefined)
  return { items, events, done, async end() { ending.abort(); await done } }
}

const until = (check: () => boolean): Promise<void> => expect.poll(check, { timeout: 20_000, interval: 20 }).toBe(true)
const terms = () => ({ grantee: 'doctor-b', purpose: 'treatment' as const, expires: new Date(Date.now() + 86_400_000).toISOString(), direct: false })

describe('live events', () => {
  it('reach whoever may know of them, each decided as it is sent, and nobody else', async () => {
    const clerk = await instance.as('clerk-a')
    const imported = await importBundle(clerk, smallBundle({ identifier: 'E-1' }), { linkTo: 'patient-a', wait: 'sequenced' })
    const [patient, doctorA, doctorB] = [await instance.as('patient-a'), await instance.as('doctor-a'), await instance.as('doctor-b')]
    const streams = {
      patient: await follow(patient),
      staff: await follow(doctorA, { patient: imported.patient }),
      outsider: await follow(doctorB, { patient: imported.patient }),
      elsewhere: await follow(await instance.as('patient-b')),
    }
    const more = (observations: number) => importBundle(clerk, smallBundle({ identifier: 'E-1', observations }), { wait: 'sequenced' })
    await more(4)
    await until(() => streams.patient.events().some(({ kind }) => kind === 'record-created') && streams.staff.events().length > 0)
    expect(streams.staff.events()).toEqual([{ kind: 'record-created', id: expect.any(String) as string, patient: imported.patient, resourceType: 'Observation' }])

    // A consent opens the stream that is under way, and its withdrawal closes it.
    const [at] = (await patient.hospital.consents.subjects.query({})).items
    const consent = await giveConsent(patient, at!, terms(), { wait: 'sequenced' })
    await until(() => streams.outsider.events().some(({ kind }) => kind === 'consent-given'))
    await more(5)
    await until(() => streams.outsider.events().some(({ kind }) => kind === 'record-created'))
    await withdrawConsent(patient, at!, consent.id, { wait: 'sequenced' })
    await more(6)
    await until(() => streams.staff.events().length === 3)
    await expect(doctorB.hospital.records.list.query({ patient: imported.patient })).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
    // The patient is told of the refusal, which came after everything else.
    await until(() => streams.patient.events().filter(({ kind }) => kind === 'decision').length >= 3)
    const { items: access } = await patient.hospital.access.list.query({ limit: 100 })
    await until(() => streams.patient.events().some(({ id }) => id === access.find(({ party, decision }) => party === 'doctor-b' && decision.outcome === 'refused')?.id))
    expect(streams.outsider.events().map(({ kind }) => kind)).toEqual(['consent-given', 'record-created'])
    expect(streams.elsewhere.events()).toEqual([])
    // Being told is reading: the patient sees it, and is not told of it in turn.
    expect(access.filter(({ operation }) => operation === 'hospital.events.read').map(({ party }) => party).sort()).toEqual(['doctor-a', 'doctor-a', 'doctor-a', 'doctor-b', 'doctor-b'])
    for (const stream of Object.values(streams)) await stream.end()
  })

  it('resume behind the last one, and say nothing twice', async () => {
    const clerk = await instance.as('clerk-a')
    const place = await clerk.hospital.events.read.query({})
    const imported = await importBundle(clerk, smallBundle({ identifier: 'E-2' }), { wait: 'sequenced' })
    const doctor = await instance.as('doctor-a')
    const page = await doctor.hospital.events.read.query({ after: place.next, patient: imported.patient })
    expect(page.items.map(({ resourceType }) => resourceType).sort()).toEqual(['Observation', 'Observation', 'Observation', 'Patient'])
    expect((await doctor.hospital.events.read.query({ after: page.next, patient: imported.patient })).items).toEqual([])
    const stream = await follow(doctor, { after: place.next, patient: imported.patient })
    await until(() => stream.events().length === 4)
    expect(stream.events().map(({ id }) => id)).toEqual(page.items.map(({ id }) => id))
    await stream.end()
  })

  it('are refused without a token, bounded for each caller, and ended when the session is', async () => {
    expect((await fetch(`${instance.url}/events`)).status).toBe(401)
    const doctor = await instance.as('doctor-b')
    await expect(doctor.hospital.events.read.query({ after: 'nowhere' })).rejects.toMatchObject({ code: 'INPUT_MALFORMED' })
    const streams = []
    for (let n = 0; n < 6; n++) streams.push(await follow(doctor))
    const seventh = doctor.events()
    expect((await seventh.next()).value).toEqual({ kind: 'paused', code: 'RATE_LIMITED' })
    await seventh.return(undefined)
    for (const stream of streams) await stream.end()

    const leaving = await instance.as('doctor-b')
    const stream = await follow(leaving)
    await leaving.signOut()
    await importBundle(await instance.as('clerk-a'), smallBundle({ identifier: 'E-3' }), { wait: 'sequenced' })
    await expect(stream.done).rejects.toMatchObject({ code: 'NOT_SIGNED_IN' })
    expect(stream.items.filter(({ kind }) => kind === 'event')).toEqual([])
  })
})
