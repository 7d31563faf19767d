import type { S3DocumentsSettings } from '@careledger/documents-s3'
import { z } from 'zod'

/** What the environment says of documents. Keys are not among it: the AWS SDK finds them (AWS_ACCESS_KEY_ID and the like, files, roles). */
export const documentsEnvironment = {
  /** `s3://bucket/prefix`; absent: files in the data directory. */
  CARELEDGER_DOCUMENTS: z.string().regex(/^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?:\/[A-Za-z0-9!_.*'()-]+)*\/?$/, 'is s3://bucket or s3://bucket/prefix').optional(),
  /** Address of an S3 server other than Amazon's, without user and password. */
  CARELEDGER_S3_ENDPOINT: z.url({ protocol: /^https?$/ }).optional(),
  /** `check` for servers without conditional writes. */
  CARELEDGER_S3_EXCLUSIVE: z.enum(['conditional', 'check']).optional(),
  AWS_REGION: z.string().min(1).optional(),
}

/** The settings of the documents on S3; `undefined`: they are files. */
export function toDocumentsSettings(env: { readonly [Name in keyof typeof documentsEnvironment]?: z.output<(typeof documentsEnvironment)[Name]> }): S3DocumentsSettings | undefined {
  if (env.CARELEDGER_DOCUMENTS === undefined) return undefined
  const [bucket = '', ...folders] = env.CARELEDGER_DOCUMENTS.slice('s3://'.length).split('/').filter((part) => part !== '')
  return {
    bucket, prefix: folders.map((folder) => `${folder}/`).join(''),
    ...(env.CARELEDGER_S3_ENDPOINT === undefined ? {} : { endpoint: env.CARELEDGER_S3_ENDPOINT }),
    ...(env.CARELEDGER_S3_EXCLUSIVE === undefined ? {} : { exclusiveWrites: env.CARELEDGER_S3_EXCLUSIVE }),
    ...(env.AWS_REGION === undefined ? {} : { region: env.AWS_REGION }),
  }
}
