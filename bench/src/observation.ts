/** A FHIR R4 Observation of about 2 KB, as a laboratory sends it. */
export const observation = JSON.stringify({
  resourceType: 'Observation',
  id: 'bench-observation',
  meta: { profile: ['http://hl7.org/fhir/StructureDefinition/Observation'], source: 'urn:bench' },
  text: { status: 'generated', div: `<div xmlns="http://www.w3.org/1999/xhtml"><p>${'Haemoglobin [Mass/volume] in Blood, measured by the laboratory. '.repeat(12)}</p></div>` },
  status: 'final',
  category: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'laboratory', display: 'Laboratory' }] }],
  code: { coding: [{ system: 'http://loinc.org', code: '718-7', display: 'Hemoglobin [Mass/volume] in Blood' }], text: 'Haemoglobin' },
  subject: { reference: 'Patient/patient-4f7a20' },
  effectiveDateTime: '2026-11-01T09:15:00+09:00',
  issued: '2026-11-01T11:02:17.000+09:00',
  valueQuantity: { value: 11.9, unit: 'g/dL', system: 'http://unitsofmeasure.org', code: 'g/dL' },
  interpretation: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation', code: 'L', display: 'Low' }] }],
  referenceRange: [{ low: { value: 12, unit: 'g/dL', system: 'http://unitsofmeasure.org', code: 'g/dL' }, high: { value: 16, unit: 'g/dL', system: 'http://unitsofmeasure.org', code: 'g/dL' } }],
  note: [{ text: 'Repeated once. '.repeat(8) }],
})

/** The observation under an id of its own: what is valid of one content is not looked up for the next. */
export function observationOf(n: number): Uint8Array {
  return new TextEncoder().encode(observation.replace('bench-observation', `bench-observation-${n}`))
}
