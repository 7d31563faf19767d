import { decimal, type ExactObject } from './exact-json.ts'
import { codedAt, codeAt, listAt, noteAt, textAt } from './read-draft.ts'
import { authorReference, blank, codedConcept, coding, encounterOf, newId, noteOf, now, SNOMED, subjectOf, UCUM, type Coded, type WriteContext } from './write-context.ts'

/** Units of a dose by UCUM; what is counted is an annotation there. Dose units are never translated. */
export const DOSE_UNITS = [
  { code: 'mg', unit: 'mg' }, { code: 'g', unit: 'g' }, { code: 'ug', unit: 'µg' }, { code: 'mL', unit: 'mL' }, { code: '[iU]', unit: 'IU' },
  { code: '{tablet}', unit: 'tablet' }, { code: '{capsule}', unit: 'capsule' }, { code: '{puff}', unit: 'puff' }, { code: '[drp]', unit: 'drop' },
] as const
export type DoseUnit = (typeof DOSE_UNITS)[number]['code']

/** SNOMED CT, R4 example value set route-codes. */
export const ROUTES = [
  { key: 'oral', code: '26643006', display: 'Oral route' }, { key: 'intravenous', code: '47625008', display: 'Intravenous route' },
  { key: 'subcutaneous', code: '34206005', display: 'Subcutaneous route' }, { key: 'intramuscular', code: '78421000', display: 'Intramuscular route' },
  { key: 'inhaled', code: '447694001', display: 'Respiratory tract route' }, { key: 'topical', code: '6064005', display: 'Topical route' },
  { key: 'rectal', code: '37161004', display: 'Rectal route' }, { key: 'eye', code: '54485002', display: 'Ophthalmic route' },
] as const
export type Route = (typeof ROUTES)[number]['key']

/** How often: so many times in so many hours, days or weeks. R4 `Timing.repeat`. */
export const PERIOD_UNITS = ['h', 'd', 'wk'] as const

export interface PrescriptionDraft {
  readonly medicine: Coded
  /** Decimal, as typed. */
  readonly dose: string
  readonly unit: DoseUnit
  readonly frequency: string
  readonly period: string
  readonly periodUnit: (typeof PERIOD_UNITS)[number]
  readonly asNeeded: boolean
  readonly route: Route | ''
  /** For how many days; empty: until further notice. */
  readonly days: string
  readonly note: string
}

/** A prescription with its dosage as data. Source: FHIR R4 MedicationRequest, Dosage, Timing. */
export function buildPrescription(draft: PrescriptionDraft, context: WriteContext): ExactObject {
  return {
    resourceType: 'MedicationRequest', id: newId(context),
    status: 'active', intent: 'order', medicationCodeableConcept: codedConcept(draft.medicine),
    subject: subjectOf(context), encounter: encounterOf(context), authoredOn: now(context), requester: authorReference(context), note: noteOf(draft.note, context),
    dosageInstruction: [dosage(draft)],
    dispenseRequest: blank(draft.days) ? undefined : { expectedSupplyDuration: { value: decimal(draft.days.trim()), unit: 'd', system: UCUM, code: 'd' } },
  }
}

function dosage({ dose, unit, frequency, period, periodUnit, asNeeded, route, days }: PrescriptionDraft): ExactObject {
  const way = ROUTES.find(({ key }) => key === route)
  const [quantity, words] = [DOSE_UNITS.find(({ code }) => code === unit) ?? DOSE_UNITS[0], dose.trim()]
  return {
    text: dosageText({ dose: words, unit: quantity.unit, frequency: frequency.trim(), period: period.trim(), periodUnit, asNeeded, route: way?.display ?? '', days: days.trim() }),
    timing: {
      repeat: {
        boundsDuration: blank(days) ? undefined : { value: decimal(days.trim()), unit: 'd', system: UCUM, code: 'd' },
        frequency: decimal(frequency.trim()), period: decimal(period.trim()), periodUnit,
      },
    },
    asNeededBoolean: asNeeded,
    route: way === undefined ? undefined : { coding: [coding(SNOMED, way.code, way.display)], text: way.display },
    doseAndRate: [{ doseQuantity: { value: decimal(words), unit: quantity.unit, system: UCUM, code: quantity.code } }],
  }
}

/** The dosage in words that any reader of FHIR can show: "500 mg, Oral route, 2 × / 1 d, for 7 d". The data beside it is what counts. */
function dosageText({ dose, unit, frequency, period, periodUnit, asNeeded, route, days }: { readonly [Name in 'dose' | 'unit' | 'frequency' | 'period' | 'periodUnit' | 'route' | 'days']: string } & { readonly asNeeded: boolean }): string {
  return [`${dose} ${unit}`, ...(route === '' ? [] : [route]), `${frequency} × / ${period} ${periodUnit}`, ...(asNeeded ? ['as needed'] : []), ...(days === '' ? [] : [`for ${days} d`])].join(', ')
}

/** `undefined`: a dosage that this form cannot say; it is amended elsewhere, so that nothing of it is lost. */
export function readPrescription(resource: ExactObject): PrescriptionDraft | undefined {
  const [instruction, ...more] = listAt(resource, 'dosageInstruction')
  const dose = textAt(instruction, 'doseAndRate', 0, 'doseQuantity', 'value')
  const unit = DOSE_UNITS.find(({ code }) => code === textAt(instruction, 'doseAndRate', 0, 'doseQuantity', 'code'))?.code
  const periodUnit = PERIOD_UNITS.find((one) => one === textAt(instruction, 'timing', 'repeat', 'periodUnit'))
  const [frequency, period] = [textAt(instruction, 'timing', 'repeat', 'frequency'), textAt(instruction, 'timing', 'repeat', 'period')]
  if (more.length > 0 || dose === undefined || unit === undefined || periodUnit === undefined || frequency === undefined || period === undefined) return undefined
  const needed = (instruction as ExactObject)['asNeededBoolean'] === true
  return {
    medicine: codedAt(resource, 'medicationCodeableConcept'), dose, unit, frequency, period, periodUnit, asNeeded: needed,
    route: ROUTES.find(({ code }) => code === codeAt(instruction, 'route'))?.key ?? '', days: textAt(instruction, 'timing', 'repeat', 'boundsDuration', 'value') ?? '', note: noteAt(resource),
  }
}
