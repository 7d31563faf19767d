import { instantText } from '@careledger/proof'
import { accept, createWorld, draft, sign, type Person, type World } from '../../__fixtures__/world.ts'
import type { EntryReceipt, SignedEntry } from '../../entries/signed-entry.ts'
import { FHIR_MEDIA_TYPE } from '../../hospital/payloads.ts'
import { createBloodBankNetwork } from '../blood-bank-network.ts'
import { BLOOD_BANK, unitSlot } from '../units/unit-entries.ts'
import { toBiologicallyDerivedProduct, type UnitFacts } from '../units/unit-facts.ts'
import type { UnitStep } from '../units/unit-life.ts'
import { UNIT_STEP_MEDIA_TYPE, unitStepBytes } from '../units/unit-payloads.ts'

/** Two blood banks with a technician each. */
export interface BloodWorld extends World {
  readonly clock: { now: Date }
  readonly seoul: Person
  readonly busan: Person
  /** Signs the entry of a unit's collection, or of its `n`th step; `slot`: under the id of another one. */
  collection(by: Person, unit: UnitFacts): Promise<SignedEntry>
  step(by: Person, unit: UnitFacts, n: number, what: UnitStep, slot?: number): Promise<SignedEntry>
  take(by: Person, signed: SignedEntry): Promise<EntryReceipt>
}

export const bankOf = { seoul: 'bank-seoul', busan: 'bank-busan' } as const

export async function createBloodWorld(): Promise<BloodWorld> {
  const clock = { now: new Date() }
  const world = await createWorld({ networks: [createBloodBankNetwork({ keeper: 'platform' })], now: () => clock.now })
  const [seoul, busan] = [await world.member(await world.organisation(bankOf.seoul), 'technician-seoul', ['blood-technician']), await world.member(await world.organisation(bankOf.busan), 'technician-busan', ['blood-technician'])]
  const custodianOf = (by: Person): string => (by === busan ? bankOf.busan : bankOf.seoul)
  const organisation = async (keeper: string) => (world.parts.vaults.get(keeper) as NonNullable<ReturnType<typeof world.parts.vaults.get>>).organisation()
  const entry = async (by: Person, type: string, unit: UnitFacts, n: number, payload: Uint8Array, mediaType: string): Promise<SignedEntry> =>
    sign(by.signer, draft({ id: await unitSlot({ organisation }, 'platform', unit, n), network: BLOOD_BANK, type, custodian: custodianOf(by), author: by.author, issuedAt: instantText(clock.now) }), { mediaType, payload })
  return {
    ...world, clock, seoul, busan,
    collection: (by, unit) => entry(by, 'unit-collected', unit, 0, new TextEncoder().encode(JSON.stringify(toBiologicallyDerivedProduct(unit))), FHIR_MEDIA_TYPE),
    step: (by, unit, n, what, slot = n) => entry(by, what.step, unit, slot, unitStepBytes({ v: 1, din: unit.din, product: unit.product, n, what }), UNIT_STEP_MEDIA_TYPE),
    take: async (by, signed) => (await accept(world.parts, by, signed))[0] as EntryReceipt,
  }
}

/** A unit of red cells collected a day before `now`. */
export function aUnit(number: number, more: Partial<UnitFacts> = {}, now = new Date()): UnitFacts {
  const day = (days: number): string => new Date(Math.floor(now.getTime() / 1000) * 1000 + days * 86_400_000).toISOString()
  return { din: `G123426${String(number).padStart(6, '0')}`, product: 'E0336V00', component: 'red-cells', group: 'O-', volumeMl: 280, collected: day(-1), expires: day(34), ...more }
}
