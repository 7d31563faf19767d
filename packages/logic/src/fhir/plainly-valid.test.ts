import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { validateResource } from '@medplum/core'
import type { Resource } from '@medplum/fhirtypes'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { loadDefinitions } from './definitions.ts'
import { isPlainlyValid } from './plainly-valid.ts'

const observation = {
  resourceType: 'Observation', id: 'o1', meta: { profile: ['http://hl7.org/fhir/StructureDefinition/Observation'], source: 'urn:x', lastUpdated: '2026-11-01T11:02:17.000+09:00' },
  text: { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml"><p>Haemoglobin</p></div>' },
  status: 'final', category: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'laboratory' }] }],
  code: { coding: [{ system: 'http://loinc.org', code: '718-7', display: 'Hemoglobin' }], text: 'Haemoglobin' },
  subject: { reference: 'Patient/p1' }, effectiveDateTime: '2024-02-29T09:15:00+09:00', issued: '2026-11-01T11:02:17.000Z',
  valueQuantity: { value: 11.9, unit: 'g/dL', system: 'http://unitsofmeasure.org', code: 'g/dL' },
  referenceRange: [{ low: { value: 12, unit: 'g/dL' }, high: { value: 16, unit: 'g/dL' } }], note: [{ text: 'Repeated once.', time: '2026-11-01' }],
}
const others = [
  { resourceType: 'Observation', status: 'final', code: { text: 'Blood pressure' }, component: [{ code: { text: 'Systolic' }, valueQuantity: { value: 120 } }, { code: { text: 'Diastolic' }, valueInteger: 80 }], effectivePeriod: { start: '2026-01-01T10:00:00Z', end: '2026-01-01T11:00:00Z' } },
  { resourceType: 'Condition', subject: { reference: 'Patient/p1' }, clinicalStatus: { coding: [{ code: 'active' }] }, verificationStatus: { coding: [{ code: 'confirmed' }] }, onsetDateTime: '2020', code: { text: 'Asthma' } },
  { resourceType: 'Patient', active: true, name: [{ family: 'Kim', given: ['Min', 'Jun'], period: { start: '2020-01' } }], birthDate: '1980-02-28', gender: 'male', extension: [{ url: 'http://x.example/e', valueString: 'v' }], multipleBirthInteger: 1 },
  { resourceType: 'Encounter', status: 'finished', class: { code: 'AMB' }, subject: { reference: 'Patient/p1' }, period: { start: '2026-01-01T10:00:00+09:00', end: '2026-01-01T11:00:00+09:00' } },
  { resourceType: 'DiagnosticReport', status: 'final', code: { text: 'Report' }, presentedForm: [{ contentType: 'text/plain', url: 'https://x.example/a' }] },
]
const cases = process.env['CARELEDGER_CASES'] ?? fileURLToPath(new URL('../../../../../shared/cases', import.meta.url))
const folder = `${cases}/synthea`
const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')) : []

/** The reference validator's verdict. */
function isValid(value: unknown): boolean {
  try {
    validateResource(value as Resource, { base64BinaryMaxBytes: 32 * 1024 * 1024 })
    return true
  } catch {
    return false
  }
}

type Place = { readonly holder: Record<string, unknown> | unknown[]; readonly name: string | number }

function placesOf(value: unknown): readonly Place[] {
  if (typeof value !== 'object' || value === null) return []
  const holder = value as Record<string, unknown>
  return Object.keys(holder).flatMap((name) => [{ holder, name } as Place, ...placesOf(holder[name])])
}

