import type { DemoPerson } from './people.ts'

type Resource = { readonly resourceType: string; readonly id: string } & Readonly<Record<string, unknown>>
interface Coding { readonly system: string; readonly code: string; readonly display: string }

const loinc = (code: string, display: string): Coding => ({ system: 'http://loinc.org', code, display })
const snomed = (code: string, display: string): Coding => ({ system: 'http://snomed.info/sct', code, display })
const rxnorm = (code: string, display: string): Coding => ({ system: 'http://www.nlm.nih.gov/research/umls/rxnorm', code, display })
const cvx = (code: string, display: string): Coding => ({ system: 'http://hl7.org/fhir/sid/cvx', code, display })
const concept = (coding: Coding) => ({ coding: [coding], text: coding.display })

/** One measured series: how it starts, how it drifts with each visit, how much it wavers, and the range its laboratory gives. */
const series = [
  { of: loinc('718-7', 'Haemoglobin'), unit: 'g/dL', from: 13.2, drift: -0.35, waver: 0.3, low: 12, high: 16, digits: 1, category: 'laboratory' },
  { of: loinc('4548-4', 'Haemoglobin A1c'), unit: '%', from: 6.1, drift: 0.12, waver: 0.2, low: 4, high: 6, digits: 1, category: 'laboratory' },
  { of: loinc('2823-3', 'Potassium'), unit: 'mmol/L', from: 4.2, drift: 0, waver: 0.4, low: 3.5, high: 5.1, digits: 1, category: 'laboratory' },
  { of: loinc('2160-0', 'Creatinine'), unit: 'mg/dL', from: 0.82, drift: 0.03, waver: 0.08, low: 0.5, high: 1.1, digits: 2, category: 'laboratory' },
  { of: loinc('29463-7', 'Body weight'), unit: 'kg', from: 61.5, drift: 0.4, waver: 0.8, digits: 1, category: 'vital-signs' },
  { of: loinc('8867-4', 'Heart rate'), unit: '/min', from: 72, drift: 0, waver: 6, low: 50, high: 100, digits: 0, category: 'vital-signs' },
] as const

/**
 * A FHIR R4 collection bundle of one demo patient, the same for the same seed: six visits over three years with measurements, and
 * conditions, an allergy, medicines, immunizations and a procedure.
 */
export function demoBundle(person: DemoPerson): Uint8Array {
  const { record } = person
  if (record === undefined) throw new TypeError(`${person.party} has no record`)
  const random = seeded(record.seed)
  const patient: Resource = {
    resourceType: 'Patient', id: `${person.party}`,
    identifier: [{ system: `https://${person.organisation}.example/patients`, value: record.localNumber }],
    name: [{ use: 'official', text: person.name, family: record.family, given: [record.given] }], gender: record.gender, birthDate: record.birthDate,
  }
  const subject = { reference: `Patient/${patient.id}` }
  const visits = ['2023-11-06', '2024-05-13', '2024-11-18', '2025-05-12', '2025-11-10', '2026-05-18']
  const resources: Resource[] = [patient, ...background(person.party, subject)]
  visits.forEach((day, visit) => {
    const encounter: Resource = {
      resourceType: 'Encounter', id: `${person.party}-visit-${visit + 1}`, status: 'finished', subject,
      class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'AMB', display: 'ambulatory' },
      type: [concept(snomed('185349003', 'Encounter for check up'))],
      period: { start: `${day}T09:00:00+09:00`, end: `${day}T09:40:00+09:00` },
    }
    resources.push(encounter)
    const at = { subject, encounter: { reference: `Encounter/${encounter.id}` }, effectiveDateTime: `${day}T09:15:00+09:00` }
    series.forEach((measured, n) => {
      const value = (measured.from + measured.drift * visit + measured.waver * (random() - 0.5)).toFixed(measured.digits)
      resources.push({
        resourceType: 'Observation', id: `${person.party}-observation-${visit + 1}-${n + 1}`, status: 'final',
        category: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: measured.category }] }],
        code: concept(measured.of), ...at, valueQuantity: quantity(value, measured.unit),
        ...('low' in measured ? { referenceRange: [{ low: quantity(String(measured.low), measured.unit), high: quantity(String(measured.high), measured.unit) }] } : {}),
      })
    })
    resources.push({
      resourceType: 'Observation', id: `${person.party}-blood-pressure-${visit + 1}`, status: 'final',
      category: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'vital-signs' }] }],
      code: concept(loinc('85354-9', 'Blood pressure')), ...at,
      component: [
        { code: concept(loinc('8480-6', 'Systolic blood pressure')), valueQuantity: quantity((128 + visit * 2 + 8 * (random() - 0.5)).toFixed(0), 'mm[Hg]'), referenceRange: [{ low: quantity('90', 'mm[Hg]'), high: quantity('140', 'mm[Hg]') }] },
        { code: concept(loinc('8462-4', 'Diastolic blood pressure')), valueQuantity: quantity((82 + visit + 6 * (random() - 0.5)).toFixed(0), 'mm[Hg]'), referenceRange: [{ low: quantity('60', 'mm[Hg]'), high: quantity('90', 'mm[Hg]') }] },
      ],
    })
  })
  const bundle = { resourceType: 'Bundle', type: 'collection', entry: resources.map((resource) => ({ fullUrl: `https://${person.organisation}.example/fhir/${resource.resourceType}/${resource.id}`, resource })) }
  return new TextEncoder().encode(JSON.stringify(bundle, null, 1))
}

