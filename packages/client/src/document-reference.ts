import { canonicalBytes } from '@careledger/proof'
import type { CanonicalValue } from '@careledger/proof'

/** What a DocumentReference says of its attachment. */
export interface DocumentFacts {
  /** How resources refer to the patient, `Patient/<id>`. */
  readonly patient: string
  /** Entry id of the attachment. */
  readonly attachment: string
  readonly mediaType: string
  /** Bytes. */
  readonly size: number
  /** One line for people: what it is. */
  readonly title: string
  /** When it was made, `YYYY-MM-DDTHH:MM:SS.sssZ`. */
  readonly date: string
}

/** FHIR's `unsignedInt` ends here (R4, "Data types"); a larger attachment goes without its size. */
const UNSIGNED_INT_MAX = 2_147_483_647

/** A FHIR R4 DocumentReference that leads to an attachment by `urn:uuid:<entry id>`; canonical JSON. */
export function documentReference({ patient, attachment, mediaType, size, title, date }: DocumentFacts): Uint8Array {
  const resource: CanonicalValue = {
    resourceType: 'DocumentReference',
    status: 'current',
    type: { text: title },
    subject: { reference: patient },
    date,
    content: [{ attachment: { contentType: mediaType, url: `urn:uuid:${attachment}`, title, creation: date, ...(size > UNSIGNED_INT_MAX ? {} : { size }) } }],
  }
  return canonicalBytes(resource)
}
