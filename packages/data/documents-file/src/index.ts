export { createFileDocuments, type FileDocumentsSettings } from './create-file-documents.ts'
