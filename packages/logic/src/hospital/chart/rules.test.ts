import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { RecordRow } from '../tables.ts'
import { readingFlag } from './flags.ts'
import { ingredientOf, strengthsOf } from './ingredient.ts'
import { fold, type ChartRecord } from './read-chart.ts'
import { orderedSections, SECTION_KEYS } from './sections.ts'
import { pageOf } from './timeline.ts'
import { loadUnits, ucumOf } from './units.ts'
import { toVisits } from './visits.ts'

const row = (more: Partial<RecordRow>): RecordRow => ({ type: 'Observation', title: 'x', mediaType: '', content: '', author: 'a', recordedAt: '', ...more })

describe('what a result means', () => {
  it.each([
    [{ value: '5', low: '3.5', high: '5.1' }, 'N'], [{ value: '5.2', low: '3.5', high: '5.1' }, 'H'], [{ value: '3.4', low: '3.5' }, 'L'], [{ value: '5.1', high: '5.1' }, 'N'],
    [{ value: '5', low: '3.5', high: '5.1', flag: 'HH' }, 'HH'], [{ value: '5', flag: 'H' }, 'H'], [{ value: '5' }, undefined], [{ value: '5', high: '5.1', flag: 'U' }, 'N'],
    [{ value: '5', comparator: '<', high: '5.1' }, undefined], [{ value: '3', comparator: '>', low: '3.5', high: '5' }, undefined], [{ value: '6', comparator: '>', high: '5.1' }, 'H'], [{ value: '5', high: '0.1', rangeUnit: 'g/L' }, undefined],
  ] as const)('%j is %s: its own word, else its own range, and nobody else\'s', (reading, expected) => expect(readingFlag(reading)).toBe(expected))
})

describe('medicines by their names', () => {
  it.each([
    ['Metformin 500 mg extended-release oral tablet', 'metformin'], ['24 HR Metformin hydrochloride 500 MG Extended Release Oral Tablet', 'metformin'], ['Lisinopril 10 MG Oral Tablet', 'lisinopril'], ['Abuse-Deterrent 12 HR Oxycodone Hydrochloride 15 MG Extended Release Oral Tablet', 'oxycodone'],
    ['Hydrocodone Bitartrate 7.5 MG / Acetaminophen 325 MG Oral Tablet', 'acetaminophen + hydrocodone'], ['Acetaminophen 325 MG / HYDROcodone Bitartrate 5 MG Oral Tablet', 'acetaminophen + hydrocodone'], ['아스피린 100mg', '아스피린'], ['5', '5'],
  ])('%s is %s', (name, expected) => expect(ingredientOf(name)).toBe(expected))

  it('reads strengths whatever their spelling', () => {
    expect(strengthsOf('Levothyroxine 25MCG / X 1,5 mg')).toEqual(['25 µg', '1.5 mg'])
    expect(strengthsOf('Aspirin')).toEqual([])
  })
})

describe('units', () => {
  it('converts by UCUM, also what senders spell otherwise, and never mass to amount without the substance', async () => {
    const units = await loadUnits()
    expect(units.convert(120, ucumOf({ unit: 'mmHg' }), 'kPa')).toBeCloseTo(15.9986, 4)
    expect(units.convert(5, ucumOf({ unit: 'x10^3/uL' }), '10*9/L')).toBe(5)
    expect(units.convert(98.6, ucumOf({ unit: 'F', ucum: '[degF]' }), 'Cel')).toBe(37)
    expect(units.convert(100, 'mg/dL', 'mmol/L')).toBeUndefined()
    expect(units.convert(1, 'tablet', 'mg')).toBeUndefined()
  })
})

describe('the order of sections', () => {
  it('is the hospital\'s; what it does not know is left out, and allergies never are', () => {
    expect(orderedSections(['results', 'nonsense', 'medicines']).map(({ key }) => key)).toEqual(['allergies', 'results', 'medicines'])
    expect(orderedSections(['results', 'allergies']).map(({ key }) => key)).toEqual(['results', 'allergies'])
    expect(orderedSections(undefined).map(({ key }) => key)).toEqual(SECTION_KEYS)
    expect(SECTION_KEYS[0]).toBe('allergies')
  })
})

describe('versions', () => {
  it('are folded under what replaced them, and stand by themselves where that may not be read', () => {
    const records = [{ id: 'c', row: row({ replaces: 'b' }) }, { id: 'b', row: row({ replaces: 'a', replacedBy: 'c' }) }, { id: 'a', row: row({ replacedBy: 'b' }) }, { id: 'y', row: row({ replacedBy: 'z' }) }]
    expect(fold(records).map(({ id, versions }) => [id, versions.map((version) => version.id)])).toEqual([['c', ['b', 'a']], ['y', []]])
    expect(fold(records.slice(1)).map(({ id }) => id)).toEqual(['b', 'y'])
  })
})

const dates = fc.constantFrom(undefined, '2019', '2020-05', '2020-05-03', '2020-05-03T09:00:00+09:00', '2020-05-02T23:30:00Z', '2021-01-01')
const anyRecord = fc.record({ type: fc.constantFrom('Observation', 'Condition', 'Claim', 'Patient'), date: dates, encounter: fc.constantFrom(undefined, 'e1', 'e2', 'gone') })
const anyEncounter = fc.record({ fhirId: fc.constantFrom('e1', 'e2'), date: dates })

describe('a timeline', () => {
  it('shows every record once, newest first, whatever the size of its pages', () => {
    fc.assert(fc.property(fc.array(anyRecord, { maxLength: 20 }), fc.uniqueArray(anyEncounter, { selector: ({ fhirId }) => fhirId, maxLength: 2 }), fc.integer({ min: 1, max: 6 }), (some, encounters, limit) => {
      const rows = [...some.map((one) => row(one)), ...encounters.map((one) => row({ ...one, type: 'Encounter' }))]
      const records: readonly ChartRecord[] = fold(rows.map((one, place) => ({ id: `id-${String(place).padStart(3, '0')}`, row: one })))
      const all = toVisits(records)
      const shown = all.flatMap(({ encounter, records: inside }) => [...(encounter === undefined ? [] : [encounter]), ...inside])
      expect(shown.map(({ id }) => id).sort()).toEqual(records.filter(({ row: { type } }) => type !== 'Patient').map(({ id }) => id).sort())
      expect(all.map(({ at }) => at)).toEqual(all.map(({ at }) => at).toSorted((a, b) => (a === b ? 0 : b - a)))
      const paged: string[] = []
      let after: (typeof all)[number] | undefined
      do {
        const { page, next } = pageOf(all, after, limit)
        paged.push(...page.map(({ key }) => key))
        after = next
      } while (after !== undefined)
      expect(paged).toEqual(all.map(({ key }) => key))
    }), { numRuns: 200 })
  })

  it('keeps a filtered visit under its encounter, and leaves out what lies outside the days', () => {
    const records = fold([{ id: '3', row: row({ type: 'Encounter', fhirId: 'e1', date: '2020-05-03' }) }, { id: '2', row: row({ encounter: 'e1', date: '2020-05-03' }) }, { id: '1', row: row({ type: 'Condition', date: '2018' }) }])
    expect(toVisits(records, { types: ['Observation'] }).map(({ encounter, records: inside }) => [encounter?.id, inside.map(({ id }) => id)])).toEqual([['3', ['2']]])
    expect(toVisits(records, { from: '2018-06-01', to: '2019-01-01' }).map(({ key }) => key)).toEqual(['day/2018'])
    expect(toVisits(records, { from: '2020-05-04' })).toEqual([])
  })
})
