import { partyPattern, sha256, toHex, toPublicJwk, utf8, type CanonicalValue, type PublicJwk, type Trust, type Witness } from '@careledger/proof'
import { z } from 'zod'
import { canonicalPayload, parsePayload } from '../../entries/payload-shape.ts'

export const RECOGNITION_MEDIA_TYPE = 'application/careledger-recognition+json'
export const FOREIGN_KEY_MEDIA_TYPE = 'application/careledger-foreign-key+json'
export const VOUCHER_MEDIA_TYPE = 'application/careledger-voucher+json'

/** The longest that any log may hold: vouchers of older versions spoke for an hour. */
export const VOUCHER_MAX_MS = 3_600_000
/** A voucher is made for, and taken for, at most this long: what a revocation at home takes, at worst, to be felt elsewhere. Five minutes. */
export const VOUCHER_MS = 300_000
/** How far two instances' clocks may lie apart. Five minutes. */
export const CLOCKS_APART_MS = 300_000

/** What an instance pins of another one. */
export interface PeerTrust {
  readonly origin: string
  readonly logKey: PublicJwk
  readonly root: PublicJwk
  readonly witnesses: readonly Witness[]
  readonly witnessThreshold: number
}

/** Payload of `organisation-recognised`, signed by this instance's platform. */
export interface Recognition {
  readonly v: 1
  /** Origin of this instance's own log: what vouchers must be made out to. */
  readonly audience: string
  /** What people here read. */
  readonly name: string
  readonly trust: PeerTrust
  /** Proof file of the organisation's enrolment in the peer's log, with its opening. */
  readonly enrolment: string
}

/** Payload of `key-recognised`: both files came with the person, and hold by what `organisation-recognised` pinned. */
export interface ForeignKey {
  readonly v: 1
  /** Party of the recognised organisation, as it is called here. */
  readonly organisation: string
  /** Proof file of the key's enrolment by its organisation. */
  readonly credential: string
  /** Proof file of a `key-vouched` entry not older than an hour. */
  readonly standing: string
}

/** Payload of `key-vouched`: the home instance says to one other instance that a key is in force until `expires`. */
export interface Voucher {
  readonly v: 1
  /** Origin of the log of the instance that it is made out to. */
  readonly audience: string
  readonly key: string
  readonly party: string
  readonly organisation: string
  readonly name: string
  readonly roles: readonly string[]
  readonly expires: string
}

const jwk = z.record(z.string(), z.string()).transform((value) => toPublicJwk(value as CanonicalValue, 'key'))
const trust = z.strictObject({
  origin: z.string().regex(/^[!-*,-~]{1,255}$/), logKey: jwk, root: jwk,
  witnesses: z.array(z.strictObject({ name: z.string().regex(/^[!-*,-~]{1,255}$/), key: jwk })).max(32), witnessThreshold: z.int().min(0).max(32),
})
const name = z.string().regex(/^[^\p{C}\p{Zl}\p{Zp}]{1,120}$/u)
const file = z.string().min(1).max(262_144)
const party = z.string().regex(partyPattern)
const recognition = z.strictObject({ v: z.literal(1), audience: z.string().min(1).max(255), name, trust, enrolment: file })
const foreignKey = z.strictObject({ v: z.literal(1), organisation: party, credential: file, standing: file })
const voucher = z.strictObject({
  v: z.literal(1), audience: z.string().min(1).max(255), key: z.string().regex(/^[A-Za-z0-9_-]{43}$/), party, organisation: party, name,
  roles: z.array(z.string().regex(/^[a-z][a-z0-9-]{0,30}$/)).max(16), expires: z.iso.datetime({ precision: 3 }),
})

/** Errors of all three: INPUT_MALFORMED where the payload is not canonical JSON of this shape. */
export const parseRecognition = (payload: Uint8Array | undefined): Recognition => parsePayload(recognition, payload) as Recognition
export const parseForeignKey = (payload: Uint8Array | undefined): ForeignKey => parsePayload(foreignKey, payload) as ForeignKey
export const parseVoucher = (payload: Uint8Array | undefined): Voucher => parsePayload(voucher, payload) as Voucher

/** The bytes that an author commits to. */
export function federationBytes(payload: Recognition | ForeignKey | Voucher): Uint8Array {
  return canonicalPayload(payload)
}

/**
 * What a party of another instance is called here: `x-` and the first 32 hex digits of SHA-256(`careledger/v1/foreign-party`, origin, party).
 * Two instances may use one party id for two people; here they never meet, and everybody can compute the name.
 */
export function foreignParty(origin: string, partyId: string): string {
  return `x-${toHex(sha256(utf8(`careledger/v1/foreign-party\n${origin}\n${partyId}`))).slice(0, 32)}`
}

export function toTrust({ origin, logKey, root, witnesses, witnessThreshold }: PeerTrust): Trust {
  return { logs: [{ origin, key: logKey }], root, witnesses, witnessThreshold }
}
