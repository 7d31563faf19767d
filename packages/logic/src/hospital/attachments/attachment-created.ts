import type { EntryType, RowValue } from '../../entries/network-definition.ts'
import { LogicError } from '../../logic-error.ts'
import { notTheirs } from '../patient-entries.ts'
import { writesFor, type AttachmentRow } from '../tables.ts'

/**
 * `attachment-created`: an image, a PDF or whatever else belongs to a patient's records, as the exact bytes received, of any size. It says
 * nothing by itself: a record (DocumentReference, DiagnosticReport, Media ...) says what it is and leads to it by `urn:uuid:<entry id>`. It
 * is never amended; the record is.
 */
export const attachmentCreated: EntryType = {
  payload: 'required',
  streamed: true,
  subject: true,
  async project(_context, { entry, streamed, author, patient }) {
    if (!writesFor(author, entry.custodian)) throw notTheirs(entry.id)
    if (streamed === undefined || patient === undefined) throw new LogicError('INPUT_MALFORMED', 'An attachment has a payload and a subject.', { details: { id: entry.id } })
    if (entry.replaces !== undefined) throw new LogicError('INPUT_MALFORMED', 'An attachment is not amended: amend the record that leads to it.', { details: { id: entry.id } })
    const row: AttachmentRow = { mediaType: streamed.mediaType, size: streamed.size, author: author.party, recordedAt: entry.issuedAt }
    const sealedFor = { custodian: entry.custodian, patient }
    return [{ table: 'attachment', key: entry.id, value: row as unknown as RowValue, sealedFor, indexes: { patient }, insert: true }]
  },
}
