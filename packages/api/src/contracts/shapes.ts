import { z } from 'zod'

/** Shapes that more than one contract uses. */
export const uuid = z.uuid()
export const base64url = z.string().regex(/^[A-Za-z0-9_-]*$/)
export const thumbprint = z.string().regex(/^[A-Za-z0-9_-]{43}$/)
export const instant = z.iso.datetime({ precision: 3 })
export const date = z.iso.date()
export const partyId = z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/)
export const role = z.enum(['patient', 'doctor', 'records-clerk', 'privacy-officer', 'operator', 'admin', 'system', 'platform'])
export const purpose = z.enum(['treatment', 'payment', 'research', 'operations', 'patient-request'])
/** Sensitive kinds: codes of HL7 v3 ActCode, and `R` for what a custodian has labelled as restricted otherwise. */
export const sensitivity = z.enum(['GDIS', 'HIV', 'PSY', 'R', 'SDV', 'SEX', 'STD', 'SUD'])
export const resourceType = z.string().regex(/^[A-Z][A-Za-z]{1,63}$/)
/** Opaque keyset cursor. */
export const cursor = z.string().max(512)
export const pageSize = z.int().min(1).max(100).default(50)
export const wait = z.enum(['stored', 'sequenced', 'anchored']).default('stored')

/** A public key (RFC 7517): Ed25519 or P-256, public members only. */
export const publicJwk = z.union([
  z.strictObject({ kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: base64url }),
  z.strictObject({ kty: z.literal('EC'), crv: z.literal('P-256'), x: base64url, y: base64url }),
])

/** Who acts: a party with one enrolled key. */
export const actor = z.strictObject({
  party: partyId,
  kind: z.enum(['person', 'system', 'organisation', 'platform']),
  displayName: z.string(),
  organisation: partyId.optional(),
  organisationName: z.string().optional(),
  roles: z.array(role),
  key: thumbprint,
  credential: uuid,
  /** By what they are signed in where it is not the key itself: an account reads and signs nothing. */
  means: z.enum(['account', 'published']).optional(),
})

/** The signature object that stands beside an entry (docs/entry-format.md): single, or a place in a signed batch. */
export const entrySignature = z.union([
  z.strictObject({ jws: z.string().max(1024) }),
  z.strictObject({ jws: z.string().max(1024), index: z.int().min(0).max(4095), count: z.int().min(1).max(4096), path: z.array(base64url).max(12) }),
])

/** A signed entry with the opening of its payload, as its author sends it. */
export const signedEntry = z.strictObject({
  /** Canonical entry (RFC 8785 text). */
  entry: z.string().max(4096),
  signature: entrySignature,
  opening: z.strictObject({ salt: base64url, mediaType: z.string().max(128), payload: base64url }).optional(),
})

export const entryState = z.enum(['stored', 'sequenced', 'anchored', 'blocked'])
export const receipt = z.strictObject({
  id: uuid,
  state: entryState,
  /** Log index once sequenced. */
  index: z.int().min(0).optional(),
  duplicate: z.boolean(),
})

/** The decision in words a person can check: which rule, which consent, which version. */
export const decision = z.strictObject({
  id: uuid,
  outcome: z.enum(['permitted', 'refused']),
  rule: z.enum(['self', 'custodian-staff', 'delegate', 'consent', 'emergency', 'review', 'link', 'role', 'none']),
  consent: uuid.optional(),
  /** Under rule `delegate`: by what the caller acts for the patient. */
  delegation: uuid.optional(),
  purpose: purpose.optional(),
  expires: instant.optional(),
})

export const problemItem = z.strictObject({
  /** FHIRPath-like location, for example `Bundle.entry[3].resource.status`. */
  path: z.string(),
  code: z.string(),
  message: z.string(),
  line: z.int().min(1).optional(),
})
