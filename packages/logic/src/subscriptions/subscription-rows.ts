import type { Projection } from '@careledger/data-spec'
import type { SmartScope } from '@careledger/identity'
import { fromUtf8, utf8 } from '@careledger/proof'
import type { Purpose } from '../consent/consent-terms.ts'
import { LogicError } from '../logic-error.ts'
import type { Parts } from '../parts.ts'
import { isStoreError, toLogicError } from '../to-logic-error.ts'

/** Row `subscription`, sealed under the organisation's key; key = its id; indexes `organisation`, of a FHIR Subscription `party`, and `open` while it is to be delivered. No entry makes it. */
const table = 'subscription'

/** What a FHIR Subscription asks for: its maker is told of what meets the criteria, as far as they may read it when they are told. */
export interface FhirWish {
  /** Who made it; is told with their rights and their token's scopes, for this purpose. */
  readonly party: string
  readonly scopes?: readonly SmartScope[] | undefined
  readonly purpose: Purpose
  /** `Type?search`. */
  readonly criteria: string
  /** Handles of the patients that the criteria name; absent: whoever may be read. */
  readonly patients?: readonly string[] | undefined
  /** `none`: a request without a body; `empty`: a Bundle that says that something happened; `id-only`: which resources. */
  readonly content: 'none' | 'empty' | 'id-only'
  /** Sent along, as `channel.header` says. */
  readonly headers: readonly (readonly [string, string])[]
  /** The author's resource as JSON text, without id and status. */
  readonly resource: string
  /** The FHIR base that it was made at. */
  readonly base: string
  readonly end?: string | undefined
  /** The endpoint has answered to a handshake. */
  readonly greeted?: boolean | undefined
}

export interface Subscription {
  readonly id: string
  readonly organisation: string
  readonly endpoint: string
  /** Entry types to be told of; absent: all. */
  readonly kinds?: readonly string[] | undefined
  /** Of a FHIR Subscription. */
  readonly fhir?: FhirWish | undefined
  /** Signs each notification (HMAC-SHA-256), base64url of 32 bytes. */
  readonly secret: string
  /** The key of whoever made it: while that is in force, so is the subscription. */
  readonly key: string
  readonly createdAt: string
  /** `parked`: given up after too many failures, until somebody says try again. */
  readonly state: 'active' | 'failing' | 'parked'
  /** Where in the events the next notification begins. */
  readonly position: string
  /** Events told since it was made. */
  readonly events: number
  readonly failures: number
  /** Why the last try failed: `timeout`, `unreachable`, `refused`, an HTTP status, `not-listed`, `key-revoked`; of a FHIR Subscription also `right-ended`, `over` and `switched-off`. */
  readonly problem?: string | undefined
  readonly lastSuccess?: string | undefined
  /** Milliseconds since 1970. */
  readonly nextTry: number
  readonly holder?: string | undefined
  readonly until?: number | undefined
}
export interface StoredSubscription { readonly subscription: Subscription; readonly version: number }

/** `undefined`: somebody else changed it meanwhile. `version` undefined: it is new. */
export async function saveSubscription(parts: Parts, subscription: Subscription, version: number | undefined): Promise<StoredSubscription | undefined> {
  const keys = await keysOf(parts, subscription.organisation)
  const indexes = { organisation: subscription.organisation, ...(subscription.fhir === undefined ? {} : { party: subscription.fhir.party }), ...(subscription.state === 'parked' ? {} : { open: 'yes' }) }
  try {
    await parts.store.write({ projections: [{ table, key: subscription.id, expected: version, next: keys.seal(utf8(JSON.stringify(subscription)), utf8(`${table}|${subscription.id}`)), indexes }] })
    return { subscription, version: (version ?? 0) + 1 }
  } catch (error) {
    if (isStoreError(error, 'STORE_STALE')) return undefined
    throw toLogicError(error)
  }
}

export async function deleteSubscription(parts: Parts, { subscription, version }: StoredSubscription): Promise<boolean> {
  try {
    await parts.store.write({ projections: [{ table, key: subscription.id, expected: version, next: null }] })
    return true
  } catch (error) {
    if (isStoreError(error, 'STORE_STALE')) return false
    throw toLogicError(error)
  }
}

export async function readSubscription(parts: Parts, id: string): Promise<StoredSubscription | undefined> {
  const row = await parts.store.read((view) => view.projection(table, id)).catch(rethrow)
  return row === undefined ? undefined : open(parts, row)
}

/** Those of an organisation, of a party that made FHIR Subscriptions, or of all that are to be delivered. */
export async function findSubscriptions(parts: Parts, by: { readonly organisation: string } | { readonly party: string } | 'open'): Promise<readonly StoredSubscription[]> {
  const find = (after: string | undefined) => parts.store.read((view) => view.find({ table, after, ...(by === 'open' ? { index: 'open', equals: 'yes' } : 'party' in by ? { index: 'party', equals: by.party } : { index: 'organisation', equals: by.organisation }), limit: 1000 })).catch(rethrow)
  const found: StoredSubscription[] = []
  for (let after: string | undefined; ;) {
    const page = await find(after)
    found.push(...(await Promise.all(page.rows.map((row) => open(parts, row)))))
    if (page.next === undefined) return found
    after = page.next
  }
}

async function keysOf(parts: Pick<Parts, 'vaults'>, organisation: string) {
  const vault = parts.vaults.get(organisation)
  if (vault === undefined) throw new LogicError('NOT_ALLOWED', 'This instance does not hold that custodian\'s payloads.')
  return vault.organisation()
}

async function open(parts: Parts, row: Projection): Promise<StoredSubscription> {
  try {
    const keys = await keysOf(parts, row.indexes['organisation'] ?? '')
    return { subscription: JSON.parse(fromUtf8(keys.open(row.value, utf8(`${table}|${row.key}`)))) as Subscription, version: row.version }
  } catch (cause) {
    throw new LogicError('CORRUPTION', 'A subscription does not open in its place.', { cause, details: { table, id: row.key } })
  }
}

function rethrow(error: unknown): never {
  throw toLogicError(error)
}
