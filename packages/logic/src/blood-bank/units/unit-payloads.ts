import { z } from 'zod'
import { canonicalPayload, parsePayload } from '../../entries/payload-shape.ts'
import { DISCARD_REASONS, QUARANTINE_REASONS, type UnitStep } from './unit-life.ts'

export const UNIT_STEP_MEDIA_TYPE = 'application/careledger-unit-step+json'

/** Payload of every step after the first: which unit, the how manieth step of its life, and what happened. */
export interface UnitStepPayload {
  readonly v: 1
  readonly din: string
  readonly product: string
  /** 1 for the first step after collection. */
  readonly n: number
  readonly what: UnitStep
}

const id = z.string().regex(/^[0-9A-Za-z][0-9A-Za-z._-]{0,63}$/)
const what = z.discriminatedUnion('step', [
  z.strictObject({ step: z.literal('unit-tested'), result: z.enum(['passed', 'failed']) }),
  z.strictObject({ step: z.literal('unit-released') }),
  z.strictObject({ step: z.literal('unit-reserved'), request: id }),
  z.strictObject({ step: z.literal('unit-reservation-ended') }),
  z.strictObject({ step: z.literal('unit-dispatched'), to: id, shipment: id.optional() }),
  z.strictObject({ step: z.literal('unit-received'), condition: z.enum(['good', 'doubtful']) }),
  z.strictObject({ step: z.literal('unit-lost') }),
  z.strictObject({ step: z.literal('unit-transfused'), request: id.optional() }),
  z.strictObject({ step: z.literal('unit-quarantined'), reason: z.enum(QUARANTINE_REASONS) }),
  z.strictObject({ step: z.literal('unit-requalified') }),
  z.strictObject({ step: z.literal('unit-discarded'), reason: z.enum(DISCARD_REASONS) }),
])
const shape = z.strictObject({ v: z.literal(1), din: z.string().length(13), product: z.string().length(8), n: z.int().min(1).max(10_000), what })

/** Errors: INPUT_MALFORMED where the payload is not canonical JSON of this shape, with the place. */
export const parseUnitStep = (payload: Uint8Array | undefined): UnitStepPayload => parsePayload(shape, payload) as UnitStepPayload

export function unitStepBytes(payload: UnitStepPayload): Uint8Array {
  return canonicalPayload(payload)
}
