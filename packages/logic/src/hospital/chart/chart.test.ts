import { beforeAll, describe, expect, it } from 'vitest'
import { fromUtf8, instantText, newEntryId, type Entry } from '@careledger/proof'
import { sign } from '../../__fixtures__/world.ts'
import { fromStoredDecision } from '../../decisions/decision-record.ts'
import { rebuild } from '../../maintenance/rebuild.ts'
import { listAccess } from '../access-list.ts'
import { allergy, createHospitalWorld, patientResource, signImport, type Admitted, type HospitalWorld, type Member } from '../__fixtures__/hospital-world.ts'
import { decideIdentity } from '../mpi/decide-identity.ts'
import { IDENTITY_DECISION_MEDIA_TYPE, identityDecisionBytes } from '../mpi/decision-payload.ts'
import { prepareImport } from '../prepare-import.ts'
import { commitImport } from '../commit-import.ts'
import { readChartDetail } from './detail.ts'
import { reconcileMedications } from './medications.ts'
import { readNews } from './news.ts'
import { readChartSummary } from './summary.ts'
import { readTimeline } from './timeline.ts'
import { readTrends } from './trends.ts'

const number = 'C-1'
const subject = { reference: `Patient/p-${number}` }
const loinc = (code: string, text: string) => ({ coding: [{ system: 'http://loinc.org', code }], text })
const visit = { resourceType: 'Encounter', id: 'visit-1', status: 'finished', class: { code: 'AMB' }, type: [{ text: 'Check up' }], subject, period: { start: '2026-05-18T09:00:00+09:00' } }
const potassium = (id: string, date: string, value: number, unit = 'mmol/L', range: object = { low: { value: 3.5 }, high: { value: 5.1 } }) => ({
  resourceType: 'Observation', id, status: 'final', category: [{ coding: [{ code: 'laboratory' }] }], code: loinc('2823-3', 'Potassium'), subject, encounter: { reference: 'Encounter/visit-1' }, effectiveDateTime: date,
  valueQuantity: { value, unit, system: 'http://unitsofmeasure.org', code: unit }, referenceRange: [range],
})
const pressure = { resourceType: 'Observation', id: 'bp', status: 'final', code: loinc('85354-9', 'Blood pressure'), subject, effectiveDateTime: '2026-05-18', component: [
  { code: loinc('8480-6', 'Systolic'), valueQuantity: { value: 152, unit: 'mm[Hg]' }, referenceRange: [{ high: { value: 140 } }] }, { code: loinc('8462-4', 'Diastolic'), valueQuantity: { value: 84, unit: 'mm[Hg]' } },
] }
const medicine = (id: string, text: string, status: string, dose: string, date = '2025-11-10') => ({ resourceType: 'MedicationRequest', id, status, intent: 'order', subject, medicationCodeableConcept: { text }, authoredOn: date, dosageInstruction: [{ text: dose }] })
const report = { resourceType: 'DiagnosticReport', id: 'report-1', status: 'final', code: { text: 'Electrolytes' }, subject, encounter: { reference: 'Encounter/visit-1' }, effectiveDateTime: '2026-05-18T10:00:00+09:00', result: [{ reference: 'Observation/k-1' }, { reference: 'Observation/nowhere' }] }
const provenance = { resourceType: 'Provenance', target: [{ reference: 'Observation/k-1' }], recorded: '2026-05-18T02:00:00Z', agent: [{ type: { text: 'Verifier' }, who: { display: 'Dr Lab' }, onBehalfOf: { display: 'Central Laboratory' } }] }

let world: HospitalWorld
let admitted: Admitted
let patient: string
const ask = { purpose: 'treatment' } as const

