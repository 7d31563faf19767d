import { partyPattern } from '@careledger/proof'
import { z } from 'zod'
import { canonicalPayload, parsePayload } from '../entries/payload-shape.ts'

export const PATIENT_MEDIA_TYPE = 'application/careledger-patient+json'
export const LINK_MEDIA_TYPE = 'application/careledger-link+json'
export const FHIR_MEDIA_TYPE = 'application/fhir+json'

/** Payload of `patient-registered`: by what the patient is known at the custodian. */
export interface PatientRegistration {
  readonly v: 1
  /** PatientId, from `imports.prepare`. */
  readonly patient: string
  readonly identifiers: readonly { readonly system?: string | undefined; readonly value: string }[]
}

/** Payload of `patient-linked`: the person who signs in as `party` is this patient. */
export interface PatientLink {
  readonly v: 1
  readonly patient: string
  readonly party: string
}

/** Payload of `subject-erased`: root generations of the custodian's vault, and from v 2 on the order that two people gave. */
export type ErasureCertificate = ErasureGenerations & ({ readonly v: 1 } | { readonly v: 2; readonly order: ErasureOrderNamed })

interface ErasureGenerations {
  readonly generationBefore: number
  readonly generationAfter: number
}

/** The entries that an erasure rests on, and the parties of the two people. */
export interface ErasureOrderNamed {
  readonly proposed: string
  readonly approved: string
  readonly by: readonly [string, string]
  /** The patient's own request, where they asked. */
  readonly request?: string | undefined
}

const registration = z.strictObject({
  v: z.literal(1),
  patient: z.uuid(),
  identifiers: z.array(z.strictObject({ system: z.string().max(256).optional(), value: z.string().min(1).max(128) })).max(20),
})
const link = z.strictObject({ v: z.literal(1), patient: z.uuid(), party: z.string().regex(partyPattern) })
const generations = { generationBefore: z.int().min(0), generationAfter: z.int().min(0) }
const party = z.string().regex(partyPattern)
const certificate = z.union([
  z.strictObject({ v: z.literal(1), ...generations }),
  z.strictObject({ v: z.literal(2), ...generations, order: z.strictObject({ proposed: z.uuid(), approved: z.uuid(), by: z.tuple([party, party]), request: z.uuid().optional() }) }),
])

/** Errors of all three: INPUT_MALFORMED where the payload is not canonical JSON of this shape. */
export const parseRegistration = (payload: Uint8Array | undefined): PatientRegistration => parsePayload(registration, payload) as PatientRegistration
export const parseLink = (payload: Uint8Array | undefined): PatientLink => parsePayload(link, payload) as PatientLink
export const parseCertificate = (payload: Uint8Array | undefined): ErasureCertificate => parsePayload(certificate, payload) as ErasureCertificate

/** The bytes that an author commits to. Members that are `undefined` are absent. */
export function payloadBytes(payload: PatientRegistration | PatientLink | ErasureCertificate): Uint8Array {
  return canonicalPayload(payload)
}
