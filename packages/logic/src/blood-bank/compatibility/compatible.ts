import type { Component } from '../components.ts'
import { BLOOD_GROUPS, aboOf, isRhDPositive, type AboGroup, type BloodGroup } from '../groups.ts'

/**
 * How well a unit suits a recipient. `identical`: same ABO and RhD. `compatible`: another group, given when the same is not at hand. `low-titre`:
 * only if the unit's anti-A and anti-B are known to be low. `never`: not given by a plan or a person without a physician who takes it on.
 */
export type Suitability = 'identical' | 'compatible' | 'low-titre' | 'never'

/**
 * Red cells carry antigens: the recipient must not have the antibody. Donor groups for each recipient, best first.
 * Source: Australian Red Cross Lifeblood, "Component compatibility"; BSH guideline "Pre-transfusion compatibility procedures" (2012).
 */
const redCells: Readonly<Record<AboGroup, readonly AboGroup[]>> = { O: ['O'], A: ['A', 'O'], B: ['B', 'O'], AB: ['AB', 'A', 'B', 'O'] }

/** Plasma carries antibodies: the opposite direction. Same source. */
const plasma: Readonly<Record<AboGroup, readonly AboGroup[]>> = { O: ['O', 'A', 'B', 'AB'], A: ['A', 'AB'], B: ['B', 'AB'], AB: ['AB'] }

/** Plasma of these groups only with low titres: not O to anybody else. */
const plasmaLowTitre: Readonly<Record<AboGroup, readonly AboGroup[]>> = { O: [], A: ['B'], B: ['A'], AB: ['A', 'B'] }

/** Platelets lie in plasma; a unit whose plasma does not suit is given with low titres, O too. Same source. */
const plateletsLowTitre: Readonly<Record<AboGroup, readonly AboGroup[]>> = { O: [], A: ['B', 'O'], B: ['A', 'O'], AB: ['A', 'B', 'O'] }

interface Table {
  readonly full: Readonly<Record<AboGroup, readonly AboGroup[]>>
  readonly lowTitre?: Readonly<Record<AboGroup, readonly AboGroup[]>> | undefined
  /** Whether RhD-positive units go to RhD-negative recipients. Plasma and cryoprecipitate carry no red cells: RhD does not matter. */
  readonly rhD: 'matters' | 'preferred' | 'ignored'
}

/** Platelets carry traces of red cells: RhD-negative ones are kept for RhD-negative recipients, and no patient who could bear a child gets others. */
const tables: Readonly<Record<Component, Table>> = {
  'red-cells': { full: redCells, rhD: 'matters' },
  platelets: { full: plasma, lowTitre: plateletsLowTitre, rhD: 'preferred' },
  plasma: { full: plasma, lowTitre: plasmaLowTitre, rhD: 'ignored' },
  // Hardly any plasma is left in it: any group may be given where the same is not at hand.
  cryoprecipitate: { full: { O: ['O', 'A', 'B', 'AB'], A: ['A', 'AB', 'B', 'O'], B: ['B', 'AB', 'A', 'O'], AB: ['AB', 'A', 'B', 'O'] }, rhD: 'ignored' },
}

export interface Recipient {
  readonly group: BloodGroup
  /** Whether she could bear a child, girls included: RhD-positive platelets are refused to her when she is RhD-negative. Absent: not known, so they are refused too. */
  readonly mayBearChildren?: boolean | undefined
}

/** How a unit of `component` and group `unit` suits `recipient`. */
export function suitability(component: Component, unit: BloodGroup, recipient: Recipient): Suitability {
  const { full, lowTitre, rhD } = tables[component]
  const needsNegative = !isRhDPositive(recipient.group) && isRhDPositive(unit)
  if (needsNegative && (rhD === 'matters' || (rhD === 'preferred' && recipient.mayBearChildren !== false))) return 'never'
  const [from, to] = [aboOf(unit), aboOf(recipient.group)]
  if (full[to].includes(from)) return from === to && (rhD === 'ignored' || isRhDPositive(unit) === isRhDPositive(recipient.group)) ? 'identical' : 'compatible'
  return lowTitre?.[to].includes(from) === true ? 'low-titre' : 'never'
}

/**
 * Groups that may be given without further questions (`identical` and `compatible`), best first: the same ABO before another, then the same RhD, and
 * RhD-negative units, of which there are few, last to those who do not need them.
 */
export function preferred(component: Component, recipient: Recipient): readonly BloodGroup[] {
  const order = tables[component].full[aboOf(recipient.group)]
  const positive = isRhDPositive(recipient.group)
  return BLOOD_GROUPS.filter((unit) => ['identical', 'compatible'].includes(suitability(component, unit, recipient))).sort(
    (one, other) => order.indexOf(aboOf(one)) - order.indexOf(aboOf(other)) || Number(isRhDPositive(one) !== positive) - Number(isRhDPositive(other) !== positive),
  )
}

/** Red cells for a patient whose group nobody knows yet: O, and RhD-negative where a later pregnancy could be at risk. Source: as above, emergency use. */
export function emergencyGroups(component: Component, { mayBearChildren = true, adult = false }: { readonly mayBearChildren?: boolean | undefined; readonly adult?: boolean | undefined }): readonly BloodGroup[] {
  switch (component) {
    case 'red-cells': return mayBearChildren || !adult ? ['O-'] : ['O+', 'O-']
    case 'platelets': return mayBearChildren ? ['AB-', 'A-'] : ['AB+', 'AB-', 'A+', 'A-']
    case 'plasma': return ['AB+', 'AB-']
    case 'cryoprecipitate': return ['A+', 'A-', 'AB+', 'AB-', 'B+', 'B-', 'O+', 'O-']
  }
}
