import type { JsonNode } from '@careledger/proof'
import type { HumanName } from '@medplum/fhirtypes'
import { bloodPressureText, item, member, moneyText, valueText } from './describe-value.ts'
import { firstWords } from './first-words.ts'
import { displayName } from './patient-facts.ts'
import { asList, asObject, asText, choice, conceptCode, conceptText, first, type Json } from './read-values.ts'

/** What a list of records shows of one resource. */
export interface ResourceDescription {
  readonly type: string
  /** The resource's own id, where it has one. */
  readonly fhirId?: string | undefined
  /** One line of at most 160 characters. */
  readonly title: string
  /** When it happened clinically, as written (a FHIR date, dateTime or instant); `undefined` where the resource has no such time. */
  readonly date?: string | undefined
  readonly status?: string | undefined
}

/**
 * Describes a resource that has been validated. A type without a rule of its own is described by what most resources have in common (`code`,
 * `type`, `category`, a name, title or description), and where there is nothing of that by the first words in it.
 *
 * @param node where the resource stands in its text, so that numbers are shown as written
 */
export function describeResource(value: unknown, node?: JsonNode): ResourceDescription {
  const resource = asObject(value) ?? {}
  const type = asText(resource['resourceType']) ?? 'Resource'
  const fhirId = asText(resource['id'])
  const words = titleRules[type]?.(resource, node) ?? commonTitle(resource) ?? firstWords(resource) ?? spaced(type)
  const title = line(isBareCode(resource, words) ? `${spaced(type)} ${words}` : words)
  const date = clinicalDate(resource, type)
  const status = statusOf(resource)
  return { type, ...(fhirId === undefined ? {} : { fhirId }), title, ...(date === undefined ? {} : { date }), ...(status === undefined ? {} : { status }) }
}

type TitleRule = (resource: Json, node: JsonNode | undefined) => string | undefined

const name: TitleRule = (resource) => displayName(asList(resource['name']) as readonly HumanName[])
const medication: TitleRule = (resource) => conceptText(resource['medicationCodeableConcept']) ?? asText(asObject(resource['medicationReference'])?.['display']) ?? conceptText(containedIn(resource, resource['medicationReference'])?.['code']) ?? ingredient(containedIn(resource, resource['medicationReference']))
const ingredient = (resource: Json | undefined): string | undefined => conceptText(first(resource?.['ingredient'])?.['itemCodeableConcept'])
/** The resource inside this one that a reference such as `#med` leads to. */
const containedIn = (resource: Json, reference: unknown): Json | undefined => {
  const id = asText(asObject(reference)?.['reference'])
  return id?.startsWith('#') === true ? asList(resource['contained']).map(asObject).find((one) => one?.['id'] === id.slice(1)) : undefined
}
const firstItem = (resource: Json): string | undefined => conceptText(first(resource['item'])?.['productOrService'])

const titleRules: Readonly<Record<string, TitleRule>> = {
  Patient: name,
  Practitioner: name,
  RelatedPerson: name,
  Person: name,
  Observation: (resource, node) => joined(conceptText(resource['code']), valueText(resource, node) ?? bloodPressureText(resource['component'], member(node, 'component'))),
  Encounter: (resource) => conceptText(resource['type']) ?? conceptText(resource['class']),
  MedicationRequest: medication,
  MedicationStatement: medication,
  MedicationAdministration: medication,
  MedicationDispense: medication,
  Immunization: (resource) => conceptText(resource['vaccineCode']),
  Goal: (resource) => conceptText(resource['description']),
  FamilyMemberHistory: (resource) => joined(conceptText(resource['relationship']), conceptText(first(resource['condition'])?.['code'])),
  CarePlan: (resource) => asText(resource['title']) ?? conceptText(asList(resource['category']).at(-1)) ?? conceptText(asObject(first(resource['activity'])?.['detail'])?.['code']),
  CareTeam: (resource) => asText(resource['name']) ?? conceptText(resource['reasonCode']),
  Claim: (resource, node) => joined(firstItem(resource) ?? conceptText(resource['type']), moneyText(resource['total'], member(node, 'total'))),
  ExplanationOfBenefit: (resource, node) => joined(firstItem(resource) ?? conceptText(resource['type']), moneyText(first(resource['total'])?.['amount'], member(item(member(node, 'total'), 0), 'amount'))
    ?? moneyText(asObject(resource['payment'])?.['amount'], member(member(node, 'payment'), 'amount'))),
  ImagingStudy: (resource) => asText(resource['description']) ?? conceptText(resource['procedureCode']) ?? conceptText(first(resource['series'])?.['modality']),
  Device: (resource) => asText(first(resource['deviceName'])?.['name']) ?? conceptText(resource['type']),
  DocumentReference: (resource) => asText(resource['description']) ?? conceptText(resource['type']) ?? asText(asObject(first(resource['content'])?.['attachment'])?.['title']),
  SupplyDelivery: (resource) => conceptText(asObject(resource['suppliedItem'])?.['itemCodeableConcept']),
  Coverage: (resource) => conceptText(resource['type']) ?? asText(first(resource['payor'])?.['display']),
  Provenance: (resource) => joined(conceptText(resource['activity']), conceptText(resource['reason'])),
  QuestionnaireResponse: (resource) => asText(resource['questionnaire'])?.split('/').at(-1),
}

