import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readResource } from './resource.ts'
import { linePlaces, resultMeaning } from './result-meaning.ts'

const result = (members: string) => readResource(new TextEncoder().encode(`{"resourceType":"Observation","code":{"text":"Haemoglobin"},${members}}`))!
const value = '"valueQuantity":{"value":9.80,"unit":"g/dL"}'
const range = '"referenceRange":[{"low":{"value":12,"unit":"g/dL"},"high":{"value":16,"unit":"g/dL"}}]'

describe('what a result means', () => {
  it('comes from its own range, with the digits as they were written', () => {
    expect(resultMeaning(result(`${value},${range}`))).toMatchObject({ value: '9.80 g/dL', standing: 'low', range: '12 – 16 g/dL' })
    expect(resultMeaning(result(`"valueQuantity":{"value":12,"unit":"g/dL"},${range}`))?.standing).toBe('within')
    expect(resultMeaning(result(`"valueQuantity":{"value":16.1,"unit":"g/dL"},${range}`))?.standing).toBe('high')
  })

  it('comes first from the word that its laboratory gave', () => {
    expect(resultMeaning(result(`${value},${range},"interpretation":[{"coding":[{"code":"LL"}]}]`))?.standing).toBe('critical')
    expect(resultMeaning(result(`${value},${range},"interpretation":[{"coding":[{"code":"N"}]}]`))?.standing).toBe('within')
  })

  it.each([
    ['no range', value], ['a range in another unit', `${value},"referenceRange":[{"low":{"value":120,"unit":"g/L"}}]`],
    ['a value that is only a bound itself', `"valueQuantity":{"comparator":"<","value":13,"unit":"g/dL"},${range}`],
  ])('is unknown with %s: nothing is made up', (_why, members) => {
    expect(resultMeaning(result(members))?.standing).toBe('unknown')
  })

  it('is not asked of what is no measured number', () => {
    expect(resultMeaning(result('"valueString":"positive"'))).toBeUndefined()
    expect(resultMeaning(readResource(new TextEncoder().encode('{"resourceType":"Condition"}'))!)).toBeUndefined()
  })

  it('stands on a line that holds value and range, in their order', () => {
    fc.assert(fc.property(fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.double({ min: 0.001, max: 1e6, noNaN: true }), (number, low, width) => {
      const places = linePlaces({ number, low, high: low + width })!
      for (const place of [places.value, places.low!, places.high!]) expect(place >= 0 && place <= 100).toBe(true)
      if (number < low) expect(places.value).toBeLessThanOrEqual(places.low!)
      if (number > low + width) expect(places.value).toBeGreaterThanOrEqual(places.high!)
    }))
    expect(linePlaces({ number: 1 })).toBeUndefined()
  })
})
