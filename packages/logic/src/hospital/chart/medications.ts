import type { ReadView } from '@careledger/data-spec'
import type { Actor } from '@careledger/identity'
import type { Purpose } from '../../consent/consent-terms.ts'
import { authorize, endPermit, groundsOf, isRefusal, type Permit } from '../../decisions/authorize.ts'
import { decideEach } from '../../decisions/decide-each.ts'
import { decide, type Disclosure } from '../../decisions/decide.ts'
import type { DecisionView } from '../../decisions/decision-record.ts'
import type { Parts } from '../../parts.ts'
import { readGroup } from '../mpi/merge-group.ts'
import { partyNames } from '../party-names.ts'
import { countTypes, toChartItems, type ChartItem } from './chart-item.ts'
import { reachOf, readChart, type ChartRecord, type Reach } from './read-chart.ts'
import { compareMedicines, type MedicineGroup } from './compare-medicines.ts'

/** The medicines that one hospital has on record, as far as the caller may read them there. */
export interface MedicinePlace {
  readonly patient: string
  readonly custodian: string
  readonly custodianName: string
  readonly reach: Reach
  readonly decision: DecisionView
}

export interface Reconciliation {
  /** The asked one first. Hospitals where the caller may read nothing are not among them, whether they have records or not. */
  readonly places: readonly MedicinePlace[]
  readonly groups: readonly MedicineGroup[]
}

const medicineTypes = ['MedicationRequest', 'MedicationStatement', 'MedicationDispense', 'MedicationAdministration'] as const
/** Hospitals compared, and medicines taken from each: the newest. */
const placesMax = 20
const medicinesMax = 500

interface PlaceMedicines {
  readonly place: Omit<MedicinePlace, 'decision'>
  readonly items: readonly ChartItem[]
}

/**
 * Medicines of the same person across the hospitals of this instance: the patient's handles are joined by the person they were linked to
 * and by what clerks said to be one person, and each is decided for itself. Only what the caller may read at each is compared. Errors: NOT_ALLOWED where the asked one may not be
 * read; nothing is then looked at elsewhere.
 */
export async function reconcileMedications(parts: Parts, actor: Actor, query: { readonly patient: string; readonly purpose: Purpose }): Promise<Reconciliation> {
  const operation = 'hospital.chart.medications'
  const request = { actor, operation, purposes: [query.purpose], limit: placesMax, recordRefusals: false }
  const { items } = await decideEach(parts, request, (view) => handlesOf(parts, view, { actor, operation, ...query }), (permit) => readMedicines(parts, permit, query.patient))
  const asked = items.find(({ value }) => value.place.patient === query.patient)
  // Not permitted: the refusal is recorded for the patient and thrown, as everywhere.
  if (asked === undefined) return (await decide<Reconciliation>(parts, { actor, operation, purpose: query.purpose, patient: query.patient }, async () => undefined)).value
  const ordered = [asked, ...items.filter((item) => item !== asked)]
  return {
    places: ordered.map(({ value, decision }) => ({ ...value.place, decision })),
    groups: compareMedicines(ordered.map(({ value }) => ({ patient: value.place.patient, custodian: value.place.custodian, whole: value.place.reach === 'all', items: value.items }))),
  }
}

/** The asked handle, and, once that may be read, the same person's others. */
async function* handlesOf(parts: Parts, view: ReadView, request: { readonly actor: Actor; readonly operation: string; readonly purpose: Purpose; readonly patient: string }): AsyncGenerator<string> {
  yield request.patient
  const permit = await authorize(parts, view, request)
  if (isRefusal(permit)) return
  const party = groundsOf(permit).patientRow.indexes['party']
  endPermit(permit)
  const linked = party === undefined ? [] : (await view.find({ table: 'patient', index: 'party', equals: party, limit: placesMax })).rows.map(({ key }) => key)
  const others = new Set([...(await readGroup(view, request.patient)).members, ...linked])
  for (const other of others) if (other !== request.patient) yield other
}

/** `undefined` for another hospital that shares no medicines: it is not named then. */
async function readMedicines(parts: Parts, permit: Permit, asked: string): Promise<Disclosure<PlaceMedicines> | undefined> {
  const grounds = groundsOf(permit)
  const { patient, custodian, view } = grounds
  const reach = reachOf(permit, medicineTypes)
  if (reach === 'none' && patient !== asked) return undefined
  const { records } = await readChart(permit, [...medicineTypes, 'Medication'])
  const known = records.filter(({ row }) => row.type !== 'Medication' && row.replacedBy === undefined && row.status !== 'entered-in-error').slice(0, medicinesMax)
  const [items, names] = await Promise.all([toChartItems(parts, grounds, known), partyNames(view, [custodian])])
  const value: PlaceMedicines = { place: { patient, custodian, custodianName: names.of(custodian), reach }, items: withNames(items, known, records) }
  return { value, types: countTypes(known), consent: known[0]?.consent }
}

/** A medicine that is named by reference only takes its name from the Medication that may be read. */
function withNames(items: readonly ChartItem[], known: readonly ChartRecord[], records: readonly ChartRecord[]): readonly ChartItem[] {
  const medications = new Map(records.filter(({ row }) => row.type === 'Medication' && row.fhirId !== undefined).map(({ row }) => [row.fhirId as string, row]))
  return items.map((item, place) => {
    const medication = medications.get(known[place]?.row.medication ?? '')
    return medication === undefined ? item : { ...item, title: medication.title, ...(item.code === undefined && medication.code !== undefined ? { code: medication.code } : {}) }
  })
}
