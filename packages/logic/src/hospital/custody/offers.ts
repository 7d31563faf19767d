import type { ReadView } from '@careledger/data-spec'
import type { Actor } from '@careledger/identity'
import { record } from '../../decisions/decide.ts'
import { newDecision, toStoredDecision } from '../../decisions/decision-record.ts'
import { acceptEntries } from '../../entries/accept-entries.ts'
import { subjectTable, type SubjectRow } from '../../entries/find-patient.ts'
import { readEntryOf } from '../../entries/read-entry-of.ts'
import { openRow, readRow } from '../../entries/rows.ts'
import type { EntryReceipt, SignedEntry } from '../../entries/signed-entry.ts'
import { isLogicError, LogicError } from '../../logic-error.ts'
import type { Parts } from '../../parts.ts'
import { toLogicError } from '../../to-logic-error.ts'
import { partyNames } from '../party-names.ts'
import { HOSPITAL, writesFor, type PatientRow } from '../tables.ts'
import { offerTable, type OfferRow } from './custody-offers.ts'

/** An offer as one of the two hospitals sees it. */
export interface OfferItem extends OfferRow {
  readonly direction: 'made' | 'received'
  /** Handle at the custodian that offers, and the pseudonym there, for entries. */
  readonly patient: string
  readonly subject: string
  readonly custodian: string
  readonly custodianName: string
  readonly toName: string
}

const shownMax = 100
const attemptsMax = 4

/** Offers that the caller's organisation has made and received, those that stand first, then the newest; at most 100 of each. For people and systems that write its records. */
export async function listOffers(parts: Parts, actor: Actor): Promise<readonly OfferItem[]> {
  const own = actor.organisation
  if (own === undefined || !writesFor(actor, own)) return []
  const items = await parts.store.read(async (view) => {
    const found = (await Promise.all([itemsOf(parts, view, 'made', own), itemsOf(parts, view, 'received', own)])).flat()
    const names = await partyNames(view, found.flatMap(({ custodian, to }) => [custodian, to]))
    return found.map((item): OfferItem => ({ ...item, custodianName: names.of(item.custodian), toName: names.of(item.to) }))
  }).catch(rethrow)
  await record(parts, items.map(({ patient, direction }) => newDecision({ actor, operation: 'hospital.custody.offers', purpose: 'operations', rule: direction === 'made' ? 'custodian-staff' : 'role', about: patient }, parts.now())), [])
  const rank = ({ state }: OfferItem): number => (state === 'open' ? 0 : 1)
  return items.sort((a, b) => rank(a) - rank(b) || (a.at < b.at ? 1 : -1))
}

async function itemsOf(parts: Parts, view: ReadView, direction: OfferItem['direction'], organisation: string): Promise<readonly Omit<OfferItem, 'custodianName' | 'toName'>[]> {
  const { rows } = await view.find({ table: offerTable, index: direction === 'made' ? 'custodian' : 'receiver', equals: organisation, limit: shownMax })
  return (await Promise.all(rows.map(async (row) => {
    const at = { custodian: row.indexes['custodian'] ?? '', patient: row.key }
    const patientRow = await view.projection('patient', row.key)
    const [offer, patient] = [await openRow(parts, row, at), patientRow === undefined ? undefined : await openRow(parts, patientRow, at)]
    return offer === undefined || patient === undefined ? [] : [{ ...(offer as unknown as OfferRow), ...at, direction, subject: (patient as unknown as PatientRow).subject }]
  }))).flat()
}

/**
 * Takes `custody-offered` and `custody-offer-taken-back` of the custodian, and `custody-offer-refused` of the hospital that the offer was made to. Errors:
 * NOT_ALLOWED (no such patient or offer of the caller's organisation; the patient has not agreed), ENTRY_CONFLICT with `problems`, and those of `acceptEntries`.
 */
export async function writeOffer(parts: Parts, actor: Actor, write: { readonly entry: SignedEntry; readonly wait?: 'stored' | 'sequenced' | 'anchored' | undefined; readonly signal?: AbortSignal | undefined }): Promise<EntryReceipt> {
  const entry = readEntryOf(write.entry, HOSPITAL, ['custody-offered', 'custody-offer-refused', 'custody-offer-taken-back'])
  const operation = 'hospital.custody.offer'
  for (let attempt = 1; ; attempt++) {
    const found = await parts.store.read((view) => concerned(view, entry)).catch(rethrow)
    const ours = actor.organisation !== undefined && writesFor(actor, actor.organisation) && (entry.type === 'custody-offer-refused' ? found?.receiver : found?.custodian) === actor.organisation
    if (found === undefined || !ours) {
      await record(parts, [newDecision({ actor, operation, purpose: 'patient-request', rule: 'none', about: found?.patient }, parts.now())], [])
      throw new LogicError('NOT_ALLOWED', 'This does not exist or you may not use it.')
    }
    const rule = entry.type === 'custody-offer-refused' ? 'role' : 'custodian-staff'
    const decision = newDecision({ actor, operation, purpose: 'patient-request', rule, about: found.patient, entry: entry.id }, parts.now())
    try {
      const [receipt] = await acceptEntries(parts, [write.entry], { actor, decisions: [toStoredDecision(decision)], wait: write.wait, signal: write.signal })
      return receipt as EntryReceipt
    } catch (error) {
      if (!isLogicError(error, 'STALE') || attempt === attemptsMax) throw error
    }
  }
}

/** Whose record the entry is about, as far as plain rows say. */
async function concerned(view: ReadView, { subject, custodian }: { readonly subject?: string | undefined; readonly custodian: string }): Promise<{ readonly patient: string; readonly custodian: string; readonly receiver?: string | undefined } | undefined> {
  const row = subject === undefined ? undefined : await view.projection(subjectTable, subject)
  const { patient, custodian: keeper } = row === undefined ? { patient: undefined, custodian: '' } : (readRow(row) as unknown as SubjectRow)
  if (patient === undefined || keeper !== custodian) return undefined
  return { patient, custodian, receiver: (await view.projection(offerTable, patient))?.indexes['receiver'] }
}

function rethrow(error: unknown): never {
  throw toLogicError(error)
}
