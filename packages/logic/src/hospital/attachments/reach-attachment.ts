import type { ReadView } from '@careledger/data-spec'
import { scopesReach } from '@careledger/identity'
import { readJson, type JsonNode } from '@careledger/proof'
import type { Consent } from '../../consent/consent-terms.ts'
import type { RecordScope } from '../../consent/covers.ts'
import { SENSITIVITIES } from '../../consent/sensitivity/kinds.ts'
import { allows, groundsOf, type Grounds, type Permit } from '../../decisions/authorize.ts'
import { openRow } from '../../entries/rows.ts'
import type { Parts } from '../../parts.ts'
import { attachmentOriginKey, attachmentOriginTable, type AttachmentOriginRow } from '../custody/attachment-received.ts'
import { openResources, permittedRecord } from '../permitted-records.ts'
import type { AttachmentRow } from '../tables.ts'

/** What an attachment counts as in a decision, and what a consent that names types has to name to reach all of them. */
export const attachmentType = 'Binary'

/** Nobody can tell from its bytes what kind of record a file is: by itself it counts as every sensitive kind, and as dated never. */
export const attachmentScope: RecordScope = { type: attachmentType, sensitive: SENSITIVITIES }

/**
 * Finds whose attachment it is; `undefined`: there is no such one. A record that came from another custodian names the attachment as it was
 * called there: with `record`, it is the one that came along for that record's patient.
 */
export function patientOfAttachment(id: string, record?: string): (view: ReadView) => Promise<string | undefined> {
  return async (view) => {
    const [own, leading] = await Promise.all([view.projection('attachment', id), record === undefined ? undefined : view.projection('record', record)])
    const [patient, led] = [own?.indexes['patient'], leading?.indexes['patient']]
    return led !== undefined && led !== patient && (await view.projection(attachmentOriginTable, attachmentOriginKey(led, id))) !== undefined ? led : patient
  }
}

/**
 * The attachment's row within a permit; `undefined`: another patient's, outside the permit, or none. `record` leads to it: needed where the
 * permit reaches a part of the record only.
 */
export async function reachAttachment(parts: Parts, permit: Permit, { id, record: leading }: { readonly id: string; readonly record?: string | undefined }): Promise<{ readonly id: string; readonly row: AttachmentRow; readonly consent?: Consent | undefined } | undefined> {
  const grounds = groundsOf(permit)
  const { view, custodian, patient } = grounds
  const here = await idHere(parts, grounds, id)
  const projection = here === undefined ? undefined : await view.projection('attachment', here)
  if (here === undefined || projection?.indexes['patient'] !== patient) return undefined
  const row = (await openRow(parts, projection, { custodian, patient })) as unknown as AttachmentRow | undefined
  if (row === undefined) return undefined
  // A token that was narrowed names Binary, whatever leads to it.
  if (!scopesReach(grounds.scopes, { type: attachmentType, action: 'r', self: grounds.rule === 'self' })) return undefined
  const allowed = allows(grounds, attachmentScope)
  if (allowed !== undefined) return { id: here, row, consent: allowed.consent }
  const found = leading === undefined ? undefined : await permittedRecord(permit, leading)
  if (found === undefined) return undefined
  const [resource] = await openResources(parts, permit, [found])
  return resource !== undefined && leadsTo(readJson(resource.opening.payload), id) ? { id: here, row, consent: found.consent } : undefined
}

/** The attachment's entry here, by that id or by the one it had at the former custodian. */
async function idHere(parts: Parts, { view, patient, custodian }: Grounds, id: string): Promise<string | undefined> {
  if ((await view.projection('attachment', id))?.indexes['patient'] === patient) return id
  const row = await view.projection(attachmentOriginTable, attachmentOriginKey(patient, id))
  return row === undefined ? undefined : ((await openRow(parts, row, { custodian, patient })) as unknown as AttachmentOriginRow | undefined)?.attachment
}

/** Whether a `url` anywhere in the resource leads to the attachment: as `urn:uuid:<id>`, or as the `Binary/<id>` that FHIR REST serves it by. */
function leadsTo(node: JsonNode | undefined, id: string): boolean {
  if (node?.kind === 'array') return node.items.some((item) => leadsTo(item, id))
  if (node?.kind !== 'object') return false
  return [...node.members].some(([name, member]) => (name === 'url' && member.kind === 'string' ? member.value === `urn:uuid:${id}` || member.value === `Binary/${id}` : leadsTo(member, id)))
}

