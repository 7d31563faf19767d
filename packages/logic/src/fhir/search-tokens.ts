import { normaliseSearchValue, type OrganisationKeys } from '@careledger/identity'
import type { PatientFacts, PatientIdentifier } from './patient-facts.ts'

/**
 * Search across patients knows three composite fields and never a single one that few values have (design c4): an identifier with its
 * system, family name with birth date, and a phone number. Every value is NFKC, case-folded, and keyed by the custodian's own key, so
 * that the same person has other tokens at another custodian.
 */
export function identifierToken(keys: Pick<OrganisationKeys, 'token'>, identifier: PatientIdentifier): string {
  return keys.token('patient-identifier', `${identifier.system?.trim() ?? ''}\n${normaliseSearchValue(identifier.value)}`)
}

/** The identifier's value under whatever system, for people who type a number without saying whose it is. */
export function identifierValueToken(keys: Pick<OrganisationKeys, 'token'>, value: string): string {
  return keys.token('patient-identifier-value', normaliseSearchValue(value))
}

/** Family name and birth date (`YYYY-MM-DD`; a partial date finds only the same partial date). */
export function familyToken(keys: Pick<OrganisationKeys, 'token'>, family: string, birthDate: string): string {
  return keys.token('patient-family-birth-date', `${normaliseSearchValue(family)}\n${birthDate}`)
}

/** Phone numbers are compared by their digits, a leading plus kept. */
export function phoneToken(keys: Pick<OrganisationKeys, 'token'>, phone: string): string {
  return keys.token('patient-phone', normalisePhone(phone))
}

export function normalisePhone(phone: string): string {
  const text = phone.normalize('NFKC').trim()
  return (text.startsWith('+') ? '+' : '') + text.replace(/\D/gu, '')
}

/** Tokens of the identifiers that belong to one patient only: those that say whose numbers they are. */
export function ownTokens(keys: Pick<OrganisationKeys, 'token'>, identifiers: readonly PatientIdentifier[]): readonly string[] {
  const owned = identifiers.filter(({ system, value }) => system !== undefined && system.trim() !== '' && normaliseSearchValue(value) !== '')
  return [...new Set(owned.map((identifier) => identifierToken(keys, identifier)))]
}

/** Every token that the patient can be found by. Values that are empty once normalised give none. */
export function patientTokens(keys: Pick<OrganisationKeys, 'token'>, facts: Pick<PatientFacts, 'identifiers' | 'families' | 'phones' | 'birthDate'>): readonly string[] {
  const { birthDate } = facts
  const identifiers = facts.identifiers.filter(({ value }) => normaliseSearchValue(value) !== '').flatMap((identifier) => [identifierToken(keys, identifier), identifierValueToken(keys, identifier.value)])
  const families = birthDate === undefined ? [] : facts.families.filter((family) => normaliseSearchValue(family) !== '').map((family) => familyToken(keys, family, birthDate))
  const phones = facts.phones.filter((phone) => /\d{5}/.test(normalisePhone(phone))).map((phone) => phoneToken(keys, phone))
  return [...new Set([...identifiers, ...families, ...phones])]
}
