import type { ReadView } from '@careledger/data-spec'
import { parseEntry, type Entry } from '@careledger/proof'
import { subjectTable, type SubjectRow } from '../entries/find-patient.ts'
import { readRow } from '../entries/rows.ts'
import { fromStoredDecision } from '../decisions/decision-record.ts'
import { HOSPITAL } from '../hospital/tables.ts'
import { LogicError } from '../logic-error.ts'
import type { Parts } from '../parts.ts'

/** One thing that happened, in ids only: what it says is read by whoever may, when they are told. */
export interface FeedItem {
  /** Entry type, or `decision`. */
  readonly kind: string
  /** Id of the entry or of the decision. */
  readonly id: string
  readonly patient: string
  readonly custodian: string
  /** Entry that this one amends or withdraws. */
  readonly replaces?: string | undefined
  /** Where the feed goes on behind this item. */
  readonly position: FeedPosition
}

/** A place in the feed: entries by their log index, decisions by their id. The same in every process of the instance. */
export interface FeedPosition {
  /** Index of the next entry. */
  readonly index: number
  /** The last decision that was given; `''`: none. */
  readonly decision: string
}

/** Operations whose decisions are no events: telling somebody would itself be told, without end. */
export const EVENT_OPERATION = 'hospital.events.read'

/**
 * A decision is an event once it is this old, so that a commit in another process with a smaller id is not passed over. Entries need no
 * such wait: the log has no gaps.
 */
export const decisionSettleMs = 750

export function feedPositionText({ index, decision }: FeedPosition): string {
  return `${index}.${decision}`
}

/** Errors: INPUT_MALFORMED for a text that no feed gave. */
export function parseFeedPosition(text: string): FeedPosition {
  const found = /^(\d{1,15})\.([0-9a-f-]{36})?$/.exec(text)
  if (found === null) throw new LogicError('INPUT_MALFORMED', 'This is no place in the events.')
  return { index: Number(found[1]), decision: found[2] ?? '' }
}

/** Where the feed ends now. */
export async function feedEnd(parts: Pick<Parts, 'log'>, view: ReadView): Promise<FeedPosition> {
  const [tree, decisions] = await Promise.all([view.treeState(parts.log.origin), view.decisions({ limit: 1, newestFirst: true })])
  return { index: tree.size, decision: decisions.rows[0]?.id ?? '' }
}

/** Most leaves and decisions looked at in one step. */
export const feedPage = 500

export interface FeedPage {
  readonly items: readonly FeedItem[]
  readonly next: FeedPosition
  /** Whether there may be more behind `next` already. */
  readonly more: boolean
}

/** The next page of the feed, entries before decisions. Reads by index; cost is that of the page. */
export async function readFeed(parts: Pick<Parts, 'log' | 'now'>, view: ReadView, from: FeedPosition): Promise<FeedPage> {
  const [leaves, decisions] = await Promise.all([
    view.leaves(parts.log.origin, { from: from.index, limit: feedPage }),
    view.decisions({ ...(from.decision === '' ? {} : { after: from.decision }), limit: feedPage }),
  ])
  const index = from.index + leaves.length
  const stored = await view.entries(leaves.map(({ id }) => id))
  const entries = stored.flatMap((one, place) => (one === undefined ? [] : [{ entry: parseEntry(one.canonical), index: from.index + place + 1 }]))
  const items: FeedItem[] = await entryItems(view, entries.filter(({ entry }) => entry.network === HOSPITAL && entry.subject !== undefined), from.decision)
  const settled = parts.now().getTime() - decisionSettleMs
  let decision = from.decision
  let waits = false
  for (const stored of decisions.rows) {
    if (millisOf(stored.id) > settled) {
      waits = true
      break
    }
    decision = stored.id
    if (stored.about === undefined) continue
    const record = fromStoredDecision(stored)
    if (record.operation !== EVENT_OPERATION && record.rule !== 'self') items.push({ kind: 'decision', id: stored.id, patient: stored.about, custodian: '', position: { index, decision } })
  }
  return { items, next: { index, decision }, more: leaves.length === feedPage || (!waits && decisions.rows.length === feedPage) }
}

async function entryItems(view: ReadView, entries: readonly { readonly entry: Entry; readonly index: number }[], decision: string): Promise<FeedItem[]> {
  const subjects = [...new Set(entries.map(({ entry }) => entry.subject as string))]
  const rows = await view.projections(subjectTable, subjects)
  const patients = new Map(rows.flatMap((row, place) => (row === undefined ? [] : [[subjects[place] as string, (readRow(row) as unknown as SubjectRow).patient] as const])))
  return entries.flatMap(({ entry: { id, type, subject, custodian, replaces }, index }): FeedItem[] => {
    const patient = patients.get(subject as string)
    return patient === undefined ? [] : [{ kind: type, id, patient, custodian, ...(replaces === undefined ? {} : { replaces }), position: { index, decision } }]
  })
}

/** The time in a UUIDv7. */
function millisOf(id: string): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)
}
