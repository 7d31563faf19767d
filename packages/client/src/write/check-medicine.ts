import type { Coded } from './write-context.ts'
import { MEDICINE_CLASSES } from './medicine-classes.ts'

/** An active record to compare with: an item of `writing.prepare`. */
export interface ActiveRecord {
  readonly id: string
  readonly text: string
  readonly codings: readonly { readonly system?: string | undefined; readonly code: string }[]
}

export interface MedicineWarning {
  /** v3-ActCode of the detected issue. */
  readonly code: 'ALGY' | 'DUPTHPY'
  /** The record that speaks against it. */
  readonly record: ActiveRecord
  /** Same code, the same ingredient by its words, or one of the same class. */
  readonly because: 'code' | 'ingredient' | 'class'
  /** The class, where that is why. */
  readonly medicineClass?: string | undefined
}

/**
 * What speaks against prescribing a medicine, as far as words and codes tell: recorded allergies, and active prescriptions of the same
 * ingredient. It finds what is written alike and nothing else; no warning is no clearance.
 */
export function medicineWarnings(medicine: Coded, allergies: readonly ActiveRecord[], prescriptions: readonly ActiveRecord[]): readonly MedicineWarning[] {
  return [
    ...allergies.flatMap((record) => warning('ALGY', medicine, record) ?? classWarning(medicine, record) ?? []),
    ...prescriptions.flatMap((record) => warning('DUPTHPY', medicine, record) ?? []),
  ]
}

function warning(code: MedicineWarning['code'], medicine: Coded, record: ActiveRecord): MedicineWarning | undefined {
  if (record.codings.some((one) => medicine.codings?.some((other) => other.code === one.code && other.system === one.system))) return { code, record, because: 'code' }
  const [asked, known] = [ingredients(medicine.text), ingredients(record.text)]
  return known.some((word) => asked.includes(word)) ? { code, record, because: 'ingredient' } : undefined
}

function classWarning(medicine: Coded, record: ActiveRecord): MedicineWarning | undefined {
  const [asked, known] = [medicine.text.toLowerCase(), record.text.toLowerCase()]
  for (const { name, words, members } of MEDICINE_CLASSES) {
    const isMember = (text: string): boolean => members.some((member) => text.includes(member)) || words.some((word) => text.includes(word))
    if (isMember(asked) && isMember(known)) return { code: 'ALGY', record, because: 'class', medicineClass: name }
  }
  return undefined
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
