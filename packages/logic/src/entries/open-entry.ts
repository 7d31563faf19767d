import type { StoredEntry } from '@careledger/data-spec'
import type { DataKeys } from '@careledger/identity'
import { openCommitment, parseEntry, type Entry } from '@careledger/proof'
import { LogicError } from '../logic-error.ts'
import type { Parts } from '../parts.ts'
import type { Opening, StreamedOpening } from './network-definition.ts'
import { holdsStream, isStreamed, openStreamedOpening } from './open-stream.ts'
import { isDestroyed } from './rows.ts'
import { readSealedHead, unsealPayload } from './seal-payload.ts'

/**
 * Opens the payload of a stored entry and checks it against the commitment that the author signed. `undefined`: it has none. `erased`: the
 * patient's keys are gone (whether an erasure entry covers that is audit's question). Errors: CORRUPTION naming the entry when it does not
 * open or is missing, NOT_ALLOWED when this instance does not hold the custodian's vault.
 */
export async function openEntry(parts: OpenParts, stored: StoredBytes, entry: Entry = parseEntry(stored.canonical), held?: HeldKeys): Promise<Opening | 'erased' | undefined> {
  const opened = await openAny(parts, stored, entry, held)
  if (isStreamed(opened)) throw new LogicError('INPUT_TOO_LARGE', 'This payload is read as a stream.', { details: { id: entry.id } })
  return opened
}

/** A patient's keys that the caller has already: its permit's. */
export interface HeldKeys {
  readonly custodian: string
  readonly patient: string
  readonly keys: DataKeys
}

export type OpenParts = Pick<Parts, 'vaults' | 'documents'>
export type StoredBytes = Pick<StoredEntry, 'id' | 'canonical' | 'sealed' | 'documentId'>

/** The same, and of a streamed payload what is known without reading its document. */
export async function openAny(parts: OpenParts, stored: StoredBytes, entry: Entry = parseEntry(stored.canonical), held?: HeldKeys): Promise<Opening | StreamedOpening | 'erased' | undefined> {
  if (entry.payload === undefined) return undefined
  const corrupt = (message: string, cause?: unknown): LogicError => new LogicError('CORRUPTION', message, { cause, details: { id: entry.id } })
  if (stored.sealed === undefined) return 'erased'
  const head = readSealedHead(stored.sealed)
  if (head === undefined) throw corrupt('The sealed payload has no head.')
  const keys = held !== undefined && held.custodian === entry.custodian && held.patient === head.patient ? held.keys : await keysFor(parts, entry.custodian, head.patient)
  if (keys === undefined) return 'erased'
  if (holdsStream(stored, head)) {
    try {
      return openStreamedOpening(entry, keys.unwrap(head.wrapped), stored.sealed.subarray(head.length))
    } catch (cause) {
      if (isDestroyed(cause)) return 'erased'
      throw corrupt('The sealed opening does not open to what its author signed.', cause)
    }
  }
  const body = stored.documentId === undefined ? stored.sealed.subarray(head.length) : await parts.documents.get(stored.documentId)
  if (body === undefined) throw corrupt('The document with the sealed payload is missing.')
  let opening: Opening
  try {
    opening = unsealPayload(entry, keys.unwrap(head.wrapped), body, stored.documentId !== undefined)
    openCommitment(entry.payload, opening)
  } catch (cause) {
    if (isDestroyed(cause)) return 'erased'
    throw corrupt('The sealed payload does not open to what its author signed.', cause)
  }
  return opening
}

/** The keys that a payload is sealed under; `undefined`: they are gone. Errors: NOT_ALLOWED where this instance does not hold the vault. */
export async function keysFor(parts: Pick<Parts, 'vaults'>, custodian: string, patient: string | undefined): Promise<DataKeys | undefined> {
  const vault = parts.vaults.get(custodian)
  if (vault === undefined) throw new LogicError('NOT_ALLOWED', 'This instance does not hold that custodian\'s payloads.', { details: { custodian } })
  return patient === undefined ? vault.organisation() : vault.patient(patient)
}
