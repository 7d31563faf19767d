/**
 * Korean particles. Words are written with both forms in brackets after the inserted name, `{{name}}[이/가]`;
 * `withParticles` keeps the one that the final sound asks for. Readers never see both.
 */
/** The sound that counts stands before a closing tag, quotation mark or bracket. */
const PAIRS = /(.?)((?:<\/b>|[”’"')])*)\[(이\/가|을\/를|은\/는|과\/와|으로\/로)\]/gu

/** Final consonants by Hangul, by digits as they are read aloud, by Latin letters as Koreans read them. */
export function hasFinalConsonant(character: string): boolean {
  return finalSound(character) !== 'none'
}

/** Replaces every bracketed pair by the form that fits the character before it. */
export function withParticles(text: string): string {
  return text.replace(PAIRS, (_, before: string, closing: string, pair: string) => before + closing + choose(before, pair))
}

function choose(before: string, pair: string): string {
  const [withFinal, without] = pair.split('/') as [string, string]
  const sound = finalSound(before)
  if (pair === '으로/로') return sound === 'none' || sound === 'rieul' ? without : withFinal
  return sound === 'none' ? without : withFinal
}

function finalSound(character: string): 'none' | 'rieul' | 'other' {
  const code = character.codePointAt(0)
  if (code === undefined) return 'none'
  if (code >= 0xac00 && code <= 0xd7a3) return [0, 8].includes((code - 0xac00) % 28) ? ((code - 0xac00) % 28 === 0 ? 'none' : 'rieul') : 'other'
  if ('178'.includes(character)) return 'rieul'
  if ('036'.includes(character)) return 'other'
  const letter = character.toLowerCase()
  if (letter === 'l' || letter === 'r') return 'rieul'
  return 'mnbkpt'.includes(letter) ? 'other' : 'none'
}
