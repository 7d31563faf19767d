import type { Actor } from '@careledger/identity'
import type { Purpose } from '../../consent/consent-terms.ts'
import { groundsOf } from '../../decisions/authorize.ts'
import { decide, record, type Decided } from '../../decisions/decide.ts'
import { newDecision } from '../../decisions/decision-record.ts'
import { acceptEntries } from '../../entries/accept-entries.ts'
import { readEntryOf } from '../../entries/read-entry-of.ts'
import { openRow, readRow } from '../../entries/rows.ts'
import type { EntryReceipt, SignedEntry } from '../../entries/signed-entry.ts'
import { buildProof } from '../../log/build-proof.ts'
import { LogicError } from '../../logic-error.ts'
import type { Parts } from '../../parts.ts'
import { toLogicError } from '../../to-logic-error.ts'
import { partyNames } from '../party-names.ts'
import { HOSPITAL } from '../tables.ts'
import { attachmentOriginTable, type AttachmentOriginRow } from './attachment-received.ts'
import type { CustodyRow, ReceivedRow } from './custody-entries.ts'
import { offerTable, type OfferRow } from './custody-offers.ts'
import { custodyOrderTable, mayOrderCustody, type CustodyOrderRow } from './custody-orders.ts'

/** Where a record went, and where it came from, both absent: it was always kept here; and the newest offer of it to another hospital. */
export interface WhereKept {
  readonly moved?: (CustodyRow & { readonly toName: string }) | undefined
  readonly received?: (ReceivedRow & { readonly fromName: string }) | undefined
  readonly offer?: (OfferRow & { readonly toName: string }) | undefined
}

/** For whoever may read the record here: who keeps it from now on, by whose word, and since when. Errors: NOT_ALLOWED. */
export function readWhereKept(parts: Parts, actor: Actor, query: { readonly patient: string; readonly purpose: Purpose }): Promise<Decided<WhereKept>> {
  return decide<WhereKept>(parts, { actor, operation: 'hospital.custody.state', purpose: query.purpose, patient: query.patient }, async (permit) => {
    const { view, custodian, patient } = groundsOf(permit)
    const at = { custodian, patient }
    const opened = async <T>(table: string): Promise<T | undefined> => {
      const row = await view.projection(table, patient)
      return row === undefined ? undefined : ((await openRow(parts, row, at)) as unknown as T | undefined)
    }
    const [moved, received, offer] = await Promise.all([opened<CustodyRow>('custody'), opened<ReceivedRow>('custody-received'), opened<OfferRow>(offerTable)])
    const names = await partyNames(view, [moved?.to, received?.from, offer?.to].filter((party) => party !== undefined))
    const value: WhereKept = {
      ...(moved === undefined ? {} : { moved: { ...moved, toName: names.of(moved.to) } }), ...(received === undefined ? {} : { received: { ...received, fromName: names.of(received.from) } }),
      ...(offer === undefined ? {} : { offer: { ...offer, toName: names.of(offer.to) } }),
    }
    return { value, types: {} }
  })
}

/** Attachments that came along, by the ids that records name them by. Errors: NOT_ALLOWED unless the caller works at the custodian. */
export async function readBroughtAttachments(parts: Parts, actor: Actor, patient: string): Promise<readonly AttachmentOriginRow[]> {
  const { value } = await decide(parts, { actor, operation: 'hospital.custody.attachments', purpose: 'operations', patient }, async (permit) => {
    const { view, custodian, rule } = groundsOf(permit)
    if (rule !== 'custodian-staff') return undefined
    const { rows } = await view.find({ table: attachmentOriginTable, index: 'patient', equals: patient, limit: 1000 })
    const found = await Promise.all(rows.map((row) => openRow(parts, row, { custodian, patient })))
    return { value: found.flatMap((row) => (row === undefined ? [] : [row as unknown as AttachmentOriginRow])), types: {} }
  })
  return value
}

/** The proof file of the newest receipt for this patient: what the new custodian hands to the former one. Errors: NOT_ALLOWED, UNAVAILABLE. */
export async function readReceipt(parts: Parts, actor: Actor, patient: string): Promise<string> {
  const { value } = await readWhereKept(parts, actor, { patient, purpose: 'operations' })
  const proof = value.received === undefined ? undefined : await buildProof(parts, value.received.entry, { opening: true })
  if (proof === undefined) throw refused()
  return proof
}

/** The order that stands at a custodian: everybody whose record it may move reads its legal basis. */
export function readCustodyOrder(parts: Parts, custodian: string): Promise<{ readonly order?: (CustodyOrderRow & { readonly toName: string }) | undefined }> {
  return parts.store.read(async (view) => {
    const row = await view.projection(custodyOrderTable, custodian)
    const order = row === undefined ? undefined : (readRow(row) as unknown as CustodyOrderRow)
    return order === undefined ? {} : { order: { ...order, toName: (await partyNames(view, [order.to])).of(order.to) } }
  }).catch((error: unknown) => { throw toLogicError(error) })
}

/** Takes `custody-ordered`, `custody-order-confirmed` and `custody-order-ended`; each is an act in the log, about no patient. Errors: NOT_ALLOWED, ENTRY_CONFLICT, those of `acceptEntries`. */
export async function writeCustodyOrder(parts: Parts, actor: Actor, write: { readonly entry: SignedEntry; readonly wait?: 'stored' | 'sequenced' | 'anchored' | undefined; readonly signal?: AbortSignal | undefined }): Promise<EntryReceipt> {
  const entry = readEntryOf(write.entry, HOSPITAL, ['custody-ordered', 'custody-order-confirmed', 'custody-order-ended'])
  if (actor.kind !== 'platform' && !mayOrderCustody(actor, entry.custodian)) {
    await record(parts, [newDecision({ actor, operation: 'hospital.custody.order', purpose: 'operations', rule: 'none' }, parts.now())], [])
    throw refused()
  }
  const [receipt] = await acceptEntries(parts, [write.entry], { actor, wait: write.wait, signal: write.signal })
  return receipt as EntryReceipt
}

const refused = (): LogicError => new LogicError('NOT_ALLOWED', 'This does not exist or you may not use it.')
