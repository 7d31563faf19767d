import { Problem } from '@careledger/api/contracts'
import { newEntryId, toBase64url } from '@careledger/proof'
import { authorOf, buildEntry, signBuiltEntries } from '../build-entry.ts'
import type { SignedEntry } from '../build-entry.ts'
import type { CareLedgerClient } from '../client-types.ts'
import { amendmentProvenance, formerResource, type FormerVersion, type Reason } from './amendment.ts'
import { exactBytes, type ExactObject } from './exact-json.ts'
import type { WriteContext } from './write-context.ts'

/** Where something is written: from `writing.prepare`. */
export interface WritePlace {
  readonly patient: string
  readonly subject: string
  readonly custodian: string
}

/** One resource as it will be signed. */
export interface RecordToSign {
  readonly bytes: Uint8Array
  readonly replaces?: string | undefined
  /** Id of its entry; made when it is signed where absent. */
  readonly entry?: string | undefined
}

/** A new resource. */
export function newRecord(resource: ExactObject): RecordToSign {
  return { bytes: exactBytes(resource) }
}

/** The next version of a record and the Provenance that says why; both go under one signature. `bytes`: sent exactly so. */
export function amendmentRecords(former: FormerVersion, next: ExactObject | Uint8Array, reason: Reason, context: WriteContext): readonly RecordToSign[] {
  const entry = newEntryId(context.at)
  const bytes = next instanceof Uint8Array ? next : exactBytes(next)
  const provenance = amendmentProvenance(formerResource({ bytes }), former, entry, reason, context)
  return [{ bytes, replaces: former.entry, entry }, { bytes: exactBytes(provenance) }]
}

/** What would be refused, and what speaks against the records, before anything is signed. Errors: Problem. */
export async function checkRecords(client: CareLedgerClient, { patient }: Pick<WritePlace, 'patient'>, records: readonly RecordToSign[], options: { readonly signal?: AbortSignal | undefined } = {}) {
  const resources = records.map(({ bytes, replaces }) => ({ bytes: toBase64url(bytes), ...(replaces === undefined ? {} : { replaces }) }))
  return client.hospital.writing.check.query({ patient, resources }, { signal: options.signal })
}

/** Signs records of one patient with the session's key, one signature over all. Errors: Problem NOT_SIGNED_IN; `TypeError` for more than 4,096. */
export async function signRecords(client: CareLedgerClient, { subject, custodian }: WritePlace, records: readonly RecordToSign[]): Promise<readonly SignedEntry[]> {
  const { actor, signer } = client
  if (actor === undefined || signer === undefined) throw new Problem('NOT_SIGNED_IN', 'Sign in first.')
  const built = records.map(({ bytes, replaces, entry }) => buildEntry({
    network: 'hospital', type: 'record-created', custodian, subject, payload: { mediaType: 'application/fhir+json', bytes },
    ...(replaces === undefined ? {} : { replaces }), ...(entry === undefined ? {} : { id: entry }),
  }, authorOf(actor), client.now()))
  return signBuiltEntries(built, signer)
}

export interface SendOptions {
  readonly wait?: 'stored' | 'sequenced' | 'anchored' | undefined
  readonly signal?: AbortSignal | undefined
}

const REPEAT: ReadonlySet<string> = new Set(['OUTCOME_UNKNOWN', 'BUSY', 'UNAVAILABLE'])

/**
 * Sends signed records, all or none. A lost answer is repeated with the same entries, up to three times, which can double nothing.
 * Errors: Problem; STALE with `details.replacedBy` where somebody amended a record first: nothing was written.
 */
export async function sendRecords(client: CareLedgerClient, { patient }: Pick<WritePlace, 'patient'>, entries: readonly SignedEntry[], options: SendOptions = {}) {
  for (let attempt = 1; ; attempt++) {
    try {
      return (await client.hospital.writing.commit.mutate({ patient, entries: [...entries], wait: options.wait ?? 'stored' }, { signal: options.signal })).receipts
    } catch (thrown) {
      if (attempt === 3 || !(thrown instanceof Problem) || !REPEAT.has(thrown.code)) throw thrown
      await new Promise((resolve) => setTimeout(resolve, 500 * attempt))
    }
  }
}
