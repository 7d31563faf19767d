import type { Actor } from '@careledger/identity'
import { instantText } from '@careledger/proof'
import { newDecision, toStoredDecision } from '../../../decisions/decision-record.ts'
import { LogicError } from '../../../logic-error.ts'
import type { Parts } from '../../../parts.ts'
import { toLogicError } from '../../../to-logic-error.ts'
import { checkUpload, type AttachmentUpload } from '../add-attachment.ts'
import { findUpload, offsetOf, toUploadRow, uploadWrite } from './upload-rows.ts'

export interface UploadState {
  /** Bytes that are kept: the next part begins here. */
  readonly offset: number
  readonly size: number
  /** The attachment stands: nothing more is to be sent. */
  readonly done: boolean
}

const operation = 'hospital.attachments.begin'

/**
 * Begins an attachment whose bytes come in parts, or finds the one that was begun with the same entry: what is kept of it survives a lost
 * connection, the sender's restart and the server's, for seven days. Everything that can be refused without the bytes is refused here. Errors:
 * those of `addAttachment`; NOT_ALLOWED where somebody else has begun it.
 */
export async function beginUpload(parts: Parts, actor: Actor, upload: Omit<AttachmentUpload, 'body'>): Promise<UploadState> {
  const { entry, place, standing } = await checkUpload(parts, actor, operation, upload)
  const { size, patient } = upload
  if (standing) return { offset: size, size, done: true }
  const found = await findUpload(parts, place.custodian, entry.id).catch(rethrow)
  if (found !== undefined) {
    if (found.row.author !== actor.party || found.patient !== patient) throw new LogicError('NOT_ALLOWED', 'This does not exist or you may not use it.')
    if (found.row.size !== size) throw new LogicError('ENTRY_CONFLICT', 'This upload was begun with another size.', { details: { id: entry.id } })
    return { offset: offsetOf(found.row), size, done: false }
  }
  const now = parts.now()
  const projection = await uploadWrite(parts, place.custodian, { id: entry.id, patient, row: toUploadRow(upload, actor.party, instantText(now)) })
  const decision = newDecision({ actor, operation, purpose: 'treatment', about: patient, rule: 'custodian-staff' }, now)
  await parts.store.write({ projections: [projection], guards: place.guards, decisions: [toStoredDecision(decision)] }).catch(rethrow)
  return { offset: 0, size, done: false }
}

function rethrow(error: unknown): never {
  throw toLogicError(error)
}
