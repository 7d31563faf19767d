import type { Decision, ReadView } from '@careledger/data-spec'
import type { Actor, DataKeys } from '@careledger/identity'
import type { AuditEvent } from '@medplum/fhirtypes'
import { openCursor, sealCursor } from '../decisions/cursor.ts'
import { record } from '../decisions/decide.ts'
import { newDecision } from '../decisions/decision-record.ts'
import { merged, type PageSource } from '../decisions/merged.ts'
import { ownPatients } from '../hospital/patients.ts'
import { LogicError } from '../logic-error.ts'
import type { Parts } from '../parts.ts'
import { toLogicError } from '../to-logic-error.ts'
import { auditedOrganisation, eventsInScope, type AuditScope } from './audit-scope.ts'
import { firstIdAt } from './decision-ids.ts'

export interface AuditQuery {
  /** Inclusive; default: from the beginning. */
  readonly since?: Date | undefined
  /** Exclusive; default and at most: when the first page was asked for. */
  readonly until?: Date | undefined
  /** Handle of a patient: only what is about them. */
  readonly patient?: string | undefined
  /** Only what this party did or was refused. */
  readonly party?: string | undefined
  readonly outcome?: 'permitted' | 'refused' | undefined
  /** From the former page; it holds `until` too. */
  readonly after?: string | undefined
  /** Most decisions on a page; a disclosure that one organisation sees both ends of is one. 1 to 1,000. */
  readonly limit: number
}

export interface AuditPage {
  readonly events: readonly AuditEvent[]
  /** There may be more; a page may be short or empty before the last. */
  readonly next?: string | undefined
}

/** Most decisions looked at for one page of an organisation's trail: those of others are passed over. */
const scanMax = 5000
const operation = 'hospital.audit.search'

/**
 * The audit trail, oldest first: a patient's own, or an organisation's for its privacy officers and its own key. An organisation's page is a
 * decision itself, recorded before it is given out. Errors: INPUT_MALFORMED (the cursor), NOT_ALLOWED (a patient who is not the caller).
 */
export async function listAuditEvents(parts: Parts, actor: Actor, query: AuditQuery): Promise<AuditPage> {
  const organisation = auditedOrganisation(actor)
  const keys = await cursorKeys(parts)
  const from = cursorOf(keys, query.after)
  const until = from?.until ?? Math.min(query.until?.getTime() ?? Infinity, parts.now().getTime())
  const page = await parts.store.read(async (view) => {
    const scope = organisation === undefined ? { patients: (await ownPatients(view, actor.party)).map(({ key }) => key) } : { organisation }
    const after = from?.after ?? (query.since === undefined ? undefined : firstIdAt(query.since))
    return collect(view, parts.log.origin, scope, { ...query, after, until })
  }).catch((error: unknown) => {
    throw toLogicError(error)
  })
  if (organisation !== undefined) await record(parts, [newDecision({ actor, operation, purpose: 'operations', custodian: organisation, rule: 'role', types: { AuditEvent: page.events.length } }, parts.now())], [])
  return { events: page.events, ...(page.last === undefined ? {} : { next: sealCursor(keys, operation, JSON.stringify([page.last, until])) }) }
}

interface Collected {
  readonly events: readonly AuditEvent[]
  /** The last decision looked at, where there may be more. */
  readonly last?: string | undefined
}

async function collect(view: ReadView, origin: string, scope: AuditScope, query: Omit<AuditQuery, 'until'> & { readonly until: number }): Promise<Collected> {
  const events: AuditEvent[] = []
  let found = 0
  let looked = 0
  let last: string | undefined
  const end = firstIdAt(new Date(query.until))
  for await (const page of pages(sources(view, scope, query.patient), query)) {
    const inTime = page.filter(({ id }) => id < end)
    for (const one of await eventsInScope(view, origin, scope, inTime)) {
      last = one.record.id
      if ((query.party !== undefined && one.record.party !== query.party) || (query.outcome !== undefined && one.record.outcome !== query.outcome)) continue
      events.push(...one.events)
      if (++found === query.limit) return { events, last }
    }
    looked += inTime.length
    last = inTime.at(-1)?.id
    if (inTime.length < page.length || last === undefined) return { events }
    if (looked >= scanMax) return { events, last }
  }
  return { events }
}

/** Decisions that may be in scope, each list by id. */
function sources(view: ReadView, scope: AuditScope, patient: string | undefined): readonly PageSource<Decision>[] {
  const about = (handle: string | undefined): PageSource<Decision> => (after) => view.decisions({ about: handle, after, limit: 500 })
  if ('organisation' in scope) return [about(patient)]
  return scope.patients.filter((handle) => patient === undefined || handle === patient).map(about)
}

/** In pages of at most 500. */
async function* pages(lists: readonly PageSource<Decision>[], { after }: { readonly after?: string | undefined }): AsyncGenerator<readonly Decision[]> {
  let page: Decision[] = []
  for await (const decision of merged(lists, { keyOf: ({ id }) => id, after, ascending: true })) {
    page.push(decision)
    if (page.length < 500) continue
    yield page
    page = []
  }
  if (page.length > 0) yield page
}

/** The platform's own: a cursor may stand at a decision that is not the reader's to know of. */
async function cursorKeys(parts: Parts): Promise<Pick<DataKeys, 'seal' | 'open'>> {
  const keys = await parts.vaults.get(parts.system.custodian)?.organisation()
  if (keys === undefined) throw new LogicError('UNAVAILABLE', 'The platform\'s vault is not held here.')
  return keys
}

function cursorOf(keys: Pick<DataKeys, 'open'>, text: string | undefined): { readonly after: string; readonly until: number } | undefined {
  const opened = openCursor(keys, operation, text)
  if (opened === undefined) return undefined
  const [after, until] = JSON.parse(opened) as [string, number]
  return { after, until }
}