/** Values that stand somewhere in FHIR, and values that stand nowhere. */
const oddValue = fc.oneof(
  fc.constantFrom<unknown>(null, true, 0, -1, 1.5, 3e9, '', ' ', 'a', 'a b', ' a', 'a  b', '\u0001', 'é', '한 국', '#a', '#', 'Patient/1', '2024-02-30', '2023-02-29', '2024-02-29', '2024-13-01', '0000', '2024', '2024-01', '2024-01-01T10:00', '2024-01-01T10:00:00', '2024-01-01T10:00:60Z',
    '2024-01-01T10:00:00Z', '2024-01-01T10:00:00+14:00', '2024-01-01T10:00:00.1234567890Z', [], {}, [{}], [null], ['a'], [[]], { id: 'x' }, { reference: '#a' }, { display: 'x' }, { start: '2025', end: '2024' }, { start: '2024-01-01T00:00:00Z', end: '2024-01-01T00:00:00+09:00' },
    { code: 'x' }, { value: 1, code: 'kg' }, { data: 'AAAA' }, { value: '5' }, { extension: [{ url: 'http://a' }] }, { resourceType: 'Patient' }, [{ resourceType: 'Patient', id: 'a' }], { coding: [{ code: 'entered-in-error' }] }, { low: { value: 2 }, high: { value: 1 } }),
  fc.string(), fc.double(), fc.json().map((text) => JSON.parse(text) as unknown),
)
const names = ['id', 'extension', 'modifierExtension', 'contained', 'resourceType', 'language', 'text', 'status', 'code', 'value', 'valueString', 'valueQuantity', 'valueBoolean', 'dataAbsentReason', 'component', 'period', 'reference', 'system', '_status', '_id', 'unknown', 'onsetString', 'abatementString', 'verificationStatus', 'display', 'url', 'data', 'low', 'high', 'start', 'end', '__proto__x']
const change = fc.record({ at: fc.nat(), kind: fc.constantFrom('set', 'add', 'remove', 'wrap', 'swap'), name: fc.constantFrom(...names), value: oddValue, from: fc.nat() })

function mutate(original: object, changes: readonly { readonly at: number; readonly kind: string; readonly name: string; readonly value: unknown; readonly from: number }[]): object {
  const copy = structuredClone(original)
  for (const { at, kind, name, value, from } of changes) {
    const places = placesOf(copy)
    const place = places[at % places.length]
    if (place === undefined) break
    const holder = place.holder as Record<string | number, unknown>
    const other = places[from % places.length] as Place
    if (kind === 'set') holder[place.name] = structuredClone(value)
    else if (kind === 'add') (Array.isArray(holder) ? holder.push(value) : (holder[name] = structuredClone(value)))
    else if (kind === 'remove') Array.isArray(holder) ? holder.splice(Number(place.name), 1) : delete holder[place.name]
    else if (kind === 'wrap') holder[place.name] = [holder[place.name]]
    else holder[place.name] = structuredClone((other.holder as Record<string | number, unknown>)[other.name])
  }
  return copy
}

describe('what is plainly valid', () => {
  beforeAll(() => loadDefinitions(), 60_000)

  it('is found so without the reference validator, for resources as hospitals send them', () => {
    for (const resource of [observation, ...others]) expect([isPlainlyValid(resource), isValid(resource)], resource.resourceType).toEqual([true, true])
  })

  it('is nothing that the reference validator refuses, however a resource is altered', () => {
    const seen = { plain: 0, refused: 0 }
    fc.assert(fc.property(fc.constantFrom<object>(observation, ...others), fc.array(change, { minLength: 1, maxLength: 3 }), (resource, changes) => {
      const mutated = mutate(resource, changes)
      const valid = isValid(mutated)
      const plain = isPlainlyValid(mutated)
      seen.plain += plain ? 1 : 0
      seen.refused += valid ? 0 : 1
      if (plain) expect(valid, JSON.stringify(mutated)).toBe(true)
    }), { numRuns: 5_000 })
    expect(seen.plain).toBeGreaterThan(100)
    expect(seen.refused).toBeGreaterThan(1_000)
  }, 120_000)

  it.each(['Nothing', undefined, 7])('is no resource of type %j, and nothing else that is none', (resourceType) => {
    expect([isPlainlyValid({ resourceType }), isPlainlyValid([]), isPlainlyValid(null), isPlainlyValid('x')]).toEqual([false, false, false, false])
  })

  describe.skipIf(files.length === 0)('in the Synthea bundles (skipped where they are not beside the repository)', () => {
    it.each(files)('%s: nothing that the reference validator refuses, with any one member taken out or replaced', (name) => {
      const { entry } = JSON.parse(readFileSync(`${folder}/${name}`, 'utf8')) as { readonly entry: readonly { readonly resource: Resource }[] }
      const one = fc.sample(change, { numRuns: entry.length, seed: 7 })
      entry.forEach(({ resource }, index) => {
        for (const each of [resource, mutate(resource, [one[index] as (typeof one)[number]])]) if (isPlainlyValid(each)) expect(isValid(each), JSON.stringify(each)).toBe(true)
      })
      expect(entry.filter(({ resource }) => isPlainlyValid(resource)).length).toBeGreaterThan(entry.length / 4)
    }, 120_000)
  })
})
