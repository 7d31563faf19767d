import { MEDICINE_CLASSES } from './medicine-classes.ts'

/** Something with a name and perhaps codes. */
export interface Named {
  readonly text: string
  readonly codings: readonly { readonly system?: string | undefined; readonly code: string }[]
}

export interface Likeness {
  readonly because: 'code' | 'ingredient' | 'class'
  /** The class, where that is why. */
  readonly group?: string | undefined
}

/**
 * Whether two medicines, or a medicine and the substance of an allergy, are one thing as far as words and codes tell. It finds what is written
 * alike and nothing else: `undefined` is no clearance. `classes`: one of the same class counts too.
 */
export function likeness(one: Named, other: Named, classes: boolean): Likeness | undefined {
  if (one.codings.some((a) => other.codings.some((b) => a.code === b.code && a.system === b.system))) return { because: 'code' }
  const known = ingredients(other.text)
  if (ingredients(one.text).some((word) => known.includes(word))) return { because: 'ingredient' }
  const group = classes ? MEDICINE_CLASSES.find((each) => [one, other].every(({ text }) => [...each.members, ...each.words].some((word) => text.toLowerCase().includes(word)))) : undefined
  return group === undefined ? undefined : { because: 'class', group: group.name }
}

/** Words around an ingredient that name none: forms, units, ways, and what allergy entries say around the substance. */
const NO_INGREDIENT: ReadonlySet<string> = new Set([
  'allergy', 'allergic', 'intolerance', 'adverse', 'reaction', 'hypersensitivity', 'drug', 'medicine', 'tablet', 'tablets', 'capsule', 'capsules', 'oral', 'solution', 'injection', 'cream', 'ointment', 'syrup', 'spray', 'drops',
  'release', 'extended', 'extended-release', 'sustained', 'modified', 'delayed', 'daily', 'once', 'twice', 'units', 'unit', 'acid', 'sodium', 'potassium', 'calcium', 'hydrochloride', 'sulfate', 'sulphate', 'maleate', 'with', 'and', 'for', 'the',
  '알레르기', '정제', '캡슐', '주사', '시럽', '서방정',
])

/** The words of a name that can be an ingredient: four letters or more, two in Hangul. */
function ingredients(text: string): readonly string[] {
  return (text.toLowerCase().match(/[\p{L}][\p{L}-]+/gu) ?? []).filter((word) => !NO_INGREDIENT.has(word) && (/[가-힣]/.test(word) ? word.length >= 2 : word.length >= 4))
}
