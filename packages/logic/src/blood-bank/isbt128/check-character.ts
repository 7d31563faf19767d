const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ*'

/**
 * The ISO 7064 mod 37-2 check character of `text`: one of `0-9`, `A-Z` or `*`. It finds every single wrong character and every exchange of two
 * neighbours. Throws RangeError for any other character in `text`. Source: ISO/IEC 7064; JPAC Red Book, annex 2.
 */
export function checkCharacter(text: string): string {
  return alphabet[checkValue(text)] as string
}

/** The same as a number, 0 to 36: the flag characters of a bar code are 60 plus it. */
export function checkValue(text: string): number {
  let sum = 0
  for (const character of text) {
    const value = alphabet.indexOf(character)
    if (value === -1 || value === 36) throw new RangeError('Only digits and capital letters have a check character.')
    sum = ((sum + value) * 2) % 37
  }
  return (38 - sum) % 37
}
