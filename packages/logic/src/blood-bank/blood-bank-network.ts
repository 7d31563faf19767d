import type { NetworkDefinition } from '../entries/network-definition.ts'
import { BLOOD_BANK, unitCollected, unitStep } from './units/unit-entries.ts'
import type { UnitStepName } from './units/unit-life.ts'
import { unitTables } from './units/unit-rows.ts'

const steps: readonly UnitStepName[] = ['unit-tested', 'unit-released', 'unit-reserved', 'unit-reservation-ended', 'unit-dispatched', 'unit-received', 'unit-lost', 'unit-transfused', 'unit-quarantined', 'unit-requalified', 'unit-discarded']

/** The blood banks' network. `keeper` is the organisation whose vault holds its slot key, the same on every instance of the network. */
export function createBloodBankNetwork({ keeper }: { readonly keeper: string }): NetworkDefinition {
  return {
    name: BLOOD_BANK,
    tables: unitTables,
    types: { 'unit-collected': unitCollected(keeper), ...Object.fromEntries(steps.map((step) => [step, unitStep(keeper, step)])) },
  }
}
