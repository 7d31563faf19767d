import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { normaliseSearchValue } from './normalise-search-value.ts'

describe('a search value', () => {
  it.each([['  KIM   Min-Su ', 'kim min-su'], ['Straße', 'strasse'], ['STRASSE', 'strasse'], ['STRAẞE', 'strasse'], ['Ａｂｃ', 'abc'], ['e\u0301', 'é'], ['ﬁn', 'fin'], ['김\u00a0민수', '김 민수'], ['\u1100\u1161', '가']])('%j is compared as %j', (value, normalised) => {
    expect(normaliseSearchValue(value)).toBe(normalised)
  })

  it('is the same when normalised twice', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (value) => normaliseSearchValue(normaliseSearchValue(value)) === normaliseSearchValue(value)), { numRuns: 2000 })
  })
})
