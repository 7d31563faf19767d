import type { EntryType, RowValue } from '../../entries/network-definition.ts'
import { LogicError } from '../../logic-error.ts'
import { notTheirs } from '../patient-entries.ts'
import { writesFor } from '../tables.ts'
import { ATTACHMENT_ORIGIN_MEDIA_TYPE, parseAttachmentOrigin } from './payloads.ts'

/** Row `attachment-origin`, sealed; key = `<patient>/<entry id at the former custodian>`; index `patient`. */
export interface AttachmentOriginRow {
  /** Entry id here. */
  readonly attachment: string
  readonly former: string
  readonly custodian: string
}

export const attachmentOriginTable = 'attachment-origin'
export const attachmentOriginKey = (patient: string, former: string): string => `${patient}/${former}`

/** `attachment-received`: which attachment of the former custodian this one is. Records name it as it was called there, and their bytes never change. */
export const attachmentReceived: EntryType = {
  payload: 'required',
  mediaTypes: [ATTACHMENT_ORIGIN_MEDIA_TYPE],
  subject: true,
  async project(context, { entry, opening, author, patient }) {
    if (!writesFor(author, entry.custodian)) throw notTheirs(entry.id)
    const { attachment, former } = parseAttachmentOrigin(opening?.payload)
    const sealedFor = { custodian: entry.custodian, patient: patient as string }
    const own = await context.row('attachment', attachment, sealedFor).catch((error: unknown) => {
      // Another patient's does not open under these keys: for this one it does not exist.
      if (error instanceof LogicError && error.code === 'CORRUPTION') return undefined
      throw error
    })
    if (own === undefined) throw new LogicError('INPUT_MALFORMED', 'The patient has no such attachment here.', { details: { id: entry.id } })
    const row: AttachmentOriginRow = { attachment, former: former.entry, custodian: former.custodian }
    return [{ table: attachmentOriginTable, key: attachmentOriginKey(sealedFor.patient, former.entry), value: row as unknown as RowValue, sealedFor, indexes: { patient: sealedFor.patient }, insert: true }]
  },
}
