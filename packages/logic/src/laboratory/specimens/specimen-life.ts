/** Where a specimen stands; each step names who had it, so that its way has no gap. */
export const SPECIMEN_STATES = ['collected', 'in-transit', 'received', 'accessioned', 'stored', 'rejected', 'used-up', 'destroyed'] as const
export type SpecimenState = (typeof SPECIMEN_STATES)[number]

export const REJECTION_REASONS = ['unlabelled', 'mislabelled', 'haemolysed', 'clotted', 'insufficient', 'wrong-container', 'too-old', 'too-warm', 'leaking'] as const
export type RejectionReason = (typeof REJECTION_REASONS)[number]

export type SpecimenStep =
  | { readonly step: 'specimen-handed-over'; readonly to: string }
  | { readonly step: 'specimen-received' }
  | { readonly step: 'specimen-accessioned' }
  | { readonly step: 'specimen-stored' }
  | { readonly step: 'specimen-rejected'; readonly reason: RejectionReason }
  | { readonly step: 'specimen-used-up' }
  | { readonly step: 'specimen-destroyed' }

export interface SpecimenPlace {
  readonly state: SpecimenState
  /** Organisation that has it, or handed it over. */
  readonly holder: string
  /** While in transit: whose hands it goes to. */
  readonly to?: string | undefined
}

export type SpecimenRefusal = 'wrong-state' | 'not-the-holder' | 'to-itself'

const from: Readonly<Record<SpecimenStep['step'], readonly SpecimenState[]>> = {
  'specimen-handed-over': ['collected', 'received', 'stored'],
  'specimen-received': ['in-transit'],
  'specimen-accessioned': ['collected', 'received'],
  'specimen-stored': ['accessioned'],
  'specimen-rejected': ['in-transit', 'received', 'accessioned'],
  'specimen-used-up': ['accessioned', 'stored'],
  'specimen-destroyed': ['accessioned', 'stored', 'rejected', 'collected', 'received'],
}

/** A specimen after one step by `by`, or why it may not be taken. Results come from one that was accessioned: `isTestable`. */
export function takeSpecimenStep(place: SpecimenPlace, step: SpecimenStep, by: string): SpecimenPlace | { readonly refused: SpecimenRefusal } {
  if (!from[step.step].includes(place.state)) return { refused: 'wrong-state' }
  const holder = place.state === 'in-transit' ? place.to : place.holder
  if (by !== holder) return { refused: 'not-the-holder' }
  switch (step.step) {
    case 'specimen-handed-over': return step.to === by ? { refused: 'to-itself' } : { state: 'in-transit', holder: by, to: step.to }
    case 'specimen-received': return { state: 'received', holder: by }
    case 'specimen-accessioned': return { state: 'accessioned', holder: by }
    case 'specimen-stored': return { state: 'stored', holder: by }
    case 'specimen-rejected': return { state: 'rejected', holder: by }
    case 'specimen-used-up': return { state: 'used-up', holder: by }
    case 'specimen-destroyed': return { state: 'destroyed', holder: by }
  }
}

export function isTestable({ state }: Pick<SpecimenPlace, 'state'>): boolean {
  return state === 'accessioned' || state === 'stored'
}
