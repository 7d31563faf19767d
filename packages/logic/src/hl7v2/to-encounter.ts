import type { Hl7Segment } from '@medplum/core'
import type { Encounter, EncounterLocation } from '@medplum/fhirtypes'
import { malformed, raw, text, toDateTime } from './message.ts'

/** HL7 table 0004 to ActCode (v2-to-FHIR IG, ConceptMap table-hl70004-to-v3-ActEncounterCode). */
const classes: Readonly<Record<string, { readonly code: string; readonly display: string }>> = {
  E: { code: 'EMER', display: 'emergency' }, I: { code: 'IMP', display: 'inpatient encounter' }, O: { code: 'AMB', display: 'ambulatory' }, P: { code: 'PRENC', display: 'pre-admission' },
  R: { code: 'AMB', display: 'ambulatory' }, B: { code: 'IMP', display: 'inpatient encounter' }, C: { code: 'AMB', display: 'ambulatory' },
}

/** What a trigger does to the visit: its status, and whether the visit must be there already. */
export interface VisitRule {
  readonly status?: Encounter['status'] | undefined
  readonly visit: 'needed' | 'optional' | 'none'
  /** A cancellation of something that was never announced is no message that can be followed. */
  readonly known?: true
}

/** Triggers that are taken, besides A40 (`applyMerge`); every other is rejected. */
export const triggers: Readonly<Record<string, VisitRule>> = {
  A01: { status: 'in-progress', visit: 'needed' },
  A02: { visit: 'needed' },
  A03: { status: 'finished', visit: 'needed' },
  A04: { status: 'in-progress', visit: 'needed' },
  A08: { visit: 'optional' },
  A11: { status: 'cancelled', visit: 'needed', known: true },
  A13: { status: 'in-progress', visit: 'needed', known: true },
  A28: { visit: 'none' },
  A31: { visit: 'none' },
}

/** PV1-19, the visit's number; `undefined`: the message names none. */
export function visitNumber(pv1: Hl7Segment | undefined): { readonly value: string; readonly namespace?: string | undefined } | undefined {
  const value = pv1 === undefined ? undefined : text(pv1, 19)
  return pv1 === undefined || value === undefined ? undefined : { value, namespace: text(pv1, 19, 4) }
}

export interface VisitFrame {
  readonly trigger: string
  readonly rule: VisitRule
  readonly at: string | undefined
  readonly offset: string
  readonly id: string
  readonly subject: string
  readonly system: string
  readonly former: Encounter | undefined
}

/**
 * The Encounter of PV1 over the one before it. Fields by the v2-to-FHIR IG, Segment PV1 to Encounter: class (PV1-2), identifier (PV1-19),
 * location (PV1-3; a transfer completes the former one), period (PV1-44, PV1-45), and the status from the trigger.
 * Errors: INPUT_MALFORMED `visit-class`, `visit-unknown`.
 */
export function toEncounter(pv1: Hl7Segment, frame: VisitFrame): Encounter {
  const { rule, former, at, offset, trigger } = frame
  if (former === undefined && rule.known === true) throw malformed('visit-unknown', 'What this message cancels was never announced here.')
  const coded = classes[text(pv1, 2) ?? '']
  const kind = coded === undefined ? former?.class : { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', ...coded }
  if (kind === undefined) throw malformed('visit-class', 'PV1-2 names no class of visit that is known here.')
  const start = toDateTime(raw(pv1, 44), offset) ?? former?.period?.start ?? (former === undefined ? at : undefined)
  const end = trigger === 'A13' ? undefined : toDateTime(raw(pv1, 45), offset) ?? (trigger === 'A03' ? at : former?.period?.end)
  const location = locations(pv1, frame)
  return {
    ...former, resourceType: 'Encounter', id: frame.id,
    identifier: [{ system: frame.system, value: visitNumber(pv1)?.value ?? '' }],
    status: rule.status ?? former?.status ?? 'in-progress',
    class: kind,
    subject: { reference: frame.subject },
    ...(start === undefined && end === undefined ? {} : { period: { ...(start === undefined ? {} : { start }), ...(end === undefined ? {} : { end }) } }),
    ...(location.length === 0 ? {} : { location }),
  }
}

/** PV1-3 as words: point of care, room, bed, facility. A place left is `completed` and stays. */
function locations(pv1: Hl7Segment, { former, at, trigger }: VisitFrame): EncounterLocation[] {
  const before = former?.location ?? []
  const display = [1, 2, 3, 4].map((component) => text(pv1, 3, component)).filter((part) => part !== undefined).join(' · ')
  const current = before.findLast(({ status }) => status === 'active')
  if (display === '' || current?.location.display === display) return trigger === 'A03' ? before.map((one) => (one === current ? leave(one, at) : one)) : [...before]
  return [...before.map((one) => (one === current ? leave(one, at) : one)), { location: { display }, status: trigger === 'A03' ? 'completed' : 'active', ...(at === undefined ? {} : { period: { start: at } }) }]
}

function leave(place: EncounterLocation, at: string | undefined): EncounterLocation {
  return { ...place, status: 'completed', ...(at === undefined ? {} : { period: { ...place.period, end: at } }) }
}
