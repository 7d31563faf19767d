/** A DocumentStore in files of one directory. */
export { createFileDocuments, type FileDocumentsSettings } from './create-file-documents.ts'
