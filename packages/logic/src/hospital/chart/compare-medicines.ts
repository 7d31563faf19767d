import type { ChartItem } from './chart-item.ts'
import { firstInstant } from './clinical-time.ts'
import { ingredientOf, strengthsOf } from './ingredient.ts'

/** How one medicine stands in one record: at one hospital, or in one of two records that it has of the same person. */
export interface MedicineEntry {
  /** The handle of that record. */
  readonly patient: string
  readonly custodian: string
  /** `current`: taken or to be taken; `stopped`: stopped, finished, cancelled, or not said to go on. */
  readonly state: 'current' | 'stopped'
  /** The newest word of the hospital on this medicine. */
  readonly item: ChartItem
  /** Strengths in its name, `500 mg`. */
  readonly strengths: readonly string[]
  /** Earlier orders of the same medicine there. */
  readonly earlier: number
}

/**
 * What differs between hospitals, in words that screens have: the dose or the strength is not the same, only one of them knows it, one
 * stopped what another goes on with, or it is given twice under one roof and another.
 */
export type MedicineDifference =
  | { readonly kind: 'strength' | 'dose' }
  | { readonly kind: 'only-at'; readonly custodian: string }
  | { readonly kind: 'stopped-at'; readonly custodian: string }

/** One medicine by its active ingredients, wherever it stands. */
export interface MedicineGroup {
  readonly key: string
  readonly name: string
  readonly state: 'current' | 'stopped'
  readonly entries: readonly MedicineEntry[]
  readonly differences: readonly MedicineDifference[]
}

interface Place {
  readonly patient: string
  readonly custodian: string
  /** Whether all its medicines may be read; silence means something only then. */
  readonly whole: boolean
  readonly items: readonly ChartItem[]
}

const current: ReadonlySet<string | undefined> = new Set(['active', 'on-hold', 'intended', 'in-progress', undefined])

/**
 * Groups medicines by code or by active ingredient and names what differs. Current ones first, among them those that differ; then by name.
 */
export function compareMedicines(places: readonly Place[]): readonly MedicineGroup[] {
  const all = places.flatMap(({ patient, custodian, items }) => items.map((item) => ({ patient, custodian, item })))
  const keyByCode = new Map(all.flatMap(({ item }) => (item.code === undefined ? [] : [[item.code, ingredientOf(item.title)] as const])).toReversed())
  const keyOf = ({ item }: (typeof all)[number]): string => (item.code === undefined ? undefined : keyByCode.get(item.code)) ?? ingredientOf(item.title)
  const groups = [...Map.groupBy(all, keyOf)].map(([key, some]): MedicineGroup => {
    const entries = [...Map.groupBy(some, ({ patient }) => patient)].map(([patient, of]) => toEntry({ patient, custodian: (of[0] as (typeof all)[number]).custodian }, of.map(({ item }) => item)))
    const state = entries.some((entry) => entry.state === 'current') ? 'current' : 'stopped'
    return { key, name: entries[0]?.item.title ?? key, state, entries, differences: state === 'current' ? differencesOf(entries, places) : [] }
  })
  return groups.toSorted((a, b) => rank(a) - rank(b) || (a.key < b.key ? -1 : 1))
}

function toEntry(place: Pick<MedicineEntry, 'patient' | 'custodian'>, items: readonly ChartItem[]): MedicineEntry {
  const at = ({ date }: ChartItem): number => (date === undefined ? undefined : firstInstant(date)) ?? -Infinity
  const sorted = items.toSorted((a, b) => Number(current.has(b.status)) - Number(current.has(a.status)) || at(b) - at(a) || (a.id < b.id ? 1 : -1))
  const item = sorted[0] as ChartItem
  return { ...place, state: current.has(item.status) ? 'current' : 'stopped', item, strengths: strengthsOf(item.title), earlier: items.length - 1 }
}

function differencesOf(entries: readonly MedicineEntry[], places: readonly Place[]): readonly MedicineDifference[] {
  const going = entries.filter(({ state }) => state === 'current')
  const differs = (words: readonly string[]): boolean => new Set(words.filter((word) => word !== '')).size > 1
  const stopped = entries.filter(({ state }) => state === 'stopped')
  const silent = places.filter(({ patient, whole }) => whole && !entries.some((entry) => entry.patient === patient))
  const [only] = entries
  return [
    ...(differs(going.map(({ strengths }) => strengths.join(' + '))) ? [{ kind: 'strength' } as const] : []),
    ...(differs(going.map(({ item }) => (item.dose ?? '').toLowerCase().replaceAll(/[\s.]+/g, ' ').trim())) ? [{ kind: 'dose' } as const] : []),
    ...stopped.map(({ custodian }) => ({ kind: 'stopped-at', custodian }) as const),
    ...(entries.length === 1 && only !== undefined && silent.length > 0 && silent.length === places.length - 1 ? [{ kind: 'only-at', custodian: only.custodian } as const] : []),
  ]
}

function rank({ state, differences }: MedicineGroup): number {
  return state === 'stopped' ? 2 : differences.length > 0 ? 0 : 1
}
