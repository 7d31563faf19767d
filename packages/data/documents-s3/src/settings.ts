import { z } from 'zod'

const MIB = 1_048_576
const credentials = z.strictObject({ accessKeyId: z.string().min(1), secretAccessKey: z.string().min(1), sessionToken: z.string().min(1).optional() })
type Credentials = Readonly<z.output<typeof credentials>>

const settingsSchema = z.strictObject({
  bucket: z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'is a bucket name'),
  prefix: z.string().regex(/^(?:[A-Za-z0-9!_.*'()-]+\/)*$/, 'is folder names, each followed by a slash').max(256).default(''),
  region: z.string().min(1).optional(),
  endpoint: z.url({ protocol: /^https?$/ }).refine((text) => { const { username, password } = new URL(text); return username === '' && password === '' }, 'Give the keys as credentials, not in the URL').optional(),
  credentials: z.union([credentials, z.custom<() => Promise<Credentials>>((value) => typeof value === 'function')]).optional(),
  pathStyle: z.boolean().optional(),
  exclusiveWrites: z.enum(['conditional', 'check']).default('conditional'),
  partBytes: z.int().min(5 * MIB).max(16 * MIB).default(8 * MIB),
  timeoutMs: z.int().min(1).max(86_400_000).default(60_000),
  unfinishedHours: z.int().min(1).max(24 * 365).default(24),
})

/** Settings with every default filled in. */
export type CheckedSettings = Readonly<z.output<typeof settingsSchema>>

/** Where the documents stand and how the server is reached. */
export interface S3DocumentsSettings {
  readonly bucket: string
  /** Put before every id, for example `documents/`. Default none: the bucket is ours alone. */
  readonly prefix?: string | undefined
  /** Default: where the AWS SDK finds one (`AWS_REGION`, the shared configuration file), else `us-east-1`. */
  readonly region?: string | undefined
  /** Address of a server other than Amazon's, `http:` or `https:`, without user and password. */
  readonly endpoint?: string | undefined
  /** Keys, or a function that gives them and is asked again when they expire. Default: where the AWS SDK finds them. */
  readonly credentials?: Credentials | (() => Promise<Credentials>) | undefined
  /** The bucket stands in the path and not in the host name. Default: with an `endpoint`. */
  readonly pathStyle?: boolean | undefined
  /**
   * How two writers of one id are kept apart. `conditional` (default): by `If-None-Match: *`, which Amazon S3 has known since 2024 and other
   * servers know by now; a server that ignores it is found out and refused. `check`: look first, and one writer at a time in this process;
   * two processes that write other bytes under one id at one moment both succeed. Ids of documents are random, so nobody does.
   */
  readonly exclusiveWrites?: 'conditional' | 'check' | undefined
  /** Bytes of one part of a multipart upload, 5 to 16 MiB. Default 8 MiB: documents of at most 78 GiB. */
  readonly partBytes?: number | undefined
  /** Longest silence of the server, in milliseconds. Default 60,000. */
  readonly timeoutMs?: number | undefined
  /** Multipart uploads that were begun longer ago belong to a process that was killed, and are aborted. Default 24. */
  readonly unfinishedHours?: number | undefined
}

/** Fills in the defaults. TypeError naming the members that are wrong, never their values. */
export function checkSettings(settings: S3DocumentsSettings): CheckedSettings {
  const parsed = settingsSchema.safeParse(settings)
  if (parsed.success) return parsed.data
  throw new TypeError(`The settings of the S3 documents are wrong. ${parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'settings'}: ${message}`).join('; ')}.`)
}
