import { decidePair, giveConsent, importBundle, withdrawConsent } from '@careledger/client'
import { utf8 } from '@careledger/proof'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { smallBundle } from '../__fixtures__/bundle.ts'
import { fhirClient } from '../__fixtures__/fhir-client.ts'
import type { FhirClient, FhirJson } from '../__fixtures__/fhir-client.ts'
import { enrolGateway } from '../__fixtures__/gateway.ts'
import { startInstance } from '../__fixtures__/instance.ts'
import type { TestInstance } from '../__fixtures__/instance.ts'

/** Registered twice: as `p` with number A-1, and as `q` with number A-2, which were said to be one person; `p` stays in front. */
let instance: TestInstance
let doctor: FhirClient
let outsider: FhirClient
let merge: string
let handles: readonly [string, string]
beforeAll(async () => {
  instance = await startInstance()
  const clerk = await instance.as('clerk-a')
  const second = utf8(new TextDecoder().decode(smallBundle({ identifier: 'A-2', observations: 2 })).replace('"id": "p"', '"id": "q"').replaceAll('0a0001', '0a0002'))
  const one = await importBundle(clerk, smallBundle(), { linkTo: 'patient-a' })
  const two = await importBundle(clerk, second, { linkTo: 'patient-a' })
  handles = [one.patient, two.patient]
  const { subject, custodian } = await clerk.hospital.imports.prepare.mutate({ identifiers: [{ system: 'urn:example:mrn', value: 'A-1' }] })
  doctor = await fhirClient(instance, 'doctor-a')
  outsider = await fhirClient(instance, 'doctor-b')
  merge = (await decidePair(clerk, 'patient-merged', { patient: { patient: one.patient, subject, custodian }, other: two.patient })).id
  expect(merge).toMatch(/-/)
})
afterAll(() => instance.stop())

const matches = ({ entry }: FhirJson): number => (entry ?? []).filter(({ search }) => search.mode === 'match').length
async function pages(client: FhirClient, path: string): Promise<readonly string[]> {
  const found: string[] = []
  for (let next: string | undefined = path; next !== undefined;) {
    const { json }: { readonly json: FhirJson } = await client(next)
    found.push(...(json.entry ?? []).filter(({ search }) => search.mode === 'match').map(({ fullUrl }) => fullUrl))
    next = json.link.find(({ relation }) => relation === 'next')?.url
  }
  return found
}

