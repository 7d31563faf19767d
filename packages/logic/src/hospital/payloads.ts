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

/** Payload of `subject-erased`: root generations of the custodian's vault. */
export interface ErasureCertificate {
  readonly v: 1
  readonly generationBefore: number
  readonly generationAfter: number
}

const registration = z.strictObject({
  v: z.literal(1),
  patient: z.uuid(),
  identifiers: z.array(z.strictObject({ system: z.string().max(256).optional(), value: z.string().min(1).max(128) })).max(20),
})
const link = z.strictObject({ v: z.literal(1), patient: z.uuid(), party: z.string().regex(partyPattern) })
const certificate = z.strictObject({ v: z.literal(1), generationBefore: z.int().min(0), generationAfter: z.int().min(0) })

/** Errors of all three: INPUT_MALFORMED where the payload is not canonical JSON of this shape. */
export const parseRegistration = (payload: Uint8Array | undefined): PatientRegistration => parsePayload(registration, payload) as PatientRegistration
export const parseLink = (payload: Uint8Array | undefined): PatientLink => parsePayload(link, payload) as PatientLink
export const parseCertificate = (payload: Uint8Array | undefined): ErasureCertificate => parsePayload(certificate, payload) as ErasureCertificate

/** The bytes that an author commits to. Members that are `undefined` are absent. */
export function payloadBytes(payload: PatientRegistration | PatientLink | ErasureCertificate): Uint8Array {
  return canonicalPayload(payload)
}