function commonTitle(resource: Json): string | undefined {
  return conceptText(resource['code']) ?? asText(resource['title']) ?? asText(resource['name']) ?? conceptText(resource['type']) ?? conceptText(resource['category']) ?? asText(resource['description'])
}

/** Elements that say when something happened, the most clinical first. Each is a time, a Period, or a choice of both. */
const dateElements = [
  'effective', 'performed', 'occurrence', 'onset', 'period', 'servicedPeriod', 'started', 'authoredOn', 'recordedDate', 'startDate', 'billablePeriod', 'created', 'date',
  'dateWritten', 'whenHandedOver', 'recorded', 'issued', 'authored',
] as const
/** Who and where are not when: these have no clinical date, whatever times stand in them. */
const timeless: ReadonlySet<string> = new Set(['Patient', 'Practitioner', 'PractitionerRole', 'Organization', 'Location', 'RelatedPerson', 'Person', 'Medication', 'Device', 'HealthcareService', 'Endpoint'])
const timePattern = /^\d{4}(-\d{2}(-\d{2}(T.+)?)?)?$/

function clinicalDate(resource: Json, type: string): string | undefined {
  if (timeless.has(type)) return undefined
  for (const element of dateElements) {
    const value = resource[element] ?? choice(resource, element)?.value
    const period = asObject(value)
    const text = period === undefined ? asText(value) : (asText(period['start']) ?? asText(period['end']))
    if (text !== undefined && timePattern.test(text)) return text
  }
  return undefined
}

function statusOf(resource: Json): string | undefined {
  const { status } = resource
  // A withdrawn condition or allergy has no clinical status any more (con-5, ait-2): what it says is that it was a mistake.
  if (conceptCode(resource['verificationStatus']) === 'entered-in-error') return 'entered-in-error'
  return asText(status) ?? asText(resource['lifecycleStatus']) ?? conceptCode(resource['clinicalStatus']) ?? (typeof status === 'object' ? conceptCode(status) : undefined)
}

/** Whether these words are only a code that nobody gave words for; it says nothing to a person without the kind of record beside it. */
function isBareCode(value: unknown, words: string, depth = 0): boolean {
  if (/\s/.test(words) || depth > 5 || typeof value !== 'object' || value === null) return false
  if (Array.isArray(value)) return value.some((one) => isBareCode(one, words, depth + 1))
  const node = value as Json
  if (node['code'] === words && node['display'] === undefined && node['text'] === undefined) return true
  return Object.entries(node).some(([name, one]) => name !== 'contained' && name !== 'meta' && isBareCode(one, words, depth + 1))
}

const joined = (...parts: readonly (string | undefined)[]): string | undefined => {
  const present = parts.filter((part) => part !== undefined)
  return present.length === 0 ? undefined : present.join(' ')
}

/** "DiagnosticReport" as people write it. */
const spaced = (type: string): string => type.replace(/(?<=[a-z])(?=[A-Z])/g, ' ')

function line(text: string): string {
  const flat = text.replace(/[\p{Cc}\s]+/gu, ' ').trim()
  return [...flat].length <= 160 ? flat : `${[...flat].slice(0, 159).join('')}…`
}
