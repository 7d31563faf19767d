/**
 * A number of a person as it is shown where it need not be read out: the first six tenths and at most seven characters, the rest as stars,
 * marks between them kept (`900101-2******`, `010-1234-****`). One rule for every screen and list: differing masks of one number could be put together.
 */
export function maskNumber(number: string): string {
  const characters = [...number]
  const shown = Math.min(7, Math.ceil(characters.filter((character) => /[\p{L}\p{N}]/u.test(character)).length * 0.6))
  let seen = 0
  return characters.map((character) => (/[\p{L}\p{N}]/u.test(character) && ++seen > shown ? '*' : character)).join('')
}