beforeAll(async () => {
  world = await createHospitalWorld()
  const resources = [visit, potassium('k-1', '2026-05-18T09:10:00+09:00', 5.4), { ...potassium('k-0', '2025-05-12', 4.1), performer: [{ reference: 'urn:uuid:prac-1' }] }, pressure, report, provenance, medicine('m-1', 'Metformin 500 mg oral tablet', 'active', 'One in the evening'), medicine('m-2', 'Lisinopril 10 mg', 'active', 'One a day'), allergy(number, 'Penicillin'), { resourceType: 'Practitioner', id: 'prac-1', name: [{ text: 'Dr Lab' }] }]
  admitted = await world.admit({ person: world.people.ada, number, resources })
  patient = admitted.patient
})

async function amend(by: Member, former: string, resource: object): Promise<void> {
  const prepared = await prepareImport(world.parts, by.actor, [{ system: 'urn:test:mrn', value: number }])
  await commitImport(world.parts, by.actor, { patient, entries: await signImport(by, prepared, [resource], { replaces: former, now: world.clock.now }) })
}

/** The same person at hospital B. */
async function admitAtB(resources: readonly object[]): Promise<{ readonly patient: string; readonly subject: string }> {
  const { doctorB, ada } = world.people
  const identifiers = [{ system: 'urn:test:mrn', value: number }]
  const prepared = await prepareImport(world.parts, doctorB.actor, identifiers)
  const entries = await signImport(doctorB, prepared, [patientResource(number), ...resources], { identifiers, person: ada, now: world.clock.now, custodian: 'hospital-b' })
  await commitImport(world.parts, doctorB.actor, { patient: prepared.patient, entries })
  return prepared
}

