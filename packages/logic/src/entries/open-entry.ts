import type { StoredEntry } from '@careledger/data-spec'
import type { DataKeys } from '@careledger/identity'
import { openCommitment, parseEntry, type Entry } from '@careledger/proof'
import { LogicError } from '../logic-error.ts'
import type { Parts } from '../parts.ts'
import type { Opening } from './network-definition.ts'
import { readSealedHead, unsealPayload } from './seal-payload.ts'

/**
 * Opens the payload of a stored entry and checks it against the commitment that the author signed. `undefined`: it has none. `erased`: the
 * patient's keys are gone (whether an erasure entry covers that is audit's question). Errors: CORRUPTION naming the entry when it does not
 * open or is missing, NOT_ALLOWED when this instance does not hold the custodian's vault.
 */
export async function openEntry(parts: Pick<Parts, 'vaults' | 'documents'>, stored: Pick<StoredEntry, 'id' | 'canonical' | 'sealed' | 'documentId'>, entry: Entry = parseEntry(stored.canonical)): Promise<Opening | 'erased' | undefined> {
  if (entry.payload === undefined) return undefined
  const corrupt = (message: string, cause?: unknown): LogicError => new LogicError('CORRUPTION', message, { cause, details: { id: entry.id } })
  if (stored.sealed === undefined) return 'erased'
  const head = readSealedHead(stored.sealed)
  if (head === undefined) throw corrupt('The sealed payload has no head.')
  const keys = await keysFor(parts, entry.custodian, head.patient)
  if (keys === undefined) return 'erased'
  const body = stored.documentId === undefined ? stored.sealed.subarray(head.length) : await parts.documents.get(stored.documentId)
  if (body === undefined) throw corrupt('The document with the sealed payload is missing.')
  let opening: Opening
  try {
    opening = unsealPayload(entry, keys.unwrap(head.wrapped), body, stored.documentId !== undefined)
    openCommitment(entry.payload, opening)
  } catch (cause) {
    throw corrupt('The sealed payload does not open to what its author signed.', cause)
  }
  return opening
}

async function keysFor(parts: Pick<Parts, 'vaults'>, custodian: string, patient: string | undefined): Promise<DataKeys | undefined> {
  const vault = parts.vaults.get(custodian)
  if (vault === undefined) throw new LogicError('NOT_ALLOWED', 'This instance does not hold that custodian\'s payloads.', { details: { custodian } })
  return patient === undefined ? vault.organisation() : vault.patient(patient)
}
