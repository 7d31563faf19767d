import type { Actor } from '@careledger/identity'
import { parseEntry } from '@careledger/proof'
import type { Purpose } from '../../consent/consent-terms.ts'
import type { Consent } from '../../consent/consent-terms.ts'
import { authorize, endPermit, groundsOf, isRefusal, type Permit } from '../../decisions/authorize.ts'
import { decide, record, type Decided } from '../../decisions/decide.ts'
import { newDecision } from '../../decisions/decision-record.ts'
import { keysFor, openAny } from '../../entries/open-entry.ts'
import { isStreamed, openStream } from '../../entries/open-stream.ts'
import { readSealedHead } from '../../entries/seal-payload.ts'
import { LogicError } from '../../logic-error.ts'
import type { Parts } from '../../parts.ts'
import { toLogicError } from '../../to-logic-error.ts'
import { attachmentType, patientOfAttachment, reachAttachment } from './reach-attachment.ts'

export interface AttachmentQuery {
  /** Entry id of the attachment. */
  readonly id: string
  /** The record that leads to it: needed under a consent for some types or days only, since an attachment has neither. */
  readonly record?: string | undefined
  readonly purpose: Purpose
}

export interface ReadAttachment {
  readonly mediaType: string
  readonly size: number
  readonly author: string
  readonly recordedAt: string
  /**
   * Bytes `from` to `to` (exclusive) of it, opened as they are read. The right to it is looked at again after each 16 MiB: a consent
   * withdrawn meanwhile ends it. Errors: NOT_ALLOWED, CORRUPTION, those of the store.
   */
  read(range: { readonly from: number; readonly to: number }): AsyncIterable<Uint8Array>
}

const operation = 'hospital.attachments.read'
const recheckBytes = 16 * 1_048_576

/**
 * One attachment under a decision that is recorded before this returns. Permitted to whom the patient's record is open; under a consent that
 * reaches a part of it only, where `record` is one that the consent reaches and that leads to the attachment. Errors: NOT_ALLOWED, CORRUPTION.
 */
export function readAttachment(parts: Parts, actor: Actor, query: AttachmentQuery): Promise<Decided<ReadAttachment>> {
  const { purpose } = query
  return decide(parts, { actor, operation, purpose, patient: patientOfAttachment(query.id, query.record) }, async (permit) => {
    const found = await attachmentUnder(parts, permit, query)
    if (found === undefined) return undefined
    const { patient: whose } = groundsOf(permit)
    const { id, consent, read, ...rest } = found
    const value: ReadAttachment = { ...rest, read: (range) => watched(read(range), () => stillPermitted(parts, actor, query, whose)) }
    return { value, types: { [attachmentType]: 1 }, consent, entry: id }
  })
}

/** An attachment within a permit, opened as it is read; `undefined`: the permit does not reach it. Errors: CORRUPTION; NOT_ALLOWED where the keys are gone. */
export async function attachmentUnder(parts: Parts, permit: Permit, query: Pick<AttachmentQuery, 'id' | 'record'>): Promise<(ReadAttachment & { readonly id: string; readonly consent?: Consent | undefined }) | undefined> {
  const reached = await reachAttachment(parts, permit, query)
  if (reached === undefined) return undefined
  const { id } = reached
  const { view } = groundsOf(permit)
  const stored = await view.entry(id)
  const entry = stored === undefined ? undefined : parseEntry(stored.canonical)
  const opening = stored === undefined ? undefined : await openAny(parts, stored, entry)
  const head = stored?.sealed === undefined ? undefined : readSealedHead(stored.sealed)
  if (entry === undefined || head === undefined || stored?.documentId === undefined || !isStreamed(opening)) throw new LogicError('CORRUPTION', 'The attachment has no payload.', { details: { id } })
  const contentKey = (await keysFor(parts, entry.custodian, head.patient))?.unwrap(head.wrapped)
  if (contentKey === undefined) throw new LogicError('NOT_ALLOWED', 'There are no keys for this patient.')
  const { documentId } = stored
  const { mediaType, size, author, recordedAt } = reached.row
  return { id, consent: reached.consent, mediaType, size, author, recordedAt, read: (range) => openStream(parts, entry, documentId, contentKey, opening, range) }
}

/** Asks `permitted` after each 16 MiB, before the next byte is given. */
async function* watched(pieces: AsyncIterable<Uint8Array>, permitted: () => Promise<void>): AsyncGenerator<Uint8Array> {
  let since = 0
  for await (const piece of pieces) {
    if (since >= recheckBytes) {
      await permitted()
      since = 0
    }
    since += piece.length
    yield piece
  }
}

/** Decides again without recording what was recorded at the beginning; a refusal is recorded. */
async function stillPermitted(parts: Parts, actor: Actor, query: AttachmentQuery, patient: string): Promise<void> {
  const { purpose, id } = query
  const reached = await parts.store.read(async (view) => {
    const permit = await authorize(parts, view, { actor, operation, purpose, patient })
    if (isRefusal(permit)) return false
    try {
      return (await reachAttachment(parts, permit, query)) !== undefined
    } finally {
      endPermit(permit)
    }
  }).catch((error: unknown) => { throw toLogicError(error) })
  if (reached) return
  await record(parts, [newDecision({ actor, operation, purpose, about: patient, rule: 'none', entry: id }, parts.now())], [])
  throw new LogicError('NOT_ALLOWED', 'This does not exist or you may not use it.')
}
