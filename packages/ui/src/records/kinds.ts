import { kindWords } from '../i18n/words/kinds.ts'
import { fieldWords, typeWords } from '../i18n/words/types.ts'
import type { Translate, WordKey } from '../i18n/translate.ts'

/** Kinds a person can choose among, most asked first. */
export const KINDS = ['Observation', 'DiagnosticReport', 'Condition', 'AllergyIntolerance', 'MedicationRequest', 'Immunization', 'Procedure', 'Encounter', 'CarePlan', 'ImagingStudy', 'DocumentReference', 'Patient'] as const

/** The name of a kind of record: "Results". What has no word of its own keeps its FHIR name, written apart. */
export function kindName(t: Translate, type: string): string {
  if (type in fieldWords.en && /^[A-Z]/.test(type)) return t(`field.${type}` as WordKey)
  return type in kindWords.en ? t(`kind.${type}` as WordKey) : type.replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ')
}

/** So many of a kind: "3 results". */
export function kindCount(t: Translate, type: string, count: number): string {
  return `${type}_other` in typeWords.en ? t(`type.${type}` as WordKey, { count }) : t('type.Other', { count })
}

/** Numbers by kind as words, the largest first; kinds past the third are summed up. */
export function kindCounts(t: Translate, counts: Readonly<Record<string, number>>): readonly string[] {
  const sorted = Object.entries(counts).filter(([, count]) => count > 0).sort(([, a], [, b]) => b - a)
  const named = sorted.slice(0, 3).map(([type, count]) => kindCount(t, type, count))
  const rest = sorted.slice(3).reduce((sum, [, count]) => sum + count, 0)
  return rest > 0 ? [...named, t('type.Other', { count: rest })] : named
}

/** "a, b and c". */
export function joinWords(t: Translate, words: readonly string[]): string {
  if (words.length < 2) return words[0] ?? ''
  return t('access.and', { first: words.slice(0, -1).join(', '), last: words.at(-1) as string })
}
