import { instantText, sha256, toHex, utf8 } from '@careledger/proof'
import type { Exact, ExactObject } from './exact-json.ts'

/** Who writes about whom, and when. */
export interface WriteContext {
  /** How resources refer to the patient: from `writing.prepare`. */
  readonly patient: string
  readonly author: { readonly party: string; readonly name: string }
  readonly at: Date
  /** `Encounter/…`, where the write belongs to one. */
  readonly encounter?: string | undefined
  /** Makes ids of resources; default `crypto.randomUUID`. */
  readonly newId?: (() => string) | undefined
}

/** Something with a name and perhaps codes: the form keeps the codes as long as its words stay the same. */
export interface Coded {
  readonly text: string
  readonly codings?: readonly Coding[] | undefined
}
export interface Coding {
  readonly system?: string | undefined
  readonly code: string
  readonly display?: string | undefined
}

/** Under this system a reference's identifier names a party of the ledger (docs/writing.md). */
export const PARTY_SYSTEM = 'urn:careledger:party'

/** A logical reference: the author is known by their party, whether or not a Practitioner resource exists anywhere. */
export function authorReference({ author }: Pick<WriteContext, 'author'>): ExactObject {
  return { type: 'Practitioner', identifier: { system: PARTY_SYSTEM, value: author.party }, display: author.name }
}

export function newId({ newId }: Pick<WriteContext, 'newId'>): string {
  return newId?.() ?? crypto.randomUUID()
}

/** Ids that come out the same each time the same draft is built: a check and a signature then speak of the same resources. */
export function stableIds(seed: string): () => string {
  let count = 0
  return () => {
    const hex = toHex(sha256(utf8(`${seed}/${count++}`)))
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
  }
}

export const now = ({ at }: Pick<WriteContext, 'at'>): string => instantText(at)
export const subjectOf = ({ patient }: WriteContext): ExactObject => ({ reference: patient })
export const encounterOf = ({ encounter }: WriteContext): ExactObject | undefined => (encounter === undefined ? undefined : { reference: encounter })
export const coding = (system: string, code: string, display?: string): ExactObject => ({ system, code, display })
export const concept = (system: string, code: string, display?: string): ExactObject => ({ coding: [coding(system, code, display)] })

export function codedConcept({ text, codings = [] }: Coded): ExactObject {
  return { ...(codings.length === 0 ? {} : { coding: codings.map(({ system, code, display }) => ({ system, code, display })) }), text: text.trim() }
}

/** Text as an annotation, where there is any. */
export function noteOf(text: string | undefined, context: WriteContext): Exact | undefined {
  return blank(text) ? undefined : [{ authorReference: authorReference(context), time: now(context), text: (text as string).trim() }]
}

export const blank = (text: string | undefined): boolean => text === undefined || text.trim() === ''

export const UCUM = 'http://unitsofmeasure.org'
export const LOINC = 'http://loinc.org'
export const SNOMED = 'http://snomed.info/sct'