describe('reading a chart', () => {
  it('gives the first look in one decision: allergies first, abnormal results before others, vital signs beside them', async () => {
    const before = (await listAccess(world.parts, world.people.ada.actor, { limit: 100 })).items.length
    const { value, decision } = await readChartSummary(world.parts, world.people.doctorA.actor, { patient, ...ask })
    expect(value.sections[0]).toMatchObject({ key: 'allergies', reach: 'all', count: 1, items: [{ title: 'Penicillin' }] })
    const results = value.sections.find(({ key }) => key === 'results')
    expect(results?.items.map(({ title, flag }) => [title, flag])).toEqual([['Potassium 5.4 mmol/L', 'H']])
    expect(value.vitals.items.map(({ title, flag }) => [title, flag])).toEqual([['Blood pressure 152/84 mm[Hg]', 'H']])
    expect(value.latest).toEqual({ abnormal: 2, usual: 0, unknown: 0 })
    expect(value.banner).toMatchObject({ name: 'Ada Muster', allergies: ['Penicillin'] })
    const seen = (await listAccess(world.parts, world.people.ada.actor, { limit: 100 })).items
    expect(seen.length).toBe(before + 1)
    expect(seen[0]).toMatchObject({ id: decision.id, operation: 'hospital.chart.summary', types: { Observation: 2, AllergyIntolerance: 1, Patient: 1 } })
  })

  it('says with how many other hospitals a section is shared, to the patient and to who keeps the record only, and who only recorded a prescription', async () => {
    const own = await createHospitalWorld()
    const by = (maker: string | undefined) => ({ ...medicine(`m-${maker ?? 'x'}`, `By ${maker ?? 'nobody'} 1 mg`, 'active', 'Daily'), subject: { reference: 'Patient/p-S-9' }, ...(maker === undefined ? {} : { requester: { identifier: { system: 'urn:careledger:party', value: maker } } }) })
    const there = await own.admit({ person: own.people.ada, number: 'S-9', by: own.people.doctorA, resources: [allergy('S-9', 'Latex'), by(undefined), by('doctor-a')] })
    const read = async (by: Member) => (await readChartSummary(own.parts, by.actor, { patient: there.patient, ...ask })).value
    const shared = async (by: Member) => (await read(by)).sections.filter(({ key }) => key === 'allergies' || key === 'medicines').map((section) => section.shared)
    expect(await shared(own.people.doctorA)).toEqual([0, 0])
    await own.give(own.people.ada, there, { types: ['Patient', 'AllergyIntolerance'] })
    expect([await shared(own.people.doctorA), await shared(own.people.ada), await shared(own.people.doctorB)]).toEqual([[1, 0], [1, 0], [undefined, undefined]])
    expect((await read(own.people.doctorA)).sections.find(({ key }) => key === 'medicines')?.items.map(({ title, recorded }) => [title, recorded]).toSorted()).toEqual([['By doctor-a 1 mg', undefined], ['By nobody 1 mg', true]])
  })

  it('shows the sections in the order the caller\'s hospital asks for', async () => {
    const parts = { ...world.parts, instance: { ...world.parts.instance, chartSections: { 'hospital-a': ['medicines', 'allergies'], default: ['visits'] } } }
    expect((await readChartSummary(parts, world.people.doctorA.actor, { patient, ...ask })).value.sections.map(({ key }) => key)).toEqual(['medicines', 'allergies'])
    expect((await readChartSummary(parts, world.people.ada.actor, { patient, ...ask })).value.sections.map(({ key }) => key)).toEqual(['allergies', 'visits'])
  })

  it('groups the timeline by visit and pages it with sealed cursors', async () => {
    const { value } = await readTimeline(world.parts, world.people.doctorA.actor, { patient, ...ask, limit: 1 })
    expect(value.visits.map(({ encounter, items }) => [encounter?.title, items.map(({ type }) => type)])).toEqual([['Check up', ['DiagnosticReport', 'Observation', 'Observation']]])
    expect(value.counts).toMatchObject({ Observation: 3, Encounter: 1 })
    const rest = await readTimeline(world.parts, world.people.doctorA.actor, { patient, ...ask, limit: 100, after: value.next })
    expect(rest.value.visits.map(({ key }) => key)).toEqual(['day/2026-05-18', 'day/2025-11-10', 'day/2020-01-01'])
    await expect(readTimeline(world.parts, world.people.doctorA.actor, { patient, ...ask, limit: 1, after: 'no-cursor' })).rejects.toMatchObject({ code: 'INPUT_MALFORMED' })
  })

  it('draws a series in one unit, each result with its own range and its original, a blood pressure as two lines', async () => {
    const doctor = world.people.doctorA.actor
    const { value } = await readTrends(world.parts, doctor, { patient, ...ask, code: 'http://loinc.org|2823-3' })
    expect(value.series.map(({ name, count }) => [name, count])).toEqual([['Potassium', 2], ['Blood pressure', 1]])
    expect(value.trend?.lines[0]?.points.map(({ value: shown, low, high, flag, original }) => [shown, low, high, flag, original])).toEqual([
      [4.1, 3.5, 5.1, 'N', { value: '4.1', unit: 'mmol/L' }], [5.4, 3.5, 5.1, 'H', { value: '5.4', unit: 'mmol/L' }],
    ])
    const other = await readTrends(world.parts, doctor, { patient, ...ask, code: 'http://loinc.org|2823-3', unit: 'umol/L', from: '2026-01-01' })
    expect(other.value.trend?.lines[0]).toMatchObject({ unit: 'umol/L', points: [{ value: 5400, high: 5100, original: { value: '5.4', unit: 'mmol/L' } }] })
    const two = await readTrends(world.parts, doctor, { patient, ...ask, code: 'http://loinc.org|85354-9' })
    expect(two.value.trend?.lines.map(({ name, points }) => [name, points[0]?.value, points[0]?.flag])).toEqual([['Systolic', 152, 'H'], ['Diastolic', 84, undefined]])
  })

  it('gives a record whole: a report with its results, a result with who vouches for it', async () => {
    const doctor = world.people.doctorA.actor
    const whole = await readChartDetail(world.parts, doctor, { id: admitted.records[5] as string, ...ask })
    expect(whole.value.related.map(({ element, item }) => [element, item.title])).toEqual([['encounter', 'Check up'], ['result', 'Potassium 5.4 mmol/L']])
    expect(JSON.parse(fromUtf8(whole.value.opening.payload))).toEqual(report)
    const performed = await readChartDetail(world.parts, doctor, { id: admitted.records[3] as string, ...ask })
    expect(performed.value.related.map(({ element, reference, item }) => [element, reference, item.title])).toContainEqual(['performer', 'urn:uuid:prac-1', 'Dr Lab'])
    const result = await readChartDetail(world.parts, doctor, { id: admitted.records[2] as string, ...ask })
    expect(result.value.provenance).toMatchObject([{ recorded: '2026-05-18T02:00:00Z', agents: [{ role: 'Verifier', who: 'Dr Lab', onBehalfOf: 'Central Laboratory' }], author: { party: 'clerk-a' } }])
    expect((await listAccess(world.parts, world.people.ada.actor, { limit: 1 })).items[0]?.types).toEqual({ Observation: 1, Encounter: 1, Provenance: 1 })
  })

  it('refuses a stranger in the same words whether or not there is such a patient or record, and the patient sees the attempt', async () => {
    const { doctorB, ada } = world.people
    const nobody = '01890a5d-ac96-774b-bcce-b302099a8057'
    for (const asked of [patient, nobody]) {
      const query = { patient: asked, ...ask }
      for (const read of [() => readChartSummary(world.parts, doctorB.actor, query), () => readTimeline(world.parts, doctorB.actor, { ...query, limit: 1 }), () => readTrends(world.parts, doctorB.actor, query), () => readNews(world.parts, doctorB.actor, query), () => reconcileMedications(world.parts, doctorB.actor, query)]) {
        await expect(read()).rejects.toMatchObject({ code: 'NOT_ALLOWED', message: 'This does not exist or you may not use it.' })
      }
    }
    for (const id of [admitted.records[2] as string, nobody]) await expect(readChartDetail(world.parts, doctorB.actor, { id, ...ask })).rejects.toMatchObject({ code: 'NOT_ALLOWED', message: 'This does not exist or you may not use it.' })
    const refused = (await listAccess(world.parts, ada.actor, { limit: 100 })).items.filter(({ party }) => party === 'doctor-b')
    expect(refused.map(({ operation, decision }) => [operation.split('.').at(-1), decision.outcome])).toEqual(['detail', 'medications', 'news', 'trends', 'timeline', 'summary'].map((name) => [name, 'refused']))
  })

  it('shows under a consent exactly what it covers, and says where it may be silent', async () => {
    const { ada, doctorB } = world.people
    const consent = await world.give(ada, admitted, { types: ['Observation'], from: '2026-01-01', to: '2026-12-31' })
    const summary = await readChartSummary(world.parts, doctorB.actor, { patient, ...ask })
    expect(summary.value.counts).toEqual({ Observation: 2 })
    expect(summary.value.sections.map(({ key, reach, count }) => [key, reach, count]).slice(0, 4)).toEqual([['allergies', 'none', 0], ['problems', 'none', 0], ['medicines', 'none', 0], ['results', 'part', 1]])
    const timeline = await readTimeline(world.parts, doctorB.actor, { patient, ...ask, limit: 100 })
    expect(timeline.value.visits.map(({ encounter, items }) => [encounter, items.map(({ title }) => title)])).toEqual([[undefined, ['Potassium 5.4 mmol/L', 'Blood pressure 152/84 mm[Hg]']]])
    const trend = await readTrends(world.parts, doctorB.actor, { patient, ...ask, code: 'http://loinc.org|2823-3' })
    expect([trend.value.reach, trend.value.trend?.lines[0]?.points.length]).toEqual(['part', 1])
    const detail = await readChartDetail(world.parts, doctorB.actor, { id: admitted.records[2] as string, ...ask })
    expect([detail.value.related, detail.value.provenance]).toEqual([[], []])
    await world.withdraw(ada, admitted, consent.id)
    await expect(readChartSummary(world.parts, doctorB.actor, { patient, ...ask })).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
  })

  it('compares medicines with other hospitals only where those may be read too', async () => {
    const { ada, doctorA } = world.people
    const there = await admitAtB([medicine('b-1', 'metformin hydrochloride 1000 mg', 'active', 'Two a day'), medicine('b-2', 'Lisinopril 10 mg', 'stopped', 'One a day'), medicine('b-3', 'Aspirin 100 mg', 'active', 'One a day')])
    const alone = await reconcileMedications(world.parts, doctorA.actor, { patient, ...ask })
    expect(alone.places.map(({ custodian }) => custodian)).toEqual(['hospital-a'])
    expect(alone.groups.flatMap(({ differences }) => differences)).toEqual([])
    await world.give(ada, { subject: there.subject, custodian: 'hospital-b' }, { grantee: 'hospital-a' })
    const both = await reconcileMedications(world.parts, doctorA.actor, { patient, ...ask })
    expect(both.places.map(({ custodian, reach, patient: handle }) => [custodian, reach, handle])).toEqual([['hospital-a', 'all', patient], ['hospital-b', 'all', there.patient]])
    expect(both.groups.map(({ key, differences }) => [key, differences])).toEqual([
      ['aspirin', [{ kind: 'only-at', custodian: 'hospital-b' }]],
      ['lisinopril', [{ kind: 'stopped-at', custodian: 'hospital-b' }]],
      ['metformin', [{ kind: 'strength' }, { kind: 'dose' }]],
    ])
    const seen = (await listAccess(world.parts, ada.actor, { limit: 2 })).items
    expect(seen.map(({ operation, decision }) => [operation, decision.rule]).sort()).toEqual([['hospital.chart.medications', 'consent'], ['hospital.chart.medications', 'custodian-staff']])
  })

  it('folds a correction under what it corrected, keeps it readable, and tells it as news to who has been here before', async () => {
    const { doctorA, clerkA } = world.people
    expect((await readNews(world.parts, clerkA.actor, { patient, ...ask })).value.since).toBeUndefined()
    world.clock.now = new Date(world.clock.now.getTime() + 3 * 3_600_000)
    expect((await readNews(world.parts, doctorA.actor, { patient, ...ask })).value.items).toEqual([])
    await amend(clerkA, admitted.records[2] as string, potassium('k-1', '2026-05-18T09:10:00+09:00', 4.5))
    const { value } = await readNews(world.parts, doctorA.actor, { patient, ...ask })
    expect(value.since).toBeDefined()
    expect(value.items.map(({ title, versions }) => [title, versions.map((version) => version.title)])).toEqual([['Potassium 4.5 mmol/L', ['Potassium 5.4 mmol/L']]])
    const timeline = await readTimeline(world.parts, doctorA.actor, { patient, ...ask, types: ['Observation'], limit: 100 })
    expect(timeline.value.visits[0]?.items[0]).toMatchObject({ title: 'Potassium 4.5 mmol/L', versions: [{ title: 'Potassium 5.4 mmol/L', author: { party: 'clerk-a' } }] })
    expect(timeline.value.visits.flatMap(({ items }) => items).map(({ title }) => title)).not.toContain('Potassium 5.4 mmol/L')
    const former = await readChartDetail(world.parts, doctorA.actor, { id: admitted.records[2] as string, ...ask })
    expect(former.value.item).toMatchObject({ title: 'Potassium 5.4 mmol/L', replacedBy: value.items[0]?.id })
    expect((await readTrends(world.parts, doctorA.actor, { patient, ...ask, code: 'http://loinc.org|2823-3' })).value.trend?.lines[0]?.points.at(-1)?.value).toBe(4.5)
  })

  it('is one chart once clerks joined two patient records: sections, visits, series and news of both, each saying where it stands, each under its own decision', async () => {
    const { clerkA, doctorA, doctorB } = world.people
    const at = { reference: 'Patient/p-C-2' }
    const others = [{ ...medicine('m-9', 'Warfarin 5 mg', 'active', 'One a day'), subject: at }, { ...visit, subject: at, period: { start: '2026-06-01' } }, { ...potassium('k-9', '2026-06-01', 0.0061, 'mol/L', { high: { value: 0.0051 } }), subject: at }, { ...allergy('C-2', 'Latex'), patient: at }]
    const other = await world.admit({ number: 'C-2', resources: others })
    const query = { patient, ...ask }
    const summary = async () => (await readChartSummary(world.parts, doctorA.actor, query)).value
    const series = async () => (await readTrends(world.parts, doctorA.actor, { ...query, code: 'http://loinc.org|2823-3', unit: 'mmol/L' })).value.trend?.lines[0]?.points.map(({ value, patient: where }) => [value, where])
    const alone = { summary: await summary(), series: await series() }
    expect(alone.summary.merged).toEqual([])
    const entry: Entry = { v: 1, id: newEntryId(world.clock.now), network: 'hospital', type: 'patient-merged', subject: admitted.subject, custodian: 'hospital-a', issuedAt: instantText(world.clock.now), author: clerkA.author }
    await decideIdentity(world.parts, clerkA.actor, { entry: await sign(clerkA.signer, entry, { mediaType: IDENTITY_DECISION_MEDIA_TYPE, payload: identityDecisionBytes({ patient, other: other.patient }) }) })

    const joined = await summary()
    expect(joined.merged).toMatchObject([{ patient: other.patient, localNumber: 'C-2' }])
    expect(joined.banner).toMatchObject({ patient, allergies: ['Penicillin', 'Latex'] })
    expect(joined.sections.find(({ key }) => key === 'medicines')?.items.find(({ title }) => title === 'Warfarin 5 mg')).toMatchObject({ patient: other.patient })
    expect(joined.counts['Observation']).toBe((alone.summary.counts['Observation'] ?? 0) + 1)
    expect(await series()).toEqual([...(alone.series ?? []), [6.1, other.patient]])
    const timeline = async (limit: number, after?: string) => (await readTimeline(world.parts, doctorA.actor, { ...query, limit, after })).value
    const whole = (await timeline(200)).visits
    expect(whole[0]).toMatchObject({ patient: other.patient, encounter: { patient: other.patient }, date: '2026-06-01' })
    expect(whole.find(({ encounter }) => encounter !== undefined && encounter.patient === undefined)).toMatchObject({ date: '2026-05-18T09:00:00+09:00' })
    const paged = []
    for (let after: string | undefined, more = true; more;) {
      const page = await timeline(1, after)
      paged.push(...page.visits)
      after = page.next
      more = after !== undefined
    }
    expect(paged).toEqual(whole)
    const decisions = await world.parts.store.read((view) => view.decisions({ about: other.patient, limit: 100 }))
    expect(new Set(decisions.rows.map((row) => fromStoredDecision(row).operation).filter((operation) => operation.startsWith('hospital.chart.')))).toEqual(new Set(['hospital.chart.summary', 'hospital.chart.trends', 'hospital.chart.timeline']))

    const { places, groups } = await reconcileMedications(world.parts, doctorA.actor, query)
    expect(places.map((place) => place.patient)).toContain(other.patient)
    expect(groups.find(({ key }) => key === 'warfarin')?.entries.map((one) => one.patient)).toEqual([other.patient])
    await expect(readChartSummary(world.parts, doctorB.actor, { patient: other.patient, ...ask })).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
  })

  it('is the same after a rebuild', async () => {
    const read = async () => (await readTimeline(world.parts, world.people.doctorA.actor, { patient, ...ask, limit: 100 })).value
    const before = await read()
    await rebuild(world.parts)
    expect(await read()).toEqual(before)
  })
})
