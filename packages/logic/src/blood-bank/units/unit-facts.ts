import type { BiologicallyDerivedProduct, Extension } from '@medplum/fhirtypes'
import { componentRules, isComponent, type Component } from '../components.ts'
import { isBloodGroup, type BloodGroup } from '../groups.ts'
import { parseDin } from '../isbt128/donation-number.ts'

/** One unit, as its label and its first entry say; nothing of it ever changes. */
export interface UnitFacts {
  /** Donation identification number, 13 characters. */
  readonly din: string
  /** ISBT 128 product code, 8 characters with donation type and division. */
  readonly product: string
  readonly component: Component
  readonly group: BloodGroup
  readonly volumeMl: number
  /** Instants, `2026-11-26T14:05:00.000Z`. */
  readonly collected: string
  readonly expires: string
}

/** What is wrong with a resource as a unit, with the place in it. */
export interface UnitProblem { readonly path: string; readonly code: 'missing' | 'malformed' | 'unknown' | 'impossible'; readonly message: string }

/** HL7's extensions that carry elements of R5 in a resource of R4: FHIR R5, "Extensions for converting between versions". */
const r5 = 'http://hl7.org/fhir/5.0/StructureDefinition/extension-BiologicallyDerivedProduct'
export const DIN_SYSTEM = 'urn:oid:2.16.840.1.113883.6.301'
export const PRODUCT_CODE_SYSTEM = 'http://www.iccbba.org/isbt128/product-code'
export const COMPONENT_SYSTEM = 'https://careledger.org/fhir/CodeSystem/blood-component'
const LOINC = 'http://loinc.org'
const GROUP_CODE = '882-1'
const UCUM = 'http://unitsofmeasure.org'

/**
 * A unit as FHIR R4 BiologicallyDerivedProduct. Elements that came with R5 (expiration date, biological source event, properties) are HL7's own
 * extensions for them; the donation number is also an identifier, so that a search by it finds the unit.
 */
export function toBiologicallyDerivedProduct(unit: UnitFacts): BiologicallyDerivedProduct {
  const rules = componentRules[unit.component]
  return {
    resourceType: 'BiologicallyDerivedProduct',
    extension: [
      { url: `${r5}.biologicalSourceEvent`, valueIdentifier: { system: DIN_SYSTEM, value: unit.din } },
      { url: `${r5}.expirationDate`, valueDateTime: unit.expires },
      { url: `${r5}.property`, extension: [
        { url: 'type', valueCodeableConcept: { coding: [{ system: LOINC, code: GROUP_CODE, display: 'ABO and Rh group [Type] in Blood' }] } },
        { url: 'value', valueCodeableConcept: { text: unit.group } },
      ] },
      { url: `${r5}.storageTempRequirements`, valueRange: { low: { value: rules.storage.from, unit: 'Cel', system: UCUM, code: 'Cel' }, high: { value: rules.storage.to, unit: 'Cel', system: UCUM, code: 'Cel' } } },
    ],
    identifier: [{ system: DIN_SYSTEM, value: unit.din }],
    productCategory: unit.component === 'red-cells' || unit.component === 'platelets' ? 'cells' : 'fluid',
    productCode: { coding: [{ system: PRODUCT_CODE_SYSTEM, code: unit.product }, { system: COMPONENT_SYSTEM, code: unit.component }] },
    status: 'available',
    quantity: Math.round(unit.volumeMl),
    collection: { collectedDateTime: unit.collected },
  }
}

/**
 * The unit that a resource describes, or everything that is missing or wrong. A unit that expires before it was collected, or later than its
 * component keeps, is impossible: a label was mistyped. `quantity` is millilitres.
 */
export function readUnit(resource: BiologicallyDerivedProduct): { readonly unit: UnitFacts } | { readonly problems: readonly UnitProblem[] } {
  const problems: UnitProblem[] = []
  const need = <Value>(path: string, value: Value | undefined, valid: (value: Value) => boolean, code: UnitProblem['code'], message: string): Value => {
    if (value === undefined) problems.push({ path, code: 'missing', message })
    else if (!valid(value)) problems.push({ path, code, message })
    return value as Value
  }
  const coded = (system: string) => resource.productCode?.coding?.find((coding) => coding.system === system)?.code
  const unit: UnitFacts = {
    din: need('identifier', resource.identifier?.find(({ system }) => system === DIN_SYSTEM)?.value ?? r5Extension(resource, 'biologicalSourceEvent')?.valueIdentifier?.value, (din) => parseDin(din) !== undefined, 'malformed', 'A donation identification number has 13 characters: facility, year, sequence.'),
    product: need('productCode', coded(PRODUCT_CODE_SYSTEM), (code) => /^[A-Z][0-9]{4}[0-9A-Za-z]{3}$/.test(code), 'malformed', 'An ISBT 128 product code has 8 characters.'),
    component: need('productCode', coded(COMPONENT_SYSTEM), isComponent, 'unknown', 'The component is none that is kept in stock.') as Component,
    group: need('extension(property)', groupOf(resource), isBloodGroup, 'unknown', 'The blood group is one of O-, O+, A-, A+, B-, B+, AB-, AB+.') as BloodGroup,
    volumeMl: need('quantity', resource.quantity, (volume) => Number.isInteger(volume) && volume > 0 && volume <= 1000, 'impossible', 'The volume is 1 to 1,000 ml.'),
    collected: need('collection.collectedDateTime', instant(resource.collection?.collectedDateTime), isInstant, 'malformed', 'When it was collected is an instant with its time zone.'),
    expires: need('extension(expirationDate)', instant(r5Extension(resource, 'expirationDate')?.valueDateTime), isInstant, 'malformed', 'When it expires is an instant with its time zone.'),
  }
  if (problems.length > 0) return { problems }
  const life = (Date.parse(unit.expires) - Date.parse(unit.collected)) / 86_400_000
  // A label names the end of the last day, so a day more than the shelf life is possible.
  if (life <= 0 || life > componentRules[unit.component].shelfLifeDays + 1) return { problems: [{ path: 'extension(expirationDate)', code: 'impossible', message: `${unit.component} keep at most ${componentRules[unit.component].shelfLifeDays} days from collection.` }] }
  return { unit }
}

/** What names a unit everywhere: a donation gives several, told apart by product and division. */
export function unitKey({ din, product }: Pick<UnitFacts, 'din' | 'product'>): string {
  return `${din} ${product}`
}

function r5Extension(resource: BiologicallyDerivedProduct, element: string): Extension | undefined {
  return resource.extension?.find(({ url }) => url === `${r5}.${element}`)
}

function groupOf(resource: BiologicallyDerivedProduct): string | undefined {
  const property = resource.extension?.find(({ url, extension }) => url === `${r5}.property` && extension?.some((part) => part.valueCodeableConcept?.coding?.some(({ system, code }) => system === LOINC && code === GROUP_CODE)))
  return property?.extension?.find(({ url }) => url === 'value')?.valueCodeableConcept?.text
}

function instant(text: string | undefined): string | undefined {
  return text === undefined || !/T.*(Z|[+-][0-9]{2}:[0-9]{2})$/.test(text) || Number.isNaN(Date.parse(text)) ? text : new Date(text).toISOString()
}

function isInstant(text: string): boolean {
  return /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z$/.test(text) && !Number.isNaN(Date.parse(text))
}
