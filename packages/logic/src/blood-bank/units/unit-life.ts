/** Where a unit stands. `transfused`, `discarded` and `lost` are ends. */
export const UNIT_STATES = ['collected', 'tested', 'available', 'reserved', 'dispatched', 'quarantined', 'transfused', 'discarded', 'lost'] as const
export type UnitState = (typeof UNIT_STATES)[number]

/** One step of a unit's life, as its entry says it. */
export type UnitStep =
  | { readonly step: 'unit-tested'; readonly result: 'passed' | 'failed' }
  | { readonly step: 'unit-released' }
  | { readonly step: 'unit-reserved'; readonly request: string }
  | { readonly step: 'unit-reservation-ended' }
  | { readonly step: 'unit-dispatched'; readonly to: string; readonly shipment?: string | undefined }
  | { readonly step: 'unit-received'; readonly condition: 'good' | 'doubtful' }
  | { readonly step: 'unit-lost' }
  | { readonly step: 'unit-transfused'; readonly request?: string | undefined }
  | { readonly step: 'unit-quarantined'; readonly reason: QuarantineReason }
  | { readonly step: 'unit-requalified' }
  | { readonly step: 'unit-discarded'; readonly reason: DiscardReason }
export type UnitStepName = UnitStep['step']

export const QUARANTINE_REASONS = ['look-back', 'temperature', 'damaged', 'donor-report', 'other'] as const
export type QuarantineReason = (typeof QUARANTINE_REASONS)[number]
export const DISCARD_REASONS = ['expired', 'failed-test', 'temperature', 'damaged', 'look-back', 'other'] as const
export type DiscardReason = (typeof DISCARD_REASONS)[number]

/** What a unit's next step depends on. */
export interface UnitPlace {
  readonly state: UnitState
  /** Organisation that holds it, or sent it. */
  readonly bank: string
  /** While dispatched: who is to receive it. */
  readonly to?: string | undefined
  /** While reserved: for which request. */
  readonly request?: string | undefined
  readonly expires: string
}

export type StepRefusal = 'wrong-state' | 'not-the-holder' | 'expired' | 'other-request' | 'to-itself'

/** From which states each step leads. What has expired is only ever quarantined, received back or discarded. */
const from: Readonly<Record<UnitStepName, readonly UnitState[]>> = {
  'unit-tested': ['collected'],
  'unit-released': ['tested'],
  'unit-reserved': ['available'],
  'unit-reservation-ended': ['reserved'],
  'unit-dispatched': ['available', 'reserved'],
  'unit-received': ['dispatched'],
  'unit-lost': ['dispatched'],
  'unit-transfused': ['available', 'reserved'],
  'unit-quarantined': ['collected', 'tested', 'available', 'reserved'],
  'unit-requalified': ['quarantined'],
  'unit-discarded': ['collected', 'tested', 'available', 'reserved', 'quarantined'],
}
const refusedWhenExpired: readonly UnitStepName[] = ['unit-released', 'unit-reserved', 'unit-dispatched', 'unit-transfused', 'unit-requalified']

/**
 * A unit after one step by `by` at `at`, or why it may not be taken. A unit on its way belongs to nobody else: only who is to receive it says that it
 * came, and both ends may say that it is lost. One that is reserved is transfused for the request it was reserved for, and for no other.
 */
export function takeStep(place: UnitPlace, step: UnitStep, { by, at }: { readonly by: string; readonly at: string }): UnitPlace | { readonly refused: StepRefusal } {
  if (!from[step.step].includes(place.state)) return { refused: 'wrong-state' }
  const allowed = step.step === 'unit-received' ? [place.to] : step.step === 'unit-lost' ? [place.bank, place.to] : [place.bank]
  if (!allowed.includes(by)) return { refused: 'not-the-holder' }
  if (refusedWhenExpired.includes(step.step) && place.expires <= at) return { refused: 'expired' }
  const { bank, expires } = place
  const stands = (state: UnitState, more: Partial<UnitPlace> = {}): UnitPlace => ({ state, bank, expires, ...more })
  switch (step.step) {
    case 'unit-tested': return stands(step.result === 'passed' ? 'tested' : 'quarantined')
    case 'unit-released': return stands('available')
    case 'unit-reserved': return stands('reserved', { request: step.request })
    case 'unit-reservation-ended': return stands('available')
    case 'unit-dispatched': return step.to === bank ? { refused: 'to-itself' } : stands('dispatched', { to: step.to, ...(place.request === undefined ? {} : { request: place.request }) })
    case 'unit-received': return received(place, step.condition, by, at)
    case 'unit-lost': return stands('lost')
    case 'unit-transfused': return place.request !== undefined && place.request !== step.request ? { refused: 'other-request' } : stands('transfused')
    case 'unit-quarantined': return stands('quarantined')
    case 'unit-requalified': return stands('tested')
    case 'unit-discarded': return stands('discarded')
  }
}

/** What came in doubtful condition, or expired on the way, waits until somebody has looked at it. */
function received({ expires, request }: UnitPlace, condition: 'good' | 'doubtful', by: string, at: string): UnitPlace {
  if (condition === 'doubtful' || expires <= at) return { state: 'quarantined', bank: by, expires }
  return request === undefined ? { state: 'available', bank: by, expires } : { state: 'reserved', bank: by, expires, request }
}
