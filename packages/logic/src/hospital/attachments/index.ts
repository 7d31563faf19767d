export { addAttachment, type AddedAttachment, type AttachmentUpload } from './add-attachment.ts'
export { listAttachments, type AttachmentItem, type AttachmentPage } from './list-attachments.ts'
export { ATTACHMENT_BYTES_MAX, prepareAttachment, type PreparedAttachment } from './prepare-attachment.ts'
export { readAttachment, type ReadAttachment } from './read-attachment.ts'
