import { createHash } from 'node:crypto'
import type { StoredEntry } from '@careledger/data-spec'
import { equalBytes, openCommitment, type Entry } from '@careledger/proof'
import type { Opening, StreamedOpening } from '../../entries/network-definition.ts'
import { holdsStream, openStream, openStreamedOpening } from '../../entries/open-stream.ts'
import { readSealedHead, unsealPayload } from '../../entries/seal-payload.ts'
import { isLogicError } from '../../logic-error.ts'
import type { Parts } from '../../parts.ts'
import { isStoreError } from '../../to-logic-error.ts'
import type { Findings } from './findings.ts'

/** Opens every sealed payload in its place and compares it with the commitment. */
export interface SealedCheck {
  /** What the payload opens to; `undefined` for an entry without one. `shut`: it does not open, and a finding says so, now or at the end. */
  check(stored: StoredEntry, entry: Entry): Promise<Opening | StreamedOpening | 'erased' | 'shut' | undefined>
  /** Names the ones that open in each other's places. */
  finish(): Promise<void>
  /** Documents that entries name. */
  readonly documents: Set<string>
  /** Ids of entries with a subject whose payload is not there: right only where an erasure covers them. */
  readonly emptied: ReadonlySet<string>
}

interface ShutPayload {
  readonly stored: StoredEntry
  readonly entry: Entry
}
const misplacedMax = 100

export function createSealedCheck(parts: Parts, findings: Findings): SealedCheck {
  const documents = new Set<string>()
  const emptied = new Set<string>()
  const shut: ShutPayload[] = []
  return {
    documents,
    emptied,
    async check(stored, entry) {
      const add = (what: 'removed' | 'added', kind: 'sealed' | 'document', detail: string): 'shut' => {
        findings.add({ what, kind, id: entry.id, detail })
        return 'shut'
      }
      if (stored.documentId !== undefined) documents.add(stored.documentId)
      if (entry.payload === undefined) return stored.sealed === undefined && stored.documentId === undefined ? undefined : add('added', 'sealed', 'The entry has no payload, its row does.')
      if (stored.sealed === undefined) {
        if (entry.subject === undefined) return add('removed', 'sealed', 'The sealed payload is missing.')
        emptied.add(entry.id)
        return 'erased'
      }
      const opened = await open(parts, stored, entry, stored)
      if (opened === 'missing') return add('removed', 'document', 'The document with the sealed payload is missing.')
      if (opened === 'shut') shut.push({ stored, entry })
      return opened
    },
    async finish() {
      for (const one of shut) {
        const id = one.entry.id
        const kind = one.stored.documentId === undefined ? 'sealed' : 'document'
        let other: ShutPayload | undefined
        for (const candidate of shut.length > misplacedMax ? [] : shut) {
          if (candidate !== one && typeof (await open(parts, one.stored, candidate.entry, candidate.stored)) === 'object') other = candidate
        }
        if (other === undefined) findings.add({ what: 'altered', kind, id, detail: 'The sealed payload does not open to what its author signed.' })
        else findings.add({ what: 'swapped', kind, id, detail: `The sealed payload is the one of ${other.entry.id}.` })
      }
    },
  }
}

/**
 * The payload of one row as that of `entry`, if it opens so. The wrapped key is tried as it stands in either row, so that a swap of whole
 * payloads and one of documents are both recognised.
 */
async function open(parts: Parts, stored: StoredEntry, entry: Entry, place: StoredEntry): Promise<Opening | StreamedOpening | 'shut' | 'erased' | 'missing'> {
  if (stored.sealed === undefined) return 'shut'
  for (const sealed of stored === place ? [stored.sealed] : [stored.sealed, place.sealed ?? stored.sealed]) {
    const head = readSealedHead(sealed)
    if (head === undefined) continue
    const vault = parts.vaults.get(entry.custodian)
    const keys = head.patient === undefined ? await vault?.organisation() : await vault?.patient(head.patient)
    if (keys === undefined) return 'erased'
    if (holdsStream(stored, head)) {
      const streamed = await openWhole(parts, entry, stored.documentId, keys.unwrap.bind(keys), head.wrapped, sealed.subarray(head.length))
      if (streamed === 'shut') continue
      return streamed
    }
    const own = readSealedHead(stored.sealed)
    const body = stored.documentId === undefined ? (own === undefined ? undefined : stored.sealed.subarray(own.length)) : await parts.documents.get(stored.documentId)
    if (body === undefined) return stored.documentId === undefined ? 'shut' : 'missing'
    try {
      const opening = unsealPayload(entry, keys.unwrap(head.wrapped), body, stored.documentId !== undefined)
      openCommitment(entry.payload as string, opening)
      return opening
    } catch {
      continue
    }
  }
  return 'shut'
}

/** A streamed payload read from its first byte to its last and compared with the hash that its author signed. */
async function openWhole(parts: Parts, entry: Entry, documentId: string, unwrap: (wrapped: Uint8Array) => Uint8Array, wrapped: Uint8Array, sealed: Uint8Array): Promise<StreamedOpening | 'shut' | 'missing'> {
  try {
    const contentKey = unwrap(wrapped)
    const opening = openStreamedOpening(entry, contentKey, sealed)
    const hash = createHash('sha256')
    for await (const piece of openStream(parts, entry, documentId, contentKey, opening, { from: 0, to: opening.size })) hash.update(piece)
    return equalBytes(new Uint8Array(hash.digest()), opening.payloadHash) ? opening : 'shut'
  } catch (error) {
    if (isStoreError(error)) throw error
    return isLogicError(error, 'CORRUPTION') && error.details['missing'] === true ? 'missing' : 'shut'
  }
}
