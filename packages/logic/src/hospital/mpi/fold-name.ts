/** Letters that Unicode does not take apart, as they are commonly written without them. */
const letters: Readonly<Record<string, string>> = { ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', đ: 'd', ð: 'd', þ: 'th', ł: 'l', ı: 'i' }

/** Revised Romanization of Korean (2000), by initial, vowel and final of a syllable. */
const initials = ['g', 'kk', 'n', 'd', 'tt', 'r', 'm', 'b', 'pp', 's', 'ss', '', 'j', 'jj', 'ch', 'k', 't', 'p', 'h']
const vowels = ['a', 'ae', 'ya', 'yae', 'eo', 'e', 'yeo', 'ye', 'o', 'wa', 'wae', 'oe', 'yo', 'u', 'wo', 'we', 'wi', 'yu', 'eu', 'ui', 'i']
const finals = ['', 'k', 'k', 'k', 'n', 'n', 'n', 't', 'l', 'k', 'm', 'l', 'l', 'l', 'p', 'l', 'm', 'p', 'p', 't', 't', 'ng', 't', 't', 'k', 't', 'p', 't']

/** Korean family names that people spell in Latin letters otherwise than the rules do: every spelling folds to the first. */
const familySpellings: readonly (readonly string[])[] = [
  ['gim', 'kim'], ['i', 'lee', 'yi', 'rhee', 'ri', 'li'], ['bak', 'park', 'pak'], ['choe', 'choi'], ['jeong', 'jung', 'chung', 'joung'], ['gang', 'kang'], ['jo', 'cho'],
  ['yun', 'yoon'], ['jang', 'chang'], ['im', 'lim', 'rim'], ['o', 'oh'], ['seo', 'suh'], ['sin', 'shin'], ['gwon', 'kwon'], ['yu', 'yoo', 'ryu', 'you'], ['an', 'ahn'], ['u', 'woo'], ['no', 'roh', 'noh'], ['mun', 'moon'],
]
const familyOf = new Map(familySpellings.flatMap(([first, ...others]) => others.map((other) => [other, first as string] as const)))

/**
 * A name as it is compared: romanised where it is Hangul, without marks, case, spaces and hyphens; a through z and 0 through 9, and letters of
 * other scripts as they are. So "José", "JOSE" and "Jose" are one, and so are "서연", "Seo-yeon" and "SEOYEON".
 */
export function foldName(name: string): string {
  const latin = [...name.normalize('NFC').toLowerCase()].map((character) => letters[character] ?? romanise(character)).join('')
  return latin.normalize('NFKD').replace(/[^\p{L}\p{N}]/gu, '')
}

/** The same for a family name; spellings of one Korean family name are one. */
export function foldFamily(name: string): string {
  const folded = foldName(name)
  return familyOf.get(folded) ?? folded
}

function romanise(character: string): string {
  const place = (character.codePointAt(0) ?? 0) - 0xac00
  if (place < 0 || place >= 11_172) return character
  return `${initials[Math.floor(place / 588)]}${vowels[Math.floor((place % 588) / 28)]}${finals[place % 28]}`
}
