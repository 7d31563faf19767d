import type { ReadView } from '@careledger/data-spec'
import { sealToKey, type Actor, type KeyRecord } from '@careledger/identity'
import { epochKey, type P256Jwk } from '@careledger/proof'
import { groundsOf, type Permit } from '../decisions/authorize.ts'
import { decideEach } from '../decisions/decide-each.ts'
import type { Disclosure } from '../decisions/decide.ts'
import { merged, type PageSource } from '../decisions/merged.ts'
import type { SubjectRow } from '../entries/find-patient.ts'
import { readRow } from '../entries/rows.ts'
import { readPatientRow } from '../hospital/read-banner.ts'
import { HOSPITAL } from '../hospital/tables.ts'
import { LogicError } from '../logic-error.ts'
import type { Parts } from '../parts.ts'
import { readRoutes, standingLegs } from '../routes/routes.ts'
import { PURPOSES, sharesEverything } from './consent-terms.ts'

/** Epoch keys of one subject that one consent hands to the caller, each sealed to the caller's key. */
export interface Grant {
  readonly consent: string
  readonly custodian: string
  readonly network: string
  /** Id of the ledger that holds the records. */
  readonly ledger: string
  readonly stream: string
  /** Thumbprint of the key that opens them. */
  readonly key: string
  /** Compact JWE (ECDH-ES+A256KW) of the 32 bytes of each epoch's key, oldest first. */
  readonly epochs: readonly { readonly epoch: number; readonly sealed: string }[]
}

/** Epochs handed out: the newest. One begins at each withdrawal, so few patients reach it. */
const epochsMax = 200

/**
 * What consents with `direct` hand to the caller now, sealed afresh for this call: a consent withdrawn or expired hands out nothing more,
 * and a key enrolled later is served at once. Each patient's hand-out is a decision that the patient sees. `after`: last patient handle.
 * Errors: INPUT_MALFORMED when the caller signed in with an Ed25519 key, which cannot receive.
 */
export async function listGrants(parts: Parts, actor: Actor, query: { readonly after?: string | undefined; readonly limit: number }): Promise<{ readonly items: readonly Grant[]; readonly next?: string | undefined }> {
  const request = { actor, operation: 'hospital.grants.list', purposes: PURPOSES, limit: query.limit, recordRefusals: false }
  const page = await decideEach(parts, request, (view) => sharedDirectly(view, actor, query), (permit) => handOut(parts, actor, permit))
  const items = page.items.flatMap(({ value }) => value)
  return page.next === undefined ? { items } : { items, next: page.next }
}

/** Handles of patients who share with the caller; whether directly is decided under the permit. */
function sharedDirectly(view: ReadView, actor: Actor, query: { readonly after?: string | undefined; readonly limit: number }): AsyncIterable<string> {
  const shares = (grantee: string): PageSource<string> => async (after) => {
    const page = await view.find({ table: 'share', index: 'grantee', equals: grantee, after: after === undefined || after.includes('/') ? after : `${after}/~`, limit: query.limit + 1 })
    return { rows: page.rows.map((row) => row.key.split('/')[0] as string), next: page.next }
  }
  const grantees = actor.organisation === undefined ? [actor.party] : [actor.party, actor.organisation]
  return merged(grantees.map(shares), { keyOf: (patient) => patient, after: query.after, ascending: true })
}

async function handOut(parts: Parts, actor: Actor, permit: Permit): Promise<Disclosure<readonly Grant[]> | undefined> {
  const grounds = groundsOf(permit)
  const consent = grounds.consents.find(({ terms }) => terms.direct && sharesEverything(terms))
  const routes = await readRoutes(parts, grounds.view)
  const ledgers = [...new Set(standingLegs(routes, HOSPITAL).flatMap(({ target, way }) => (way === 'indexed' ? (routes.ledgers[target]?.ledgerId ?? []) : [])))]
  if (consent === undefined || ledgers.length === 0) return undefined
  const { subject } = await readPatientRow(parts, grounds)
  const [subjectRow, keyRow] = await Promise.all([grounds.view.projection('subject', subject), grounds.view.projection('key', actor.key)])
  const jwk = keyRow === undefined ? undefined : (readRow(keyRow) as unknown as KeyRecord).jwk
  if (subjectRow === undefined || jwk === undefined) return undefined
  if (jwk.kty !== 'EC') throw cannotReceive()
  const { epoch } = readRow(subjectRow) as unknown as SubjectRow
  const secret = await grounds.keys.subjectSecret(HOSPITAL)
  const epochs: { readonly epoch: number; readonly sealed: string }[] = []
  for (let e = Math.max(0, epoch - epochsMax + 1); e <= epoch; e++) epochs.push({ epoch: e, sealed: await sealToKey(epochKey(secret, e), { jwk: jwk as P256Jwk, thumbprint: actor.key }) })
  const grant = { consent: consent.id, custodian: grounds.custodian, network: HOSPITAL, stream: HOSPITAL, key: actor.key, epochs }
  return { value: ledgers.map((ledger) => ({ ...grant, ledger })), types: {}, consent }
}

function cannotReceive(): LogicError {
  const message = 'You signed in with an Ed25519 key, which cannot receive an epoch key. Sign in with an ES256 key.'
  return new LogicError('INPUT_MALFORMED', message, { details: { problems: [{ path: 'key', code: 'key-cannot-receive', message }] } })
}
