import { S3Client } from '@aws-sdk/client-s3'
import type { CheckedSettings } from './settings.ts'

/** A client and the place of our objects. */
export interface Bucket {
  readonly client: S3Client
  readonly name: string
  readonly settings: CheckedSettings
  /** The key of a document. */
  keyOf(id: string): string
  /** Bucket and key of a document, as every command takes them. */
  place(id: string): { readonly Bucket: string; readonly Key: string }
}

export function openBucket(settings: CheckedSettings): Bucket {
  const { bucket, prefix, endpoint, region, credentials, timeoutMs } = settings
  const client = new S3Client({
    // The SDK resolves what is not given: environment, shared files, the machine's role.
    ...(region === undefined ? (endpoint === undefined ? {} : { region: process.env['AWS_REGION'] ?? 'us-east-1' }) : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials: typeof credentials === 'function' ? async () => toIdentity(await credentials()) : toIdentity(credentials) }),
    forcePathStyle: settings.pathStyle ?? endpoint !== undefined,
    maxAttempts: 3,
    // Checksums beyond what the signature covers are asked for by a few of Amazon's own calls; other servers do not know them.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: { connectionTimeout: Math.min(timeoutMs, 10_000), requestTimeout: timeoutMs, throwOnRequestTimeout: true },
  })
  const keyOf = (id: string): string => `${prefix}${id}`
  return { client, name: bucket, settings, keyOf, place: (id) => ({ Bucket: bucket, Key: keyOf(id) }) }
}

/** Without members that are `undefined`. */
function toIdentity({ accessKeyId, secretAccessKey, sessionToken }: { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken?: string | undefined }) {
  return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) }
}
