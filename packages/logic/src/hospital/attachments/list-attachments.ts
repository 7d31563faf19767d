import type { Actor } from '@careledger/identity'
import type { Purpose } from '../../consent/consent-terms.ts'
import { allows, groundsOf } from '../../decisions/authorize.ts'
import { openCursor, sealCursor } from '../../decisions/cursor.ts'
import { decide, type Decided } from '../../decisions/decide.ts'
import { openRow } from '../../entries/rows.ts'
import { LogicError } from '../../logic-error.ts'
import type { Parts } from '../../parts.ts'
import { partyNames } from '../party-names.ts'
import type { AttachmentRow } from '../tables.ts'
import { attachmentScope, attachmentType } from './reach-attachment.ts'

export interface AttachmentItem {
  readonly id: string
  readonly mediaType: string
  readonly size: number
  readonly author: { readonly party: string; readonly name: string }
  readonly recordedAt: string
}

export interface AttachmentPage {
  readonly items: readonly AttachmentItem[]
  readonly next?: string | undefined
}

/**
 * One page of a patient's attachments, newest first, whether or not a record leads to them. For whom all of the patient's record is open:
 * under a consent for some types or days, or without every sensitive kind, an attachment is reached through its record only. Errors: NOT_ALLOWED, INPUT_MALFORMED for a
 * foreign cursor.
 */
export function listAttachments(parts: Parts, actor: Actor, query: { readonly patient: string; readonly purpose: Purpose; readonly after?: string | undefined; readonly limit: number }): Promise<Decided<AttachmentPage>> {
  return decide(parts, { actor, operation: 'hospital.attachments.list', purpose: query.purpose, patient: query.patient }, async (permit) => {
    const grounds = groundsOf(permit)
    const allowed = allows(grounds, attachmentScope)
    if (allowed === undefined) return undefined
    const { view, keys, patient, custodian } = grounds
    const page = await view.find({ table: 'attachment', index: 'patient', equals: patient, after: openCursor(keys, 'attachments', query.after), limit: query.limit, newestFirst: true })
    const rows = await Promise.all(page.rows.map(async (projection) => {
      const row = await openRow(parts, projection, { custodian, patient })
      if (row === undefined) throw new LogicError('NOT_ALLOWED', 'There are no keys for this patient.')
      return { id: projection.key, ...(row as unknown as AttachmentRow) }
    }))
    const names = await partyNames(view, rows.map(({ author }) => author))
    const items = rows.map(({ id, mediaType, size, author, recordedAt }) => ({ id, mediaType, size, author: { party: author, name: names.of(author) }, recordedAt }))
    return { value: { items, ...(page.next === undefined ? {} : { next: sealCursor(keys, 'attachments', page.next) }) }, types: items.length === 0 ? {} : { [attachmentType]: items.length }, consent: allowed.consent }
  })
}
