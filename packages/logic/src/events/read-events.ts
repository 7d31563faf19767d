import type { Guard, ReadView } from '@careledger/data-spec'
import { actorOf, type Actor } from '@careledger/identity'
import { PURPOSES } from '../consent/consent-terms.ts'
import { authorize, endPermit, groundsOf, isConsented, isRefusal, type Grounds, type Permit } from '../decisions/authorize.ts'
import { record } from '../decisions/decide.ts'
import { newDecision, type DecisionRecord } from '../decisions/decision-record.ts'
import { ownPatients } from '../hospital/patients.ts'
import { permittedRecord } from '../hospital/permitted-records.ts'
import { readStanding } from '../identity/key-directory.ts'
import { LogicError } from '../logic-error.ts'
import type { Parts } from '../parts.ts'
import { toLogicError } from '../to-logic-error.ts'
import { EVENT_OPERATION, feedEnd, feedPositionText, parseFeedPosition, readFeed, type FeedItem, type FeedPosition } from './feed.ts'
import { feedWatch } from './feed-watch.ts'

/** One thing that happened, for somebody who may know of it: ids, and for a record its resource type. Never content. */
export interface LiveEvent {
  /** Entry type (`record-created`, `consent-given`, ...), or `decision`: somebody read, or was refused. */
  readonly kind: string
  readonly id: string
  readonly patient: string
  readonly replaces?: string | undefined
  readonly resourceType?: string | undefined
}

export interface EventQuery {
  /** `next` of the former answer; absent: from now on. */
  readonly after?: string | undefined
  /** One patient to follow besides oneself. */
  readonly patient?: string | undefined
  /** The caller's session; one that was ended is told nothing more. */
  readonly session?: string | undefined
}

export interface EventPage {
  readonly items: readonly LiveEvent[]
  /** Where to go on. */
  readonly next: string
  /** There may be more already. */
  readonly more: boolean
  /** `after` is too far back to be caught up with: read again what is shown, and go on from `next`. */
  readonly reset: boolean
}

/** Most events in one page. */
const eventsMax = 200
/** Most pages of the feed that somebody who comes back reads through; further back, `reset`. */
const catchUpPages = 40
const attemptsMax = 8

/**
 * What happened since `after` that the caller may know now: everything about themselves as a patient; consents given to them or their
 * organisation; and, where `patient` is named, that patient's entries as far as a permit for reading reaches. Each is decided when it is
 * asked for, in one snapshot, and recorded for the patient unless it is the patient who is told. Nobody else's existence is said: a
 * patient who may not be read gives no events.
 * Errors: KEY_REVOKED, KEY_UNKNOWN, NOT_ALLOWED (the session was ended), INPUT_MALFORMED, STALE.
 */
export async function readEvents(parts: Parts, actor: Actor, query: EventQuery): Promise<EventPage> {
  const after = query.after === undefined ? undefined : parseFeedPosition(query.after)
  const remembered = after === undefined ? undefined : feedWatch(parts).since(after)
  for (let attempt = 0; attempt < attemptsMax; attempt++) {
    const found = await parts.store.read(async (view) => {
      await assertStanding(view, actor, query.session, parts.now())
      const feed = after === undefined ? { items: [], next: await feedEnd(parts, view), more: false, reset: false } : await catchUp(parts, view, after, remembered)
      return { feed, told: await tell(parts, view, actor, query.patient, feed.items) }
    }).catch((error: unknown) => {
      throw toLogicError(error)
    })
    if (!(await record(parts, found.told.records, found.told.guards))) continue
    const { feed, told } = found
    const next = told.cut ?? feed.next
    return { items: told.events, next: feedPositionText(next), more: told.cut !== undefined || feed.more, reset: feed.reset }
  }
  throw new LogicError('STALE', 'What the decisions rest on keeps changing.')
}

/** Resolves when there may be something behind `after`, or after `waitMs`. */
export function eventsChanged(parts: Parts, after: string, waitMs: number, signal: AbortSignal): Promise<void> {
  return feedWatch(parts).changed(parseFeedPosition(after), waitMs, signal)
}

async function assertStanding(view: ReadView, actor: Actor, session: string | undefined, now: Date): Promise<void> {
  const standing = await readStanding(view, { key: actor.key, session })
  actorOf(actor.key, standing, now)
  if (standing.sessionEnded) throw new LogicError('NOT_ALLOWED', 'The session was ended.')
}

