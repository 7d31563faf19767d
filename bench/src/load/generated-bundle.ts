import { randomUUID } from 'node:crypto'

/** A FHIR R4 collection Bundle of one made-up patient with so many short Observations; another patient each time. */
export function generatedBundle(observations: number): Uint8Array {
  const patient = randomUUID()
  const resources = [
    { resourceType: 'Patient', id: patient, identifier: [{ system: 'https://bench.example/patients', value: patient }], name: [{ family: 'Bench', given: ['Only'] }], gender: 'unknown', birthDate: '1980-01-01' },
    ...Array.from({ length: observations }, (_, n) => ({
      resourceType: 'Observation', id: randomUUID(), status: 'final',
      code: { coding: [{ system: 'http://loinc.org', code: '8867-4', display: 'Heart rate' }] },
      subject: { reference: `urn:uuid:${patient}` },
      effectiveDateTime: new Date(Date.UTC(2020, 0, 1) + n * 2 * 3_600_000).toISOString(),
      valueQuantity: { value: 60 + (n % 40), unit: '/min', system: 'http://unitsofmeasure.org', code: '/min' },
    })),
  ]
  return new TextEncoder().encode(JSON.stringify({ resourceType: 'Bundle', type: 'collection', entry: resources.map((resource) => ({ fullUrl: `urn:uuid:${resource.id}`, resource })) }))
}