describe('a person who is registered twice', () => {
  it.each([
    '/Observation?patient=p', '/Observation?patient=q', '/Observation?subject=Patient/p', '/Observation?patient.identifier=urn:example:mrn|A-2', '/Observation?patient:Patient.birthdate=1970-01-02&patient=p', '/Patient/q/Observation?',
    '/Observation?patient=p,q', '/Observation?patient=p&_sort=-date', '/Observation?patient=p&_total=accurate', '/Observation?patient=p&_include=Observation:subject', '/Observation?patient=p&_sort=date&_include=Observation:subject',
  ])('is one to %s, in one page and in many', async (path) => {
    const { json } = await doctor(path)
    expect(matches(json)).toBe(5)
    if (path.includes('_include')) expect(json.entry.filter(({ search }) => search.mode === 'include')).toHaveLength(2)
    const all = await pages(doctor, `${path}&_count=2`)
    expect([all.length, new Set(all).size]).toEqual([5, 5])
  })

  it('is one to $everything, and counted as one', async () => {
    for (const id of ['p', 'q', ...handles]) expect([id, (await doctor(`/Patient/${id}/$everything`)).json.total]).toEqual([id, 7])
    const all = await pages(doctor, '/Patient/q/$everything?_count=3')
    expect([all.length, new Set(all).size]).toEqual([7, 7])
    expect((await doctor('/Observation?patient=q&_summary=count')).json.total).toBe(5)
    expect(matches((await doctor('/Patient?_id=p')).json)).toBe(1)
  })

  it('has links that say which record holds, in what is shown and not in what was written', async () => {
    const linksOf = async (path: string) => ((await doctor(path)).json as unknown as { readonly link?: readonly object[] }).link
    expect(await linksOf('/Patient/q')).toEqual([{ other: { reference: 'Patient/p' }, type: 'replaced-by' }])
    expect(await linksOf('/Patient/p')).toEqual([{ other: { reference: 'Patient/q' }, type: 'replaces' }])
    const read = await doctor('/Patient/q')
    expect((await doctor('/Patient?_id=q')).text).toContain(read.text)
    const version = /"(.+)"/.exec(read.headers.get('etag') ?? '')?.[1]
    const written = await doctor(`/Patient/q/_history/${version}`)
    expect([written.text.includes('replaced-by'), read.text.startsWith(written.text.trimEnd().slice(0, -1))]).toEqual([false, true])
    // It could change without a new version.
    expect((await doctor('/Patient/q', { headers: { 'if-none-match': `W/"${version}"` } })).status).toBe(200)
    expect((await doctor('/Patient/q?_elements=link')).text).toContain('replaced-by')
  })

  it('comes back as it was shown and is kept as it was written; what is not quite a link of ours is refused', async () => {
    await enrolGateway(instance)
    const shown = (await doctor('/Patient/q')).text
    const version = async () => (await doctor('/Patient/q')).headers.get('etag')
    const before = await version()
    const same = await doctor('/Patient/q', { method: 'PUT', body: shown })
    expect([same.status, await version()]).toEqual([200, before])
    const changed = shown.replace('"female"', '"other"')
    expect((await doctor('/Patient/q', { method: 'PUT', body: changed })).status).toBe(200)
    const kept = await doctor(`/Patient/q/_history/${/"(.+)"/.exec((await version()) ?? '')?.[1]}`)
    expect([kept.text.includes('replaced-by'), (await doctor('/Patient/q')).text]).toEqual([false, changed])
    const bundle = { resourceType: 'Bundle', type: 'transaction', entry: [{ resource: JSON.parse(changed.replace('"other"', '"female"')) as object, request: { method: 'PUT', url: 'Patient/q' } }] }
    expect((await doctor('', { method: 'POST', body: JSON.stringify(bundle) })).status).toBe(200)
    for (const wrong of [shown.replace('replaced-by', 'refer'), shown.replace('Patient/p', 'Patient/somebody')]) expect((await doctor('/Patient/q', { method: 'PUT', body: wrong })).status).toBe(422)
  })

  it('is told, each of the two, where the record of one shows the other', async () => {
    const patient = await instance.as('patient-a')
    const about = async () => (await patient.hospital.access.list.query({ limit: 100 })).items.filter(({ operation, party }) => operation === 'hospital.fhir.read' && party === 'doctor-a').map((item) => (item as unknown as { readonly patient?: string }).patient)
    const before = (await about()).length
    await doctor('/Patient/q')
    expect((await about()).length).toBe(before + 2)
  })

  it('is as much as each policy allows, and a refusal tells nothing of the other', async () => {
    const patient = await instance.as('patient-a')
    const at = (await patient.hospital.consents.subjects.query({})).items
    const give = async (handle: string) => giveConsent(patient, at.find((each) => each.patient === handle) as NonNullable<(typeof at)[number]>, { grantee: 'hospital-b', purpose: 'treatment', expires: new Date(Date.now() + 86_400_000).toISOString(), direct: false })
    await give(handles[0])
    expect(matches((await outsider('/Observation?patient=p')).json)).toBe(3)
    expect((await outsider('/Patient/p/$everything')).json.total).toBe(4)
    expect((await outsider('/Patient/p')).text).not.toContain('replaces')
    const [refused, absent] = await Promise.all([outsider('/Observation?patient=q'), outsider('/Observation?patient=z')])
    expect([matches(refused.json), refused.text.replace('=q', '=z')]).toEqual([0, absent.text])
    expect((await outsider('/Patient/q/$everything')).status).toBe(404)
    const permitted = async () => (await patient.hospital.access.list.query({ limit: 100 })).items.filter(({ party, operation, decision }) => party === 'doctor-b' && operation === 'hospital.fhir.search' && decision.outcome === 'permitted').length
    const before = await permitted()
    expect(before).toBe(1)
    const second = await give(handles[1])
    // Each of the two is told of its own.
    expect([matches((await outsider('/Observation?patient=p')).json), await permitted()]).toEqual([5, before + 2])
    await withdrawConsent(patient, at.find((each) => each.patient === handles[1]) as NonNullable<(typeof at)[number]>, second.id)
    expect(matches((await outsider('/Observation?patient=p')).json)).toBe(3)
  })
})
