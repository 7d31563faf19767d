/** A small valid FHIR R4 transaction Bundle of one patient who does not exist. */
export function smallBundle(options: { readonly identifier?: string; readonly observations?: number } = {}): Uint8Array {
  const { identifier = 'A-1', observations = 3 } = options
  const patient = {
    resourceType: 'Patient', id: 'p', identifier: [{ system: 'urn:example:mrn', value: identifier }], name: [{ family: 'Canary', given: ['Wilhelmina'] }], birthDate: '1970-01-02', gender: 'female',
  }
  const entries = [
    { fullUrl: 'urn:uuid:7c1f0c0e-6f57-4c83-9c55-1f3f3e0a0001', resource: patient, request: { method: 'POST', url: 'Patient' } },
    ...Array.from({ length: observations }, (_, index) => ({
      fullUrl: `urn:uuid:7c1f0c0e-6f57-4c83-9c55-1f3f3e0b${String(index).padStart(4, '0')}`,
      resource: {
        resourceType: 'Observation', status: 'final', code: { coding: [{ system: 'http://loinc.org', code: '29463-7', display: 'Body Weight' }], text: 'Body Weight' },
        subject: { reference: 'urn:uuid:7c1f0c0e-6f57-4c83-9c55-1f3f3e0a0001' }, effectiveDateTime: `2024-0${1 + (index % 9)}-05`,
        valueQuantity: { value: 80 + index, unit: 'kg', system: 'http://unitsofmeasure.org', code: 'kg' },
      },
      request: { method: 'POST', url: 'Observation' },
    })),
  ]
  return new TextEncoder().encode(JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry: entries }, null, 2).replace('"value": 80,', '"value": 80.10,'))
}
