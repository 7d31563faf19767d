import type { Actor, PendingProof } from '@careledger/identity'
import { parseEntrySignature, fromUtf8, type EntrySignature } from '@careledger/proof'
import type { Purpose } from '../consent/consent-terms.ts'
import { groundsOf, type Grounds, type Permit } from '../decisions/authorize.ts'
import { openCursor, sealCursor } from '../decisions/cursor.ts'
import { decide, type Decided, type Disclosure } from '../decisions/decide.ts'
import { toDecisionView } from '../decisions/decision-record.ts'
import { keptAnswer } from '../decisions/kept-answers.ts'
import type { Opening } from '../entries/network-definition.ts'
import { openEntry } from '../entries/open-entry.ts'
import type { EntryState } from '../entries/signed-entry.ts'
import { readStates } from '../log/entry-states.ts'
import { LogicError } from '../logic-error.ts'
import type { Parts } from '../parts.ts'
import { partyNames } from './party-names.ts'
import { patientOfRecord, permittedRecord, scanRecords, type PermittedRecord } from './permitted-records.ts'

/** One record as lists show it. */
export interface RecordItem {
  readonly id: string
  readonly type: string
  readonly title: string
  readonly date?: string | undefined
  readonly status?: string | undefined
  readonly custodian: string
  readonly author: { readonly party: string; readonly name: string }
  readonly recordedAt: string
  readonly state: EntryState
  readonly replacedBy?: string | undefined
}

export interface RecordQuery {
  readonly patient: string
  readonly types?: readonly string[] | undefined
  readonly purpose: Purpose
  /** The request's proof of possession, to be used up by the write that records the decision. */
  readonly proof?: PendingProof | undefined
  readonly after?: string | undefined
  readonly limit: number
}

export interface RecordPage {
  readonly items: readonly RecordItem[]
  readonly next?: string | undefined
  /** Over all permitted rows; on the first page only, and only for charts of at most 20,000 rows. */
  readonly counts?: Readonly<Record<string, number>> | undefined
}

/** Most rows that one page looks at to find permitted ones, and most that are counted. */
const scannedMax = 5000
const countedMax = 20_000

/**
 * One page of a patient's records, newest first by entry id. Pages, counts and cursors are made from permitted rows only; a cursor is
 * sealed, so the place it stands at says nothing. Errors: NOT_ALLOWED, INPUT_MALFORMED for a foreign cursor.
 */
export function listRecords(parts: Parts, actor: Actor, query: RecordQuery): Promise<Decided<RecordPage>> {
  const request = { actor, operation: 'hospital.records.list', purpose: query.purpose, patient: query.patient, proof: query.proof }
  return decide(parts, request, (permit) => readPage(parts, permit, query))
}

/** One record: entry, signature and the exact bytes received. */
export interface RecordDetail {
  readonly item: RecordItem
  readonly patient: string
  /** Canonical entry. */
  readonly entry: string
  readonly signature: EntrySignature
  readonly opening: Opening
}

/** Errors: NOT_ALLOWED; CORRUPTION naming the entry when what is stored does not open to what its author signed. */
export function readRecord(parts: Parts, actor: Actor, query: { readonly id: string; readonly purpose: Purpose; readonly proof?: PendingProof | undefined }): Promise<Decided<RecordDetail>> {
  const { proof, ...asked } = query
  return keptAnswer(parts, { actor, operation: 'hospital.records.read', asked, proof }, (watched) => decideRecord(watched, actor, query), (kept, decision) => ({ ...kept, decision: toDecisionView(decision) }))
}

function decideRecord(parts: Parts, actor: Actor, query: { readonly id: string; readonly purpose: Purpose; readonly proof?: PendingProof | undefined }): Promise<Decided<RecordDetail>> {
  const request = { actor, operation: 'hospital.records.read', purpose: query.purpose, patient: patientOfRecord(query.id), proof: query.proof }
  return decide(parts, request, async (permit) => {
    const { view, patient } = groundsOf(permit)
    const [found, stored] = await Promise.all([permittedRecord(permit, query.id), view.entry(query.id)])
    if (found === undefined || stored === undefined) return undefined
    const [[item], opening] = await Promise.all([toItems(parts, groundsOf(permit), [found]), openEntry(parts, stored)])
    if (item === undefined || opening === undefined || opening === 'erased') throw new LogicError('CORRUPTION', 'The record has no payload.', { details: { id: query.id } })
    const value: RecordDetail = { item, patient, entry: fromUtf8(stored.canonical), signature: parseEntrySignature(stored.signature), opening }
    return { value, types: { [found.row.type]: 1 }, consent: found.consent, entry: query.id }
  })
}

async function readPage(parts: Parts, permit: Permit, query: RecordQuery): Promise<Disclosure<RecordPage>> {
  const grounds = groundsOf(permit)
  const { keys } = grounds
  const found: PermittedRecord[] = []
  const counts: Record<string, number> = {}
  const counting = query.after === undefined
  const after = openCursor(keys, 'records', query.after)
  let next: string | undefined
  let scanned = 0
  let counted = counting
  let last = after
  for await (const { key, record } of scanRecords(permit, { types: query.types, after, page: query.limit + 1 })) {
    if (++scanned > (counting ? countedMax : scannedMax)) {
      counted = false
      // The scan ends here: the next page goes on behind the last row looked at, or behind the last one given.
      next ??= last
      break
    }
    last = key
    if (record === undefined) continue
    counts[record.row.type] = (counts[record.row.type] ?? 0) + 1
    if (found.length < query.limit) found.push(record)
    else next ??= found.at(-1)?.id
    if (next !== undefined && !counting) break
  }
  const items = await toItems(parts, grounds, found)
  const value: RecordPage = { items, ...(next === undefined ? {} : { next: sealCursor(keys, 'records', next) }), ...(counted ? { counts } : {}) }
  return { value, types: countTypes(items), consent: found[0]?.consent }
}

/** Items in the order of the records, which lie within the grounds. */
export async function toItems(parts: Parts, grounds: Grounds, records: readonly PermittedRecord[]): Promise<readonly RecordItem[]> {
  const { view, custodian } = grounds
  const [names, states] = await Promise.all([partyNames(view, records.map(({ row }) => row.author)), readStates(parts, view, records.map(({ id }) => id))])
  return records.map(({ id, row }, place) => ({
    id, type: row.type, title: row.title, custodian,
    ...(row.date === undefined ? {} : { date: row.date }),
    ...(row.status === undefined ? {} : { status: row.status }),
    author: { party: row.author, name: names.of(row.author) },
    recordedAt: row.recordedAt,
    state: states[place]?.state ?? 'stored',
    ...(row.replacedBy === undefined ? {} : { replacedBy: row.replacedBy }),
  }))
}

function countTypes(items: readonly RecordItem[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const { type } of items) counts[type] = (counts[type] ?? 0) + 1
  return counts
}
