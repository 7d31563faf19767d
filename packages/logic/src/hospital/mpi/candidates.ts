import type { ReadView } from '@careledger/data-spec'
import { normaliseSearchValue, type OrganisationKeys } from '@careledger/identity'
import { familyToken, identifierToken, identifierValueToken, normalisePhone, phoneToken } from '../../fhir/search-tokens.ts'
import type { PatientTraits } from './traits.ts'

/** Most patients looked up under one token, and most compared with one patient. A family of namesakes born on one day is smaller. */
const eachMax = 50
const candidatesMax = 200

/**
 * Tokens under which the other record of the same person can stand: an identifier, its value alone, a phone number, and a family name with a
 * birth date. Since tokens are keyed, what may have been mistyped is looked up by its variants: day and month swapped, given and family
 * name swapped, and with `thorough` each birth date that differs in one digit. Never a single field that few values have.
 */
export function blockingTokens(keys: Pick<OrganisationKeys, 'token'>, traits: PatientTraits, thorough: boolean): readonly string[] {
  const identifiers = traits.identifiers.filter(({ value }) => normaliseSearchValue(value) !== '').flatMap((identifier) => [identifierToken(keys, identifier), identifierValueToken(keys, identifier.value)])
  const phones = traits.phones.filter((phone) => /\d{5}/.test(normalisePhone(phone))).map((phone) => phoneToken(keys, phone))
  const names = [...new Set(traits.names.flatMap(({ family, given }) => [family, given]).filter((name) => normaliseSearchValue(name) !== ''))].slice(0, 8)
  const dates = traits.birthDate === undefined ? [] : birthDateVariants(traits.birthDate, thorough)
  return [...new Set([...identifiers, ...phones, ...names.flatMap((name) => dates.map((date) => familyToken(keys, name, date)))])]
}

/** The date first; every variant is a day that exists. */
export function birthDateVariants(date: string, thorough: boolean): readonly string[] {
  const [year, month, day] = date.split('-')
  if (year === undefined || month === undefined || day === undefined) return [date]
  const swapped = `${year}-${day}-${month}`
  const digits = thorough ? [...date].flatMap((digit, place) => (digit === '-' ? [] : [...'0123456789'].filter((other) => other !== digit).map((other) => `${date.slice(0, place)}${other}${date.slice(place + 1)}`))) : []
  return [...new Set([date, ...[swapped, ...digits].filter(isDay)])]
}

function isDay(date: string): boolean {
  const parsed = new Date(`${date}T00:00:00Z`)
  return !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(date) && date >= '1870-01-01'
}

/** Handles of patients that stand under one of the tokens, at most 200, without the patient asked about. */
export async function candidatesOf(view: ReadView, tokens: readonly string[], patient: string): Promise<readonly string[]> {
  const found = new Set<string>()
  const pages = await Promise.all(tokens.map((equals) => view.find({ table: 'patient-token', index: 'token', equals, limit: eachMax })))
  pages.forEach(({ rows }, place) => rows.forEach(({ key }) => found.add(key.slice((tokens[place] as string).length + 1))))
  found.delete(patient)
  return [...found].slice(0, candidatesMax)
}
