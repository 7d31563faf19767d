import { typeReach } from '../consent/covers.ts'
import { allows, groundsOf, isConsented, type Grounds, type Permit } from '../decisions/authorize.ts'
import type { Disclosure } from '../decisions/decide.ts'
import { openRow } from '../entries/rows.ts'
import { LogicError } from '../logic-error.ts'
import type { Parts } from '../parts.ts'
import { partyNames } from './party-names.ts'
import { recordTypeField, type PatientRow, type RecordRow } from './tables.ts'

/** The line at the top of a patient's page, as far as the permit reaches. */
export interface PatientBanner {
  readonly patient: string
  readonly custodian: string
  readonly custodianName: string
  readonly name?: string | undefined
  readonly birthDate?: string | undefined
  readonly gender?: string | undefined
  readonly localNumber?: string | undefined
  /** Absent: not allowed to know, or only of a part of the time, where an empty list would mislead. */
  readonly allergies?: readonly string[] | undefined
}

const allergyType = 'AllergyIntolerance'
/** Most allergies named; the newest. */
const allergiesMax = 50

/** Name, birth date and number come out of the Patient resource, so they are shown exactly where that may be read. */
export async function readBanner(parts: Parts, permit: Permit): Promise<Disclosure<PatientBanner>> {
  const grounds = groundsOf(permit)
  const { patient, custodian, view } = grounds
  const [row, names, allergies] = await Promise.all([readPatientRow(parts, grounds), partyNames(view, [custodian]), readAllergies(parts, grounds)])
  const identity = allows(grounds, { type: 'Patient' })
  const value: PatientBanner = { patient, custodian, custodianName: names.of(custodian), ...(identity === undefined ? {} : row.banner), ...(allergies === undefined ? {} : { allergies }) }
  const types: Record<string, number> = {}
  if (identity !== undefined) types['Patient'] = 1
  if (allergies !== undefined && allergies.length > 0) types[allergyType] = allergies.length
  return { value, types, consent: identity?.consent }
}

export async function readPatientRow(parts: Pick<Parts, 'vaults'>, { patientRow, custodian, patient }: Pick<Grounds, 'patientRow' | 'custodian' | 'patient'>): Promise<PatientRow> {
  const row = await openRow(parts, patientRow, { custodian, patient })
  if (row === undefined) throw new LogicError('NOT_ALLOWED', 'There are no keys for this patient.')
  return row as unknown as PatientRow
}

async function readAllergies(parts: Parts, grounds: Grounds): Promise<readonly string[] | undefined> {
  const { patient, custodian, keys, view, consents } = grounds
  const reach = isConsented(grounds) ? typeReach(consents, allergyType) : 'all'
  if (reach === 'none') return undefined
  const page = await view.find({ table: 'record', index: 'type', equals: keys.token(recordTypeField, allergyType), limit: 200, newestFirst: true })
  const rows = await Promise.all(page.rows.map((row) => openRow(parts, row, { custodian, patient }))) as unknown as readonly RecordRow[]
  const words = rows.filter((row) => row.replacedBy === undefined && (row.status === undefined || row.status === 'active') && allows(grounds, row) !== undefined).map((row) => row.title)
  return words.length === 0 && reach !== 'all' ? undefined : [...new Set(words)].slice(0, allergiesMax)
}
