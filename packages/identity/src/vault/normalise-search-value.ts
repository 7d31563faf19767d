/**
 * The form in which names, identifiers and phone numbers are compared: NFKC, full case folding as far as lower, upper and lower casing give it
 * (`ß` and `ẞ` meet `SS`), white space collapsed to single spaces and trimmed. What is empty after that finds nothing.
 */
export function normaliseSearchValue(value: string): string {
  return value.normalize('NFKC').toLowerCase().toUpperCase().toLowerCase().normalize('NFKC').replace(/\s+/gu, ' ').trim()
}
