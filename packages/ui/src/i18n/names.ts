/**
 * Hides most of a person's name, telephone or resident number, the same way on screen, in logs, on paper and in tables:
 * two different masks of one name could be laid over each other. The number of stars does not tell the length of a Latin name.
 */
export function maskName(name: string): string {
  const trimmed = name.trim()
  if (trimmed === '') return ''
  return /\p{Script=Hangul}|\p{Script=Han}/u.test(trimmed) && !trimmed.includes(' ') ? maskSyllables([...trimmed]) : maskWords(trimmed.split(/\s+/))
}

/** Keeps all but the last group: `010-1234-****`. */
export function maskTelephone(number: string): string {
  const groups = number.split('-')
  return groups.length > 1 ? [...groups.slice(0, -1), '****'].join('-') : number.slice(0, -4) + '****'
}

/** Keeps the birth date and the first digit: `900101-2******`. */
export function maskResidentNumber(number: string): string {
  const digits = number.replace(/\D/g, '')
  return `${digits.slice(0, 6)}-${digits.slice(6, 7)}******`
}

/** Two letters for a picture of a person: first syllables of a Korean name, first letters otherwise. */
export function initials(name: string): string {
  const words = name.replace(/^(dr|mr|ms|mrs)\.?\s+/i, '').trim().split(/\s+/)
  const first = words[0] ?? ''
  if (/\p{Script=Hangul}/u.test(first)) return [...first].slice(-2).join('')
  return [first, words.length > 1 ? (words.at(-1) ?? '') : ''].map((word) => [...word][0] ?? '').join('').toUpperCase()
}

function maskSyllables(syllables: readonly string[]): string {
  const first = syllables[0] as string
  if (syllables.length <= 2) return `${first}*`
  return first + '*'.repeat(syllables.length - 2) + (syllables.at(-1) as string)
}

function maskWords(words: readonly string[]): string {
  const [family, ...given] = words as [string, ...string[]]
  return given.length === 0 ? `${[...family][0] as string}*****` : `${family} ${[...(given[0] as string)][0] as string}*****`
}
