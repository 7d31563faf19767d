import { instantText, newEntryId, type Entry } from '@careledger/proof'
import fc from 'fast-check'
import { anyTerms, LABORATORY } from '../consent/__fixtures__/any-terms.ts'
import type { ConsentTerms } from '../consent/consent-terms.ts'
import { SENSITIVITIES, type Sensitivity } from '../consent/sensitivity/kinds.ts'
import { labelOfKind } from '../consent/sensitivity/kinds.ts'
import { dayMs, immunization, observation, type Admitted, type HospitalWorld, type Member } from '../hospital/__fixtures__/hospital-world.ts'
import { EMERGENCY_MEDIA_TYPE, emergencyBytes } from '../hospital/emergency/emergency-row.ts'
import { openEmergency } from '../hospital/emergency/open-emergency.ts'
import { sign } from './world.ts'

/** The one patient of every generated world. */
export const number = 'P-1'

const day = fc.constantFrom('2019-12-31', '2020-01-01', '2020-06', '2020-06-30', '2021')
const kind = fc.constantFrom(...SENSITIVITIES)
const [system, code] = LABORATORY.split('|') as [string, string]
const medicine = (_number: string, date: string): object => ({ resourceType: 'MedicationRequest', status: 'active', intent: 'order', subject: { reference: `Patient/p-${number}` }, medicationCodeableConcept: { text: `Aspirin ${date}` }, authoredOn: date })
const depression = (_number: string, date: string): object => ({ resourceType: 'Condition', subject: { reference: `Patient/p-${number}` }, code: { coding: [{ system: 'http://snomed.info/sct', code: '35489007' }] }, recordedDate: date })

/** One resource: dated, perhaps of a category, perhaps labelled as sensitive, perhaps sensitive by its code. */
export const anyResource: fc.Arbitrary<{ readonly resourceType: string }> = fc.tuple(
  fc.constantFrom(observation, observation, immunization, medicine, depression), day, fc.option(fc.constant({ category: [{ coding: [{ system, code }] }] }), { nil: {} }),
  fc.option(kind.map((one) => ({ meta: { security: [labelOfKind(one)] } })), { nil: {}, freq: 2 }),
).map(([make, date, category, label]) => ({ ...make(number, date), ...(make === observation ? category : {}), ...label }) as { readonly resourceType: string })

export interface Sharing {
  readonly terms: ConsentTerms
  readonly days: number
  readonly withdrawn: boolean
}

/** One consent to somebody at hospital B: terms of every shape, over soon or later, withdrawn or not. */
export const anySharing: fc.Arbitrary<Sharing> = fc.tuple(anyTerms('2026-01-01T00:00:00.000Z'), fc.constantFrom('treatment', 'treatment', 'research'), fc.constantFrom(1, 30), fc.boolean(), fc.boolean())
  .map(([terms, purpose, days, first, second]) => ({ terms: { ...terms, purpose: purpose as ConsentTerms['purpose'], direct: false }, days, withdrawn: first && second }))

/** What doctor B has opened in an emergency, if anything. */
export const anyEmergency: fc.Arbitrary<{ readonly opens: 'record' | 'seal'; readonly sensitive: readonly Sensitivity[] } | undefined> =
  fc.option(fc.record({ opens: fc.constantFrom('record' as const, 'seal' as const), sensitive: fc.subarray([...SENSITIVITIES], { minLength: 1, maxLength: 3 }) }), { nil: undefined, freq: 2 })

/** Gives the consents, withdraws those that are, and opens the emergency; a seal without a consent to break it within is refused, and stays shut. */
export async function shareAll(world: HospitalWorld, admitted: Admitted, sharings: readonly Sharing[], emergency?: { readonly opens: 'record' | 'seal'; readonly sensitive: readonly Sensitivity[] }): Promise<void> {
  const { ada, doctorB } = world.people
  for (const { terms, days, withdrawn } of sharings) {
    const given = await world.give(ada, admitted, { ...terms, expires: instantText(new Date(world.clock.now.getTime() + days * dayMs)) })
    if (withdrawn) await world.withdraw(ada, admitted, given.id)
  }
  if (emergency !== undefined) await openAs(world, doctorB, admitted, emergency).catch(() => undefined)
}

async function openAs(world: HospitalWorld, by: Member, { subject }: Admitted, { opens, sensitive }: { readonly opens: 'record' | 'seal'; readonly sensitive: readonly Sensitivity[] }): Promise<void> {
  const now = world.clock.now
  const payload = emergencyBytes({ v: 1, test: 'vital-interests/1', opens, sensitive, reason: 'no-time', text: 'No time to ask', until: instantText(new Date(now.getTime() + 3_600_000)) })
  const entry: Entry = { v: 1, id: newEntryId(now), network: 'hospital', type: 'emergency-opened', custodian: 'hospital-a', subject, issuedAt: instantText(now), author: by.author }
  await openEmergency(world.parts, by.actor, [await sign(by.signer, entry, { mediaType: EMERGENCY_MEDIA_TYPE, payload })])
}
