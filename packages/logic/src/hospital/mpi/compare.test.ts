import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { birthDateVariants, blockingTokens } from './candidates.ts'
import { compareTraits } from './compare.ts'
import { foldFamily, foldName } from './fold-name.ts'
import { jaroWinkler } from './jaro-winkler.ts'
import { maskNumber } from './mask-number.ts'
import { patientTraits, type PatientTraits } from './traits.ts'
import { WEIGHTS } from './weights.ts'

const ada: PatientTraits = { names: [{ family: 'Müller', given: 'Ada' }], birthDate: '1980-05-07', sex: 'female', phones: ['+49301234567'], addresses: [{ postalCode: '10115', city: 'Berlin', line: 'Chausseestraße 1' }], identifiers: [{ system: 'urn:mrn', value: 'A-1' }] }
const with_ = (changes: Partial<PatientTraits>): PatientTraits => ({ ...ada, identifiers: [], ...changes })
const levelsOf = (other: PatientTraits) => Object.fromEntries(compareTraits(ada, other).reasons.map(({ field, level }) => [field, level]))

describe('two patients', () => {
  it('are one without a look when name, birth date, sex and phone agree, however they are written', () => {
    expect(compareTraits(ada, with_({ names: [{ family: 'MULLER', given: 'ada' }], phones: ['030 1234567'] }))).toMatchObject({ outcome: 'automatic' })
  })

  it('are for a clerk to look at: day and month swapped, one digit another, family and given name swapped, married since', () => {
    const cases: readonly (readonly [Partial<PatientTraits>, string, string])[] = [
      [{ birthDate: '1980-07-05' }, 'birthDate', 'swapped'],
      [{ birthDate: '1980-05-01' }, 'birthDate', 'one-digit'],
      [{ birthDate: '1908-05-07' }, 'birthDate', 'one-digit'],
      [{ names: [{ family: 'Ada', given: 'Müller' }] }, 'family', 'swapped'],
      [{ names: [{ family: 'Schmidt', given: 'Ada' }] }, 'family', 'different'],
    ]
    for (const [changes, field, level] of cases) {
      const other = with_({ phones: [], addresses: [], ...changes })
      expect(compareTraits(ada, other).outcome, JSON.stringify(changes)).toBe('review')
      expect(levelsOf(other)[field]).toBe(level)
    }
  })

  it('are never one without a look when a field contradicts: the twin at the same address with the same phone', () => {
    const twin = with_({ names: [{ family: 'Müller', given: 'Bertha' }] })
    expect(compareTraits(ada, twin)).toMatchObject({ outcome: 'review' })
    expect(compareTraits(ada, with_({ sex: 'male' })).outcome).toBe('review')
  })

  it('are two: a namesake born another day, and a relative who shares the phone', () => {
    expect(compareTraits(ada, with_({ birthDate: '1951-11-23', phones: [], addresses: [] })).outcome).toBe('none')
    expect(compareTraits(ada, with_({ names: [{ family: 'Müller', given: 'Carl' }], birthDate: '1951-11-23', sex: 'male', addresses: [] })).outcome).toBe('none')
  })

  it('say nothing by what one of them lacks, and by another number of the same kind', () => {
    expect(levelsOf({ names: [], phones: [], addresses: [], identifiers: [{ system: 'urn:mrn', value: 'A-2' }] })).toEqual({})
    expect(levelsOf(with_({ identifiers: [{ system: 'urn:mrn', value: 'a-1' }] }))['identifier']).toBe('same')
  })

  it('compare the same both ways', () => {
    const traits = fc.record({
      names: fc.array(fc.record({ family: fc.string({ maxLength: 8 }), given: fc.string({ maxLength: 8 }) }), { maxLength: 2 }),
      birthDate: fc.option(fc.constantFrom('1980-05-07', '1980-07-05', '1980-05', '1981-05-07'), { nil: undefined }), sex: fc.option(fc.constantFrom('male', 'female', 'other'), { nil: undefined }),
      phones: fc.array(fc.constantFrom('0301234567', '+49301234567', '110'), { maxLength: 2 }), addresses: fc.constant([]), identifiers: fc.constant([]),
    })
    fc.assert(fc.property(traits, traits, (one, other) => {
      expect(compareTraits(one, other).score).toBe(compareTraits(other, one).score)
    }))
  })

  it('rest on weights whose levels are all there is: each side of a field adds up to one', () => {
    for (const [field, levels] of Object.entries(WEIGHTS)) {
      if (field === 'identifier') continue
      for (const side of ['m', 'u'] as const) expect(Object.values(levels as Record<string, { m: number; u: number }>).reduce((sum, level) => sum + level[side], 0), `${field}.${side}`).toBeCloseTo(1, 6)
    }
  })
})

describe('a name', () => {
  it('is one in every script and spelling that people use for it', () => {
    expect(new Set(['José', 'JOSE', 'jo se', 'Jos\u0065\u0301'].map(foldName))).toEqual(new Set(['jose']))
    expect(new Set(['서연', 'Seo-yeon', 'SEOYEON'].map(foldName))).toEqual(new Set(['seoyeon']))
    expect(new Set(['이', 'Lee', 'Yi', 'Rhee'].map(foldFamily)).size).toBe(1)
    expect(foldFamily('박')).toBe(foldFamily('Park'))
    expect(foldName('Weiß-Łukasz')).toBe('weisslukasz')
  })

  it('is as like another as Winkler published', () => {
    expect(jaroWinkler('MARTHA', 'MARHTA')).toBeCloseTo(0.961, 3)
    expect(jaroWinkler('DIXON', 'DICKSONX')).toBeCloseTo(0.813, 3)
    expect(jaroWinkler('DWAYNE', 'DUANE')).toBeCloseTo(0.84, 2)
    expect(jaroWinkler('abc', 'xyz')).toBe(0)
  })

  it('is taken out of its text where FHIR has no parts: a Hangul name begins with the family\'s', () => {
    expect(patientTraits({ resourceType: 'Patient', name: [{ text: '이서연' }, { text: 'Ada King' }] }).names).toEqual([{ family: '이', given: '서연' }, { family: 'King', given: 'Ada' }])
  })
})

describe('candidates', () => {
  it('are looked up under tokens of two fields at least, with the dates that a slip of the hand gives', () => {
    expect(birthDateVariants('1980-05-17', false)).toEqual(['1980-05-17'])
    expect(birthDateVariants('1980-05-07', false)).toEqual(['1980-05-07', '1980-07-05'])
    const thorough = birthDateVariants('1980-05-17', true)
    expect(thorough).toContain('1980-05-18')
    expect(thorough).not.toContain('1980-05-37')
    const asked: string[] = []
    blockingTokens({ token: (field, value) => (asked.push(field), `${field}|${value}`) }, ada, true)
    expect(new Set(asked)).toEqual(new Set(['patient-identifier', 'patient-identifier-value', 'patient-phone', 'patient-family-birth-date']))
  })
})

describe('a masked number', () => {
  it('keeps six tenths and at most seven characters', () => {
    expect(['900101-2345678', '010-1234-5678', 'SG-204117', 'A1'].map(maskNumber)).toEqual(['900101-2******', '010-1234-****', 'SG-204***', 'A1'])
  })
})
