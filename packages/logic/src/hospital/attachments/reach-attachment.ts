import type { ReadView } from '@careledger/data-spec'
import { scopesReach } from '@careledger/identity'
import { readJson, type JsonNode } from '@careledger/proof'
import type { Consent } from '../../consent/consent-terms.ts'
import type { RecordScope } from '../../consent/covers.ts'
import { SENSITIVITIES } from '../../consent/sensitivity/kinds.ts'
import { allows, groundsOf, type Permit } from '../../decisions/authorize.ts'
import { openRow } from '../../entries/rows.ts'
import type { Parts } from '../../parts.ts'
import { openResources, permittedRecord } from '../permitted-records.ts'
import type { AttachmentRow } from '../tables.ts'

/** What an attachment counts as in a decision, and what a consent that names types has to name to reach all of them. */
export const attachmentType = 'Binary'

/** Nobody can tell from its bytes what kind of record a file is: by itself it counts as every sensitive kind, and as dated never. */
export const attachmentScope: RecordScope = { type: attachmentType, sensitive: SENSITIVITIES }

/** Finds whose attachment it is; `undefined`: there is no such one. */
export function patientOfAttachment(id: string): (view: ReadView) => Promise<string | undefined> {
  return async (view) => (await view.projection('attachment', id))?.indexes['patient']
}

/**
 * The attachment's row within a permit; `undefined`: another patient's, outside the permit, or none. `record` leads to it: needed where the
 * permit reaches a part of the record only.
 */
export async function reachAttachment(parts: Parts, permit: Permit, { id, record: leading }: { readonly id: string; readonly record?: string | undefined }): Promise<{ readonly row: AttachmentRow; readonly consent?: Consent | undefined } | undefined> {
  const grounds = groundsOf(permit)
  const { view, custodian, patient } = grounds
  const projection = await view.projection('attachment', id)
  if (projection?.indexes['patient'] !== patient) return undefined
  const row = (await openRow(parts, projection, { custodian, patient })) as unknown as AttachmentRow | undefined
  if (row === undefined) return undefined
  // A token that was narrowed names Binary, whatever leads to it.
  if (!scopesReach(grounds.scopes, { type: attachmentType, action: 'r', self: grounds.rule === 'self' })) return undefined
  const allowed = allows(grounds, attachmentScope)
  if (allowed !== undefined) return { row, consent: allowed.consent }
  const found = leading === undefined ? undefined : await permittedRecord(permit, leading)
  if (found === undefined) return undefined
  const [resource] = await openResources(parts, permit, [found])
  return resource !== undefined && leadsTo(readJson(resource.opening.payload), id) ? { row, consent: found.consent } : undefined
}

/** Whether a `url` anywhere in the resource leads to the attachment: as `urn:uuid:<id>`, or as the `Binary/<id>` that FHIR REST serves it by. */
function leadsTo(node: JsonNode | undefined, id: string): boolean {
  if (node?.kind === 'array') return node.items.some((item) => leadsTo(item, id))
  if (node?.kind !== 'object') return false
  return [...node.members].some(([name, member]) => (name === 'url' && member.kind === 'string' ? member.value === `urn:uuid:${id}` || member.value === `Binary/${id}` : leadsTo(member, id)))
}