function background(party: string, subject: { readonly reference: string }): Resource[] {
  const clinicalStatus = (code: string) => ({ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/condition-clinical', code }] })
  const active = { clinicalStatus: clinicalStatus('active'), subject }
  return [
    {
      resourceType: 'AllergyIntolerance', id: `${party}-allergy-1`, patient: subject, code: concept(snomed('91936005', 'Allergy to penicillin')), criticality: 'high', recordedDate: '2009-04-02',
      clinicalStatus: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical', code: 'active' }] },
    },
    { resourceType: 'Condition', id: `${party}-condition-1`, ...active, code: concept(snomed('38341003', 'Hypertension')), onsetDateTime: '2019-02-11', recordedDate: '2019-02-11' },
    { resourceType: 'Condition', id: `${party}-condition-2`, ...active, code: concept(snomed('15777000', 'Prediabetes')), onsetDateTime: '2024-05-13', recordedDate: '2024-05-13' },
    {
      resourceType: 'MedicationRequest', id: `${party}-medicine-1`, status: 'active', intent: 'order', subject, authoredOn: '2019-02-11',
      medicationCodeableConcept: concept(rxnorm('314076', 'Lisinopril 10 mg oral tablet')), dosageInstruction: [{ text: 'One tablet in the morning' }],
    },
    {
      resourceType: 'MedicationRequest', id: `${party}-medicine-2`, status: 'active', intent: 'order', subject, authoredOn: '2025-11-10',
      medicationCodeableConcept: concept(rxnorm('860975', 'Metformin 500 mg extended-release oral tablet')), dosageInstruction: [{ text: 'One tablet with the evening meal' }],
    },
    { resourceType: 'Immunization', id: `${party}-immunization-1`, status: 'completed', patient: subject, vaccineCode: concept(cvx('140', 'Influenza, seasonal, injectable, preservative free')), occurrenceDateTime: '2025-10-20' },
    { resourceType: 'Immunization', id: `${party}-immunization-2`, status: 'completed', patient: subject, vaccineCode: concept(cvx('113', 'Td (adult), adsorbed')), occurrenceDateTime: '2022-06-03' },
    { resourceType: 'Procedure', id: `${party}-procedure-1`, status: 'completed', subject, code: concept(snomed('73761001', 'Colonoscopy')), performedDateTime: '2024-09-02' },
  ]
}

function quantity(value: string, unit: string) {
  return { value: Number(value), unit, system: 'http://unitsofmeasure.org', code: unit }
}

/** A small deterministic generator (mulberry32), for demo data only. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}
