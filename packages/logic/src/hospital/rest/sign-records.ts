import type { Actor } from '@careledger/identity'
import { commit, entryBytes, fromBase64url, instantText, newEntryId, newSalt, parseEntry, signEntries, toBase64url, utf8, type Entry, type EntrySignature } from '@careledger/proof'
import type { SignedEntry } from '../../entries/signed-entry.ts'
import type { PatientIdentifier } from '../../fhir/patient-facts.ts'
import { LogicError } from '../../logic-error.ts'
import type { Parts } from '../../parts.ts'
import { toLogicError } from '../../to-logic-error.ts'
import { FHIR_MEDIA_TYPE, PATIENT_MEDIA_TYPE, payloadBytes } from '../payloads.ts'
import { HOSPITAL } from '../tables.ts'
import { gatewayOf } from './gateway.ts'

/** A record to be written. */
export interface RecordDraft {
  readonly bytes: Uint8Array
  /** Entry that it amends. */
  readonly replaces?: string | undefined
}

export interface RecordsToSign {
  readonly patient: string
  /** Pseudonym, base64url. */
  readonly subject: string
  readonly custodian: string
  /** What a new patient is registered with; `undefined`: the patient is known. */
  readonly registered?: readonly PatientIdentifier[] | undefined
  readonly records: readonly RecordDraft[]
}

export interface SignedRecords {
  readonly entries: readonly SignedEntry[]
  /** Entry of each record, in their order. */
  readonly ids: readonly string[]
  readonly issuedAt: string
  readonly author: string
}

/** The signature that a client brought for one record: the entry it made, and the salt of the body's commitment. */
export interface DetachedEntry {
  readonly entry: string
  readonly signature: EntrySignature
  /** base64url, 32 bytes. */
  readonly salt: string
}

/** The custodian's gateway signs for a caller who brought no signature. Errors: NOT_ALLOWED where the custodian has enrolled no gateway. */
export async function signAsGateway(parts: Parts, { patient, subject, custodian, registered, records }: RecordsToSign): Promise<SignedRecords> {
  const { author, signer } = await gatewayOf(parts, custodian)
  if (author === undefined) throw new LogicError('NOT_ALLOWED', 'This custodian has enrolled no gateway. Sign the entry and send it along.', { details: { check: 'gateway' } })
  const now = parts.now()
  const issuedAt = instantText(now)
  const common = { v: 1 as const, network: HOSPITAL, subject, custodian, issuedAt, author }
  const openings = [
    ...(registered === undefined ? [] : [{ type: 'patient-registered', mediaType: PATIENT_MEDIA_TYPE, payload: payloadBytes({ v: 1, patient, identifiers: registered }), replaces: undefined }]),
    ...records.map(({ bytes, replaces }) => ({ type: 'record-created', mediaType: FHIR_MEDIA_TYPE, payload: bytes, replaces })),
  ].map((draft) => ({ ...draft, salt: newSalt() }))
  const entries = openings.map(({ type, replaces, ...opening }): Entry => ({ ...common, id: newEntryId(now), type, payload: toBase64url(commit(opening)), ...(replaces === undefined ? {} : { replaces }) }))
  const signatures = await signEntries(entries, signer)
  return {
    entries: entries.map((entry, place) => {
      const { salt, mediaType, payload } = openings[place] as (typeof openings)[number]
      return { entry: entryBytes(entry), signature: signatures[place] as EntrySignature, opening: { salt, mediaType, payload } }
    }),
    ids: entries.slice(entries.length - records.length).map(({ id }) => id),
    issuedAt,
    author: author.party,
  }
}

/**
 * The caller's own entry for one record of a known patient. What it says is held against the request here; its signature and commitment when it is
 * accepted. Errors: INPUT_MALFORMED; STALE where it amends another version than the one that holds.
 */
export function takeDetached(actor: Actor, detached: DetachedEntry, { registered, records }: Pick<RecordsToSign, 'registered' | 'records'>): SignedRecords {
  const [record] = records
  if (registered !== undefined || record === undefined) throw new LogicError('INPUT_MALFORMED', 'A new patient takes more than one entry: bring them by hospital.imports.commit.')
  let entry: Entry
  let salt: Uint8Array
  try {
    entry = parseEntry(utf8(detached.entry))
    salt = fromBase64url(detached.salt)
  } catch (error) {
    throw toLogicError(error)
  }
  if (entry.type !== 'record-created') throw new LogicError('INPUT_MALFORMED', 'The entry of a resource is of type record-created.')
  if (entry.replaces !== record.replaces) throw new LogicError('STALE', 'The entry amends another version than the one that holds.')
  return { entries: [{ entry: detached.entry, signature: detached.signature, opening: { salt, mediaType: FHIR_MEDIA_TYPE, payload: record.bytes } }], ids: [entry.id], issuedAt: entry.issuedAt, author: actor.party }
}
