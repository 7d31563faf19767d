import { normaliseSearchValue } from '@careledger/identity'
import { foldFamily, foldName } from './fold-name.ts'
import { jaroWinkler } from './jaro-winkler.ts'
import type { PatientTraits } from './traits.ts'
import { THRESHOLDS, weightOf, type MatchField, type MatchLevel } from './weights.ts'

/** Why two patients may be one person: what a field showed, and its weight in bits. */
export interface MatchReason {
  readonly field: MatchField
  readonly level: MatchLevel
  readonly weight: number
}

export interface Match {
  /** Sum of the weights, in bits. */
  readonly score: number
  /** `automatic` only where no field contradicts. */
  readonly outcome: 'automatic' | 'review' | 'none'
  /** Fields that both have, in the order of their weight. */
  readonly reasons: readonly MatchReason[]
}

/** Compares two patients field by field. A field that one of them lacks says nothing. Symmetric. */
export function compareTraits(one: PatientTraits, other: PatientTraits): Match {
  const levels: readonly (readonly [MatchField, MatchLevel | undefined])[] = [
    ['identifier', identifierLevel(one, other)], ...nameLevels(one, other), ['birthDate', birthDateLevel(one.birthDate, other.birthDate)],
    ['sex', equality(one.sex, other.sex)], ['phone', phoneLevel(one, other)], ['address', addressLevel(one, other)],
  ]
  const reasons = levels.flatMap(([field, level]) => (level === undefined ? [] : [{ field, level, weight: Math.round(weightOf(field, level) * 10) / 10 }])).sort((a, b) => b.weight - a.weight)
  const score = Math.round(reasons.reduce((sum, { weight }) => sum + weight, 0) * 10) / 10
  const contradicted = reasons.some(({ field, level }) => level === 'different' && field !== 'phone' && field !== 'address')
  return { score, outcome: score >= THRESHOLDS.automatic && !contradicted ? 'automatic' : score >= THRESHOLDS.review ? 'review' : 'none', reasons }
}

/** Another number of the same kind says nothing: that is how a double registration looks. */
function identifierLevel(one: PatientTraits, other: PatientTraits): MatchLevel | undefined {
  const key = ({ system, value }: PatientTraits['identifiers'][number]): string => `${system ?? ''}\n${normaliseSearchValue(value)}`
  const known = new Set(one.identifiers.filter(({ system }) => system !== undefined).map(key))
  return other.identifiers.some((identifier) => known.has(key(identifier))) ? 'same' : undefined
}

/** The pair of names that fits best. */
function nameLevels(one: PatientTraits, other: PatientTraits): readonly (readonly [MatchField, MatchLevel | undefined])[] {
  const pairs = one.names.flatMap((a) => other.names.map((b) => levelsOfNames(a, b)))
  const weight = (levels: (typeof pairs)[number]): number => levels.reduce((sum, [field, level]) => sum + (level === undefined ? 0 : weightOf(field, level)), 0)
  return pairs.sort((a, b) => weight(b) - weight(a))[0] ?? []
}

type Name = PatientTraits['names'][number]

function levelsOfNames(a: Name, b: Name): readonly (readonly [MatchField, MatchLevel | undefined])[] {
  const [familyA, familyB, givenA, givenB] = [foldFamily(a.family), foldFamily(b.family), foldName(a.given), foldName(b.given)]
  const swapped = familyA !== familyB && foldName(a.family) === givenB && givenA === foldName(b.family) && givenA !== ''
  if (swapped) return [['family', 'swapped'], ['given', 'same']]
  return [['family', textLevel(familyA, familyB)], ['given', givenLevel(givenA, givenB)]]
}

const similarFrom = 0.92

function textLevel(one: string, other: string): MatchLevel | undefined {
  if (one === '' || other === '') return undefined
  return one === other ? 'same' : jaroWinkler(one, other) >= similarFrom ? 'similar' : 'different'
}

function givenLevel(one: string, other: string): MatchLevel | undefined {
  const level = textLevel(one, other)
  return level === 'different' && (one.length === 1 || other.length === 1) && one[0] === other[0] ? 'initial' : level
}

/** Same; day and month swapped; one digit another, two neighbours swapped; one date only a part of the other. */
function birthDateLevel(one: string | undefined, other: string | undefined): MatchLevel | undefined {
  if (one === undefined || other === undefined) return undefined
  if (one === other) return one.length === 10 ? 'same' : 'partial'
  if (one.length !== other.length) return one.startsWith(other) || other.startsWith(one) ? 'partial' : 'different'
  const [year, month, day] = one.split('-')
  if (day !== undefined && `${year}-${day}-${month}` === other) return 'swapped'
  const places = [...one].flatMap((digit, place) => (digit === other[place] ? [] : [place]))
  const [first, second] = places
  const neighbours = places.length === 2 && first !== undefined && second !== undefined && one[first] === other[second] && one[second] === other[first]
  return places.length === 1 || neighbours ? 'one-digit' : 'different'
}

function equality(one: string | undefined, other: string | undefined): MatchLevel | undefined {
  const known = (value: string | undefined): value is string => value === 'male' || value === 'female'
  return !known(one) || !known(other) ? undefined : one === other ? 'same' : 'different'
}

/** By the last eight digits, so that a country code does not part them. */
function phoneLevel(one: PatientTraits, other: PatientTraits): MatchLevel | undefined {
  const ends = ({ phones }: PatientTraits): readonly string[] => phones.map((phone) => phone.replace(/\D/g, '').slice(-8)).filter((phone) => phone.length === 8)
  const [ours, theirs] = [ends(one), ends(other)]
  if (ours.length === 0 || theirs.length === 0) return undefined
  return ours.some((phone) => theirs.includes(phone)) ? 'same' : 'different'
}

function addressLevel(one: PatientTraits, other: PatientTraits): MatchLevel | undefined {
  const fold = ({ postalCode, city, line }: PatientTraits['addresses'][number]) => ({ area: foldName(postalCode === '' ? city : postalCode), line: foldName(line) })
  const pairs = one.addresses.map(fold).flatMap((a) => other.addresses.map(fold).map((b) => ({ a, b }))).filter(({ a, b }) => a.area !== '' && b.area !== '' && a.line !== '' && b.line !== '')
  if (pairs.length === 0) return undefined
  const levels = pairs.map(({ a, b }): MatchLevel => (a.area !== b.area ? 'different' : a.line === b.line ? 'same' : jaroWinkler(a.line, b.line) >= similarFrom ? 'similar' : 'different'))
  return levels.includes('same') ? 'same' : levels.includes('similar') ? 'similar' : 'different'
}
