import { checkCharacter, checkValue } from './check-character.ts'

/** A donation identification number (DIN) of ISBT 128: 13 characters, unique in the world for a hundred years. */
export interface DonationNumber {
  /** `αppppyynnnnnn`: facility, year, sequence; what units are found by. */
  readonly din: string
  /** Facility identification number, 5 characters. */
  readonly facility: string
  /** Last two digits of the nominal year of collection. */
  readonly year: string
  /** Six digits. */
  readonly sequence: string
}

export type DonationNumberProblem = 'malformed' | 'check-character'

/** `A-N`, `P-Z` or `1-9`, then four characters of which the second may be a letter; two digits of the year; six digits. ISBT 128 ST-001, data structure 001. */
const dinForm = /^([A-NP-Z1-9][0-9A-Z]{4})([0-9]{2})([0-9]{6})$/

/** Source: ICCBBA ST-001, data structure 001. `undefined`: not of that form. */
export function parseDin(text: string): DonationNumber | undefined {
  const [din, facility, year, sequence] = dinForm.exec(text) ?? []
  if (din === undefined || facility === undefined || year === undefined || sequence === undefined) return undefined
  return { din, facility, year, sequence }
}

/**
 * Reads what a person types from a label: `G1234 98 654321 H`, with the check character, which lies in a box beside the number; spaces and
 * hyphens do not matter. Without the check character (13 characters) it is refused as malformed: one wrong digit would name another person's blood.
 */
export function readTypedDin(text: string): DonationNumber | { readonly problem: DonationNumberProblem } {
  const plain = text.replace(/[\s-]/gu, '').toUpperCase()
  const number = parseDin(plain.slice(0, 13))
  if (number === undefined || plain.length !== 14) return { problem: 'malformed' }
  return plain[13] === checkCharacter(number.din) ? number : { problem: 'check-character' }
}

/** As a label shows it: `G1234 98 654321 H`. */
export function formatDin({ din, facility, year, sequence }: DonationNumber): string {
  return `${facility} ${year} ${sequence} ${checkCharacter(din)}`
}

/**
 * What stands in the flag positions of a bar code. `00`: no meaning; 60 to 96: the check value once more; others have local or type-1 meaning
 * that says nothing about the number. Answers whether they contradict the number.
 */
export function contradictsFlags(din: string, flags: string): boolean {
  const value = /^[0-9]{2}$/.test(flags) ? Number(flags) : -1
  return value >= 60 && value <= 96 && value - 60 !== checkValue(din)
}
