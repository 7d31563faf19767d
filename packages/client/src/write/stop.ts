import { formerResource, type FormerVersion } from './amendment.ts'
import type { ExactObject } from './exact-json.ts'
import { textAt } from './read-draft.ts'

/** How a prescription or an order ends before its time: R4 medicationrequest-status and request-status. */
export const STOPPED_STATUSES: Readonly<Record<string, readonly string[]>> = { MedicationRequest: ['stopped', 'cancelled'], ServiceRequest: ['revoked'] }
export type StoppedStatus = 'stopped' | 'cancelled' | 'revoked'

/** Whether a record can be stopped: a prescription or an order that is still to be carried out. */
export function canStop(type: string, status: string | undefined): boolean {
  return type in STOPPED_STATUSES && (status === undefined || ['active', 'on-hold', 'draft', 'unknown'].includes(status))
}

/**
 * The next version of a prescription or order, which ends it. `because`: in words, into `statusReason` where R4 has it (MedicationRequest).
 * Errors: `TypeError` for a status that the type does not have.
 */
export function stoppedResource(former: Pick<FormerVersion, 'bytes'>, status: StoppedStatus, because: string): ExactObject {
  const resource = formerResource(former)
  const type = textAt(resource, 'resourceType') ?? ''
  if (STOPPED_STATUSES[type]?.includes(status) !== true) throw new TypeError('A record of this type is not stopped so.')
  const words = because.trim()
  return { ...resource, status, ...(type === 'MedicationRequest' && words !== '' ? { statusReason: { text: words } } : {}) }
}
