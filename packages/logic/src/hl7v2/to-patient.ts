import type { Hl7Segment } from '@medplum/core'
import type { Address, ContactPoint, HumanName, Identifier, Patient } from '@medplum/fhirtypes'
import { DELETE, raw, repetitions, text, toDate } from './message.ts'

/** HL7 table 0001 to FHIR administrative-gender (v2-to-FHIR IG, ConceptMap table-hl70001-to-administrative-gender). */
const genders: Readonly<Record<string, Patient['gender']>> = { F: 'female', M: 'male', O: 'other', A: 'other', U: 'unknown', N: 'other' }
/** HL7 table 0200 to name-use. */
const nameUses: Readonly<Record<string, HumanName['use']>> = { L: 'official', D: 'usual', M: 'maiden', N: 'nickname', S: 'anonymous', T: 'temp' }
/** HL7 table 0203 to identifier type; others have no type. */
const identifierTypes: ReadonlySet<string> = new Set(['MR', 'PI', 'SS', 'NI', 'NH', 'PPN', 'DL', 'AN'])

/**
 * PID-3: each identifier with its system, `urn:oid:` of the assigning authority (CX-4.2) or `urn:hl7v2:<namespace>` (CX-4.1); `fallback` where
 * the sender names no authority. `field`: where else they stand, as in MRG-1.
 */
export function identifiersOf(pid: Hl7Segment, fallback: string, field = 3): readonly Identifier[] {
  const found: Identifier[] = []
  for (let repetition = 0; repetition < Math.min(20, repetitions(pid, field)); repetition++) {
    const value = text(pid, field, 1, repetition)
    if (value === undefined || value === DELETE || value.length > 128) continue
    const [namespace, universal, kind] = [0, 1, 2].map((part) => text(pid, field, 4, repetition, part))
    const system = universal !== undefined && (kind === 'ISO' || /^\d+(\.\d+)+$/.test(universal)) ? `urn:oid:${universal}` : universal !== undefined && kind === 'URI' ? universal : namespace !== undefined ? `urn:hl7v2:${encodeURIComponent(namespace)}` : fallback
    const type = text(pid, field, 5, repetition)
    found.push({ ...(type !== undefined && identifierTypes.has(type) ? { type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0203', code: type }] } } : {}), system, value })
  }
  return found
}

/**
 * A Patient resource of PID, over what is known already: a field that is empty leaves what there is, `""` takes it away (HL7 v2.5.1 §2.5.3),
 * anything else replaces it. Fields by the v2-to-FHIR IG, Segment PID to Patient.
 */
export function toPatient(pid: Hl7Segment, identifiers: readonly Identifier[], former: Patient | undefined, id: string): Patient {
  const next: Patient = { ...(former ?? { resourceType: 'Patient' as const }), id: former?.id ?? id, identifier: mergeIdentifiers(former?.identifier ?? [], identifiers) }
  overlay(next, 'name', raw(pid, 5), () => namesOf(pid))
  overlay(next, 'birthDate', raw(pid, 7), () => toDate(raw(pid, 7)))
  overlay(next, 'gender', raw(pid, 8), () => genders[text(pid, 8) ?? ''] ?? 'unknown')
  overlay(next, 'address', raw(pid, 11), () => addressesOf(pid))
  const phones = [...phonesOf(pid, 13, 'home'), ...phonesOf(pid, 14, 'work')]
  overlay(next, 'telecom', raw(pid, 13) ?? raw(pid, 14), () => phones)
  const deceased = text(pid, 30)
  if (deceased === 'Y' || deceased === 'N') next.deceasedBoolean = deceased === 'Y'
  return next
}

function overlay<K extends keyof Patient>(patient: Patient, member: K, plain: string | undefined, value: () => Patient[K] | undefined): void {
  if (plain === undefined) return
  const next = plain === DELETE ? undefined : value()
  if (next === undefined || (Array.isArray(next) && next.length === 0)) delete patient[member]
  else patient[member] = next
}

function mergeIdentifiers(former: readonly Identifier[], now: readonly Identifier[]): Identifier[] {
  const nameOf = ({ system, value }: Identifier): string => `${system ?? ''}\n${value ?? ''}`
  const known = new Set(former.map(nameOf))
  return [...former, ...now.filter((identifier) => !known.has(nameOf(identifier)))]
}

function namesOf(pid: Hl7Segment): HumanName[] {
  return each(pid, 5, (repetition): HumanName | undefined => {
    const part = (component: number): string | undefined => text(pid, 5, component, repetition)
    const given = [part(2), ...(part(3)?.split(' ') ?? [])].filter((name) => name !== undefined)
    const use = nameUses[part(7) ?? 'L']
    const name: HumanName = {
      ...(use === undefined ? {} : { use }), ...defined('family', part(1)), ...(given.length === 0 ? {} : { given }), ...list('suffix', part(4)), ...list('prefix', part(5)),
    }
    return name.family === undefined && name.given === undefined ? undefined : name
  })
}

function addressesOf(pid: Hl7Segment): Address[] {
  return each(pid, 11, (repetition): Address | undefined => {
    const part = (component: number): string | undefined => text(pid, 11, component, repetition)
    const line = [part(1), part(2)].filter((one) => one !== undefined)
    const address: Address = { ...(line.length === 0 ? {} : { line }), ...defined('city', part(3)), ...defined('state', part(4)), ...defined('postalCode', part(5)), ...defined('country', part(6)) }
    return Object.keys(address).length === 0 ? undefined : address
  })
}

function phonesOf(pid: Hl7Segment, field: number, use: 'home' | 'work'): ContactPoint[] {
  return each(pid, field, (repetition): ContactPoint | undefined => {
    const mail = text(pid, field, 4, repetition)
    if (mail !== undefined) return { system: 'email', value: mail, use }
    const value = text(pid, field, 1, repetition) ?? text(pid, field, 12, repetition) ?? [6, 7].map((component) => text(pid, field, component, repetition)).filter((one) => one !== undefined).join(' ')
    return value === '' || value === DELETE ? undefined : { system: 'phone', value, use }
  })
}

function each<T>(pid: Hl7Segment, field: number, make: (repetition: number) => T | undefined): T[] {
  return Array.from({ length: Math.min(20, repetitions(pid, field)) }, (_, repetition) => make(repetition)).filter((one) => one !== undefined)
}

function defined<K extends string>(name: K, value: string | undefined): { [name in K]?: string } {
  return value === undefined || value === DELETE ? {} : { [name]: value } as { [name in K]: string }
}

function list<K extends string>(name: K, value: string | undefined): { [name in K]?: string[] } {
  return value === undefined || value === DELETE ? {} : { [name]: [value] } as { [name in K]: string[] }
}
