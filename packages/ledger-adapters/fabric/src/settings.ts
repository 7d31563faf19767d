import { parseSettings } from '@careledger/ledger-kit'
import { z } from 'zod'

const addressSchema = z.string().regex(/^[A-Za-z0-9.-]+:\d{1,5}$/, 'host:port')
const pemSchema = z.string().startsWith('-----BEGIN CERTIFICATE-----', 'a certificate in PEM')
const nameSchema = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/)
const organisationSchema = z.string().regex(/^[A-Za-z0-9._-]{1,64}$/)
const millisecondsSchema = z.int().min(1).max(600_000)

const nodeSchema = z.strictObject({
  address: addressSchema,
  tlsCertificate: pemSchema,
  hostname: z.string().min(1).optional(),
})

const settingsSchema = z.strictObject({
  client: z.enum(['gateway', 'network']),
  channel: z.string().regex(/^[a-z][a-z0-9.-]{0,248}$/),
  chaincode: nameSchema,
  peer: nodeSchema,
  discovery: z.union([
    z.strictObject({ asLocalhost: z.boolean().default(false) }),
    z.strictObject({ peers: z.array(nodeSchema.extend({ mspId: organisationSchema })).default([]), orderers: z.array(nodeSchema).min(1) }),
  ]).default({ asLocalhost: false }),
  space: z.string().regex(/^[a-z0-9][a-z0-9-]{0,30}$/).optional(),
  ledgerId: z.string().min(1).optional(),
  collections: z.array(z.strictObject({ name: nameSchema, organisations: z.array(organisationSchema).min(1) })).default([]),
  recordsMax: z.int().min(1).max(5_000).optional(),
  appendBytesMax: z.int().min(8_192).max(33_554_432).default(4_194_304),
  dataBytesMax: z.int().min(1_024).max(4_194_304).default(1_048_576),
  queryTimeoutMs: millisecondsSchema.default(15_000),
  endorseTimeoutMs: millisecondsSchema.default(30_000),
  commitTimeoutMs: millisecondsSchema.default(30_000),
  settleForMs: millisecondsSchema.default(30_000),
  pollMs: z.int().min(10).max(60_000).default(500),
  reconnectForMs: z.int().min(0).max(86_400_000).default(60_000),
  waitingMax: z.int().min(1).default(4_096),
}).refine((settings) => settings.recordsMax === undefined || settings.recordsMax * 1_024 <= settings.appendBytesMax, {
  path: ['recordsMax'], message: 'recordsMax records of 1,024 bytes have to fit in appendBytesMax',
}).refine((settings) => 1_024 + 2 * settings.dataBytesMax <= settings.appendBytesMax, {
  path: ['dataBytesMax'], message: 'a record counts 1,024 bytes and twice its data, and has to fit in appendBytesMax',
})

/** Settings with every default filled in. */
export type CheckedSettings = Readonly<z.output<typeof settingsSchema>>

/** A peer or an orderer. Connections are TLS only. */
export interface FabricNode {
  /** `host:port`. */
  readonly address: string
  /** PEM of the authority that signed its TLS certificate. */
  readonly tlsCertificate: string
  /** Name in its certificate, when it is another than the host of the address. */
  readonly hostname?: string | undefined
}

/** Which channel and chaincode, by which peer and client. Keys are not settings: see `FabricSigner`. */
export interface FabricLedgerSettings {
  /** `gateway` (@hyperledger/fabric-gateway, peers of Fabric 2.4 and later) or `network` (fabric-network). Only the chosen one needs to be installed. */
  readonly client: 'gateway' | 'network'
  readonly channel: string
  /** Name of the chaincode on the channel. */
  readonly chaincode: string
  /** A peer of the signer's own organisation. */
  readonly peer: FabricNode
  /**
   * How the client `network` finds endorsers of other organisations, and orderers: by asking the peer (default; `asLocalhost` says
   * that they are all on this machine), or as listed here. The client `gateway` leaves it to its peer.
   */
  readonly discovery?:
    | { readonly asLocalhost?: boolean | undefined }
    | { readonly peers?: readonly (FabricNode & { readonly mspId: string })[] | undefined; readonly orderers: readonly FabricNode[] }
    | undefined
  /** Puts a name before those of the streams, so that several instances can share one chaincode. Default: none. */
  readonly space?: string | undefined
  /** Refuses any other ledger than this one with LEDGER_WRONG_CHAIN; see `describe().ledgerId`. Default: any. */
  readonly ledgerId?: string | undefined
  /** Collections of the chaincode's definition and the MSP ids that are in each, for private streams. Default: none. */
  readonly collections?: readonly { readonly name: string; readonly organisations: readonly string[] }[] | undefined
  /** Most records in one append. Default: 1,000 where the peer takes many keys in one message (Fabric 3.1), else 100. */
  readonly recordsMax?: number | undefined
  /** Most bytes of one append, at most 40 % of the orderer's AbsoluteMaxBytes. Default 4 MiB, for the usual 10 MB. */
  readonly appendBytesMax?: number | undefined
  /** Most bytes of one record's data. Default 1 MiB. */
  readonly dataBytesMax?: number | undefined
  /** Longest that a query may take, in milliseconds. Default 15,000. */
  readonly queryTimeoutMs?: number | undefined
  /** Longest that endorsing one append may take, in milliseconds. Default 30,000. */
  readonly endorseTimeoutMs?: number | undefined
  /** Longest to wait for a block before looking the transaction up, in milliseconds; more than BatchTimeout. Default 30,000. */
  readonly commitTimeoutMs?: number | undefined
  /** Longest to look a transaction up, and send it again, before LEDGER_OUTCOME_UNKNOWN, in milliseconds. Default 30,000. */
  readonly settleForMs?: number | undefined
  /** Pause between two looks of a watch, in milliseconds, 10 to 60,000. Default 500. */
  readonly pollMs?: number | undefined
  /** Longest outage that a watch bridges, in milliseconds. Default 60,000. */
  readonly reconnectForMs?: number | undefined
  /** Most appends waiting for one stream. Default 4,096. */
  readonly waitingMax?: number | undefined
}

/** Fills in the defaults. TypeError naming the member that is wrong. */
export function checkSettings(settings: FabricLedgerSettings): CheckedSettings {
  return parseSettings('Fabric', settingsSchema, settings)
}
