import { codeWords } from '../i18n/words/codes.ts'
import type { WordKey } from '../i18n/translate.ts'
import type { Preferences } from '../session/preferences.tsx'
import type { Fact } from '../components/facts.tsx'
import type { PlainFact } from './plain-words.ts'

const coded: ReadonlySet<WordKey> = new Set(['field.status', 'field.kind', 'field.severity', 'field.verification', 'field.sex', 'field.priority', 'field.reaction'])

const truth = { true: true, false: false }

/** Facts in the reader's language: labels, dates, and codes that have a word. Names and measured values stay as they were written. */
export function factsInWords(facts: readonly PlainFact[], { t, clinicalDate }: Preferences): readonly Fact[] {
  return facts.map(({ label, value, date }) => ({ label: t(label), value: date ? clinicalDate(value) : coded.has(label) || (label === 'field.value' && value in truth) ? value.split(', ').map((part) => codeWord(t, part)).join(', ') : value }))
}

/** A status in the reader's language. */
export function statusWord(t: Preferences['t'], status: string | undefined): string | undefined {
  return status === undefined ? undefined : codeWord(t, status)
}

function codeWord(t: Preferences['t'], code: string): string {
  const key = code in codeWords.en ? code : code.toLowerCase()
  return key in codeWords.en ? t(`code.${key}` as WordKey) : code
}
