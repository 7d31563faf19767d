import { decimal, isDecimal, type ExactObject } from './exact-json.ts'
import { codeAt, listAt, textAt } from './read-draft.ts'
import { authorReference, blank, coding, concept, encounterOf, LOINC, newId, now, subjectOf, UCUM, type WriteContext } from './write-context.ts'

export interface VitalSign {
  readonly key: 'systolic' | 'diastolic' | 'heartRate' | 'respiratoryRate' | 'temperature' | 'saturation' | 'weight' | 'height'
  /** LOINC. */
  readonly code: string
  readonly display: string
  /** UCUM, and how people write it. */
  readonly ucum: string
  readonly unit: string
}

/**
 * The vital signs of R4's profiles, with LOINC and UCUM as they fix them (http://hl7.org/fhir/R4/observation-vitalsigns.html).
 * What can be, and what is asked about, says the server (`hospital.writing.check`).
 */
export const VITAL_SIGNS: readonly VitalSign[] = [
  { key: 'systolic', code: '8480-6', display: 'Systolic blood pressure', ucum: 'mm[Hg]', unit: 'mmHg' },
  { key: 'diastolic', code: '8462-4', display: 'Diastolic blood pressure', ucum: 'mm[Hg]', unit: 'mmHg' },
  { key: 'heartRate', code: '8867-4', display: 'Heart rate', ucum: '/min', unit: '/min' },
  { key: 'respiratoryRate', code: '9279-1', display: 'Respiratory rate', ucum: '/min', unit: '/min' },
  { key: 'temperature', code: '8310-5', display: 'Body temperature', ucum: 'Cel', unit: '°C' },
  { key: 'saturation', code: '2708-6', display: 'Oxygen saturation in Arterial blood', ucum: '%', unit: '%' },
  { key: 'weight', code: '29463-7', display: 'Body weight', ucum: 'kg', unit: 'kg' },
  { key: 'height', code: '8302-2', display: 'Body height', ucum: 'cm', unit: 'cm' },
]
export type VitalKey = VitalSign['key']

export interface VitalsDraft {
  /** Decimals as typed; empty: not measured. */
  readonly values: Readonly<Record<VitalKey, string>>
}

export const noVitals: VitalsDraft['values'] = { systolic: '', diastolic: '', heartRate: '', respiratoryRate: '', temperature: '', saturation: '', weight: '', height: '' }

const panel = { code: '85353-1', display: 'Vital signs, weight, height, head circumference, oxygen saturation and BMI panel', text: 'Vital signs' }
const bloodPressure = { code: '85354-9', display: 'Blood pressure panel with all children optional', text: 'Blood pressure' }

/**
 * What was measured at one time: an Observation for each sign, systolic and diastolic as one, and where there are several the panel that
 * names them as members. Errors: `TypeError` where nothing was measured, or a value is no decimal.
 */
export function buildVitalSigns({ values }: VitalsDraft, context: WriteContext): readonly ExactObject[] {
  const measured = VITAL_SIGNS.filter(({ key }) => !blank(values[key]))
  const pressures = measured.filter(isPressure)
  const members = [
    ...(pressures.length === 0 ? [] : [{ ...observation(bloodPressure, context), component: pressures.map((sign) => ({ code: coded(sign), valueQuantity: quantity(sign, values) })) }]),
    ...measured.filter((sign) => !isPressure(sign)).map((sign) => ({ ...observation(sign, context), valueQuantity: quantity(sign, values) })),
  ]
  if (members.length === 0) throw new TypeError('Nothing was measured.')
  if (members.length === 1) return members
  return [{ ...observation(panel, context), hasMember: members.map(({ id }) => ({ reference: `Observation/${String(id)}` })) }, ...members]
}

/** `undefined`: an Observation that is none of these signs, or the panel, which has no value of its own. */
export function readVitalSigns(resource: ExactObject): VitalsDraft | undefined {
  const parts = listAt(resource, 'component').length > 0 ? listAt(resource, 'component') : [resource]
  const found = parts.flatMap((part) => {
    const sign = VITAL_SIGNS.find(({ code }) => code === codeAt(part, 'code'))
    const value = textAt(part, 'valueQuantity', 'value')
    const unit = textAt(part, 'valueQuantity', 'code')
    return sign === undefined || value === undefined || unit !== sign.ucum ? [] : [[sign.key, value] as const]
  })
  return found.length === 0 || found.length < parts.length ? undefined : { values: { ...noVitals, ...Object.fromEntries(found) } }
}

interface Named {
  readonly code: string
  readonly display: string
  /** What people call it; default the display. */
  readonly text?: string | undefined
}

const isPressure = ({ key }: VitalSign): boolean => key === 'systolic' || key === 'diastolic'
const coded = ({ code, display, text = display }: Named): ExactObject => ({ coding: [coding(LOINC, code, display)], text })
const quantity = ({ unit, ucum, key }: VitalSign, values: VitalsDraft['values']): ExactObject => ({ value: decimal(values[key].trim()), unit, system: UCUM, code: ucum })

function observation(of: Named, context: WriteContext) {
  return {
    resourceType: 'Observation', id: newId(context), status: 'final', category: [concept('http://terminology.hl7.org/CodeSystem/observation-category', 'vital-signs', 'Vital Signs')],
    code: coded(of), subject: subjectOf(context), encounter: encounterOf(context), effectiveDateTime: now(context), issued: now(context), performer: [authorReference(context)],
  } as const
}

/** How much a value changed, with the digits of the finer of both: "+0.4". `undefined` where one of them is no number. */
export function vitalChange(typed: string, former: string | undefined): string | undefined {
  const text = typed.trim()
  if (former === undefined || !isDecimal(text) || !isDecimal(former)) return undefined
  const digits = Math.max(...[text, former].map((one) => one.split('.')[1]?.length ?? 0))
  const change = (Number(text) - Number(former)).toFixed(digits)
  return Number(change) > 0 ? `+${change}` : Number(change) === 0 ? (0).toFixed(digits) : change.replace('-', '−')
}
