/** A DocumentStore on S3. */
export { createS3Documents } from './create-s3-documents.ts'
export type { S3DocumentsSettings } from './settings.ts'