async function catchUp(parts: Parts, view: ReadView, after: FeedPosition, remembered: { readonly items: readonly FeedItem[]; readonly next: FeedPosition } | undefined): Promise<{ readonly items: readonly FeedItem[]; readonly next: FeedPosition; readonly more: boolean; readonly reset: boolean }> {
  if (remembered !== undefined) return { ...remembered, more: false, reset: false }
  const items: FeedItem[] = []
  let next = after
  for (let page = 0; page < catchUpPages; page++) {
    const found = await readFeed(parts, view, next)
    items.push(...found.items)
    next = found.next
    if (!found.more) return { items, next, more: false, reset: false }
  }
  return { items: [], next: await feedEnd(parts, view), more: false, reset: true }
}

interface Told {
  readonly events: LiveEvent[]
  readonly records: DecisionRecord[]
  readonly guards: Guard[]
  /** Where the page was cut because it is full. */
  cut?: FeedPosition | undefined
}

async function tell(parts: Parts, view: ReadView, actor: Actor, named: string | undefined, items: readonly FeedItem[]): Promise<Told> {
  const told: Told = { events: [], records: [], guards: [] }
  if (items.length === 0) return told
  const own = new Set((await ownPatients(view, actor.party)).map(({ key }) => key))
  const shared = await sharedWith(view, actor, items)
  const wanted = items.filter((item) => own.has(item.patient) || (item.patient === named && item.kind !== 'decision') || shared.has(item.id))
  const page = wanted.slice(0, eventsMax)
  if (wanted.length > page.length) told.cut = page.at(-1)?.position
  const permitted = new Map<FeedItem, LiveEvent>()
  for (const [patient, about] of Map.groupBy(page, (item) => item.patient)) await tellAbout(parts, view, actor, patient, about, permitted, told)
  told.events.push(...page.flatMap((item) => permitted.get(item) ?? []))
  return told
}

/** Consents among the items that were given to the caller or the caller's organisation and stand. */
async function sharedWith(view: ReadView, { party, organisation }: Actor, items: readonly FeedItem[]): Promise<ReadonlySet<string>> {
  const given = items.filter(({ kind }) => kind === 'consent-given' || kind === 'consent-passed-on')
  const shares = given.length === 0 ? [] : await view.projections('share', given.slice(0, 1000).map(({ patient, id }) => `${patient}/${id}`))
  return new Set(given.flatMap(({ id }, place) => {
    const grantee = shares[place]?.indexes['grantee']
    return grantee !== undefined && (grantee === party || grantee === organisation) ? [id] : []
  }))
}

async function tellAbout(parts: Parts, view: ReadView, actor: Actor, patient: string, items: readonly FeedItem[], permitted: Map<FeedItem, LiveEvent>, told: Told): Promise<void> {
  for (const purpose of PURPOSES) {
    const permit = await authorize(parts, view, { actor, operation: EVENT_OPERATION, purpose, patient })
    if (isRefusal(permit)) continue
    try {
      const grounds = groundsOf(permit)
      const types: Record<string, number> = {}
      for (const item of items) {
        const event = permitted.has(item) ? undefined : await permittedEvent(permit, grounds, item)
        if (event === undefined) continue
        permitted.set(item, event)
        types[event.resourceType ?? 'Consent'] = (types[event.resourceType ?? 'Consent'] ?? 0) + 1
      }
      if (grounds.rule === 'self') return
      if (Object.keys(types).length === 0) continue
      const consent = isConsented(grounds) ? grounds.consents[0] : undefined
      told.records.push(newDecision({ actor, operation: EVENT_OPERATION, purpose, about: patient, custodian: grounds.custodian, rule: grounds.rule, consent, types }, parts.now()))
      told.guards.push(...grounds.guards)
    } finally {
      endPermit(permit)
    }
  }
}

async function permittedEvent(permit: Permit, grounds: Grounds, item: FeedItem): Promise<LiveEvent | undefined> {
  const { kind, id, patient, replaces } = item
  const event = { kind, id, patient, ...(replaces === undefined ? {} : { replaces }) }
  if (kind === 'record-created') {
    const found = await permittedRecord(permit, id)
    return found === undefined ? undefined : { ...event, resourceType: found.row.type }
  }
  if (grounds.rule === 'self') return event
  return (kind === 'consent-given' || kind === 'consent-passed-on') && grounds.consents.some((consent) => consent.id === id) ? event : undefined
}
