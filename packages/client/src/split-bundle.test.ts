import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isProblem } from './to-client-problem.ts'
import { splitBundle } from './split-bundle.ts'

const bytesOf = (text: string) => new TextEncoder().encode(text)
const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes)

const patient = '{ "resourceType" : "Patient", "identifier": [{"system":"urn:mrn","value":"A-1"},{"value":"B"},{"system":"x"}] }'
const weight = '{"resourceType":"Observation","effectiveDateTime":"2024-05-02T08:00:00+09:00","valueQuantity":{"value":1.10,"unit":"mg"}}'
const early = '{"resourceType":"Condition","onsetDateTime":"1999","code":{"text":"\\u00e9"}}'
const visit = '{"resourceType":"Encounter","period":{"start":"2024-05-01"}}'

function bundle(resources: readonly string[], type = 'transaction'): Uint8Array {
  return bytesOf(`{"resourceType":"Bundle","type":"${type}","entry":[${resources.map((resource) => `{"fullUrl":"urn:x","resource": ${resource} ,"request":{}}`).join(',')}]}`)
}

function problemOf(run: () => unknown): { readonly code: string; readonly details: Readonly<Record<string, unknown>> } {
  try {
    run()
  } catch (thrown) {
    if (isProblem(thrown)) return thrown
    throw thrown
  }
  throw new Error('Nothing was thrown.')
}

describe('splitBundle', () => {
  it('keeps the exact bytes of each resource: 1.10 stays 1.10, spaces and escapes stay', () => {
    const { resources } = splitBundle(bundle([weight, patient, early]))
    expect(resources.map((resource) => textOf(resource.bytes))).toEqual([patient, early, weight])
  })

  it('orders by clinical date, undated first, equal ones as they stood', () => {
    const { resources } = splitBundle(bundle([weight, patient, visit, early, visit], 'collection'))
    expect(resources.map(({ index }) => index)).toEqual([1, 3, 2, 4, 0])
    expect(resources.map(({ date }) => date)).toEqual([undefined, '1999', '2024-05-01', '2024-05-01', '2024-05-02T08:00:00+09:00'])
  })

  it('takes the identifiers of the patient that have a value', () => {
    expect(splitBundle(bundle([patient])).identifiers).toEqual([{ system: 'urn:mrn', value: 'A-1' }, { value: 'B' }])
  })

  it('refuses what is not JSON or names a member twice, with the place', () => {
    expect(problemOf(() => splitBundle(bytesOf('{"resourceType":"Bundle",')))).toMatchObject({ code: 'INPUT_MALFORMED', details: { reason: 'MALFORMED' } })
    expect(problemOf(() => splitBundle(bundle([patient, '{"resourceType":"Observation","status":"final","status":"amended"}'])))).toMatchObject({ code: 'INPUT_MALFORMED', details: { reason: 'DUPLICATE_MEMBER' } })
    expect(problemOf(() => splitBundle(bytesOf('['.repeat(500))))).toMatchObject({ code: 'INPUT_TOO_LARGE' })
  })

  it('refuses other envelopes and bundles without exactly one patient, naming each place', () => {
    expect(problemOf(() => splitBundle(bytesOf('[]')))).toMatchObject({ code: 'FHIR_INVALID', details: { problems: [{ path: 'Bundle' }] } })
    expect(problemOf(() => splitBundle(bundle([patient], 'searchset')))).toMatchObject({ code: 'FHIR_INVALID', details: { problems: [{ path: 'Bundle.type' }] } })
    expect(problemOf(() => splitBundle(bundle([patient, '{}', '[]'])))).toMatchObject({ details: { problems: [{ path: 'Bundle.entry[1].resource' }, { path: 'Bundle.entry[2].resource' }] } })
    expect(problemOf(() => splitBundle(bundle([patient, patient])))).toMatchObject({ details: { problems: [{ path: 'Bundle.entry' }] } })
    expect(problemOf(() => splitBundle(bundle([])))).toMatchObject({ code: 'FHIR_INVALID' })
  })

  it('refuses more than 32 MiB and more than 4,096 resources', () => {
    expect(problemOf(() => splitBundle(new Uint8Array(32 * 1024 * 1024 + 1)))).toMatchObject({ code: 'INPUT_TOO_LARGE' })
    expect(problemOf(() => splitBundle(bundle([patient, ...Array<string>(4096).fill(visit)])))).toMatchObject({ code: 'INPUT_TOO_LARGE' })
    expect(splitBundle(bundle([patient, ...Array<string>(4095).fill(visit)])).resources).toHaveLength(4096)
  })

  it('gives back every JSON object byte for byte, whatever it holds', () => {
    fc.assert(fc.property(fc.array(fc.dictionary(fc.string(), fc.jsonValue()), { maxLength: 5 }), fc.nat(4), (members, space) => {
      const resources = members.map((member) => JSON.stringify({ ...member, resourceType: 'Basic' }, null, space))
      const split = splitBundle(bundle([patient, ...resources]))
      expect([...split.resources].sort((a, b) => a.index - b.index).map((resource) => textOf(resource.bytes))).toEqual([patient, ...resources])
    }), { numRuns: 100 })
  })
})

const cases = process.env['CARELEDGER_CASES'] ?? join(import.meta.dirname, '../../../../shared/cases')
const synthea = join(cases, 'synthea')

describe.skipIf(!existsSync(synthea))('splitBundle on the Synthea bundles of ../shared/cases (skipped where the folder is missing)', () => {
  it('cuts out every resource unchanged, in order of dates', () => {
    for (const name of readdirSync(synthea).filter((file) => file.endsWith('.json'))) {
      const bytes = readFileSync(join(synthea, name))
      const whole = JSON.parse(bytes.toString()) as { readonly entry: readonly { readonly resource: { readonly resourceType: string } }[] }
      const { resources, identifiers } = splitBundle(bytes)
      expect([...resources].sort((a, b) => a.index - b.index).map((resource) => JSON.parse(textOf(resource.bytes)) as unknown)).toEqual(whole.entry.map((entry) => entry.resource))
      const times = resources.flatMap(({ date }) => (date === undefined ? [] : [Date.parse(date)]))
      expect(times).toEqual([...times].sort((a, b) => a - b))
      expect(identifiers.length).toBeGreaterThan(0)
      expect(resources.filter(({ date }) => date === undefined).every(({ type }) => ['Patient', 'Organization', 'Practitioner', 'Goal'].includes(type))).toBe(true)
    }
  })
})
