import type { Actor } from '@careledger/identity'
import { commit, CREDENTIAL_MEDIA_TYPE, credentialBytes, entryBytes, instantText, jwkThumbprint, newEntryId, newSalt, parseCredential, signEntry, toBase64url, type Entry, type PublicJwk } from '@careledger/proof'
import type { ReadView } from '@careledger/data-spec'
import { acceptEntries } from '../../entries/accept-entries.ts'
import { readSignedEntry } from '../../entries/read-signed-entry.ts'
import { readRow } from '../../entries/rows.ts'
import type { EntryReceipt, SignedEntry } from '../../entries/signed-entry.ts'
import { LogicError } from '../../logic-error.ts'
import type { Parts } from '../../parts.ts'
import { toLogicError } from '../../to-logic-error.ts'
import { ownRows } from '../devices/own-rows.ts'
import { identityTables, isOwnPerson, toPartyRow } from '../identity-rows.ts'
import { PLATFORM_ASKER, recoveryTables, type GuardiansRow, type RecoveryRow } from './recovery-entries.ts'

/** How far a request's time may be from the instance's: the waiting period counts from it. */
const CLOCKS_APART_MS = 5 * 60_000
/** Most requests of one person, or wards of one guardian, that are shown. */
const shownMax = 50

export interface RecoveryItem extends Pick<RecoveryRow, 'party' | 'key' | 'by' | 'threshold' | 'requested' | 'from'> {
  readonly id: string
  readonly approvals: number
  /** `done`: the key is enrolled. */
  readonly state: 'waiting' | 'ready' | 'stopped' | 'done'
}

/** How a person's guardians know them; kept beside the log, so that it can be taken back. */
const labels = (parts: Parts) => ownRows<{ readonly label: string }>(parts, 'guardian-label')

/** Takes a signed entry of recovery. A request's own time is held against the clock, since the waiting period counts from it. Errors: CLOCK_SKEW; those of `acceptEntries`. */
export async function acceptRecovery(parts: Parts, actor: Actor, signed: SignedEntry, type: string, signal?: AbortSignal): Promise<EntryReceipt> {
  const { entry } = readSignedEntry(parts, signed)
  if (entry.network !== 'identity' || entry.type !== type) throw new LogicError('INPUT_MALFORMED', `This operation takes ${type}.`)
  const now = parts.now()
  if (Math.abs(Date.parse(entry.issuedAt) - now.getTime()) > CLOCKS_APART_MS) throw new LogicError('CLOCK_SKEW', 'The entry was not issued now.', { details: { serverTime: now.toISOString() } })
  const [receipt] = await acceptEntries(parts, [signed], { actor, signal })
  return receipt as EntryReceipt
}

/** Keeps how the caller's guardians know them; empty: takes it back. */
export async function labelForGuardians(parts: Parts, actor: Actor, label: string): Promise<void> {
  await labels(parts).change(actor.party, () => (label === '' ? null : { label }))
}

/** What the caller arranged, and every request about them: this is their notice. */
export async function readOwnRecovery(parts: Parts, party: string): Promise<{ readonly arranged?: GuardiansRow | undefined; readonly label?: string | undefined; readonly requests: readonly RecoveryItem[] }> {
  return parts.store.read(async (view) => {
    const [row, label] = [await view.projection(recoveryTables.guardians, party), await labels(parts).read(view, party)]
    return { arranged: row === undefined ? undefined : (readRow(row) as unknown as GuardiansRow), label: label?.label, requests: await requestsBy(parts, view, 'party', party) }
  }).catch(rethrow)
}

/** Whose guardian the caller is, how they are called, and what is asked for them. */
export async function readWards(parts: Parts, guardian: string) {
  return parts.store.read(async (view) => {
    const { rows } = await view.find({ table: recoveryTables.guardian, index: 'guardian', equals: guardian, limit: shownMax })
    return Promise.all(rows.map(async (row) => {
      const { party } = readRow(row) as { readonly party: string }
      const arranged = readRow((await view.projection(recoveryTables.guardians, party)) as never) as unknown as GuardiansRow
      const requests = (await requestsBy(parts, view, 'party', party)).filter(({ state, by }) => by === 'guardians' && (state === 'waiting' || state === 'ready'))
      const approved = await approvedBy(view, guardian, requests)
      return { party, label: (await labels(parts).read(view, party))?.label, threshold: arranged.threshold, waitHours: arranged.waitHours, requests: requests.map((one) => ({ ...one, approved: approved.has(one.id) })) }
    }))
  }).catch(rethrow)
}

export interface AskedItem extends RecoveryItem {
  /** As the organisation named its person; a patient has none. */
  readonly name?: string | undefined
  /** What the organisation's own key enrols once it is time; absent: the new device completes it with the platform. */
  readonly enrol?: { readonly organisation: string; readonly roles: readonly string[]; readonly key: PublicJwk } | undefined
}

/** What the caller's organisation asked for its people, or the platform for patients; newest first, at most 50. Nothing for anybody else. */
export async function readAskedRecoveries(parts: Parts, actor: Pick<Actor, 'kind' | 'party' | 'organisation' | 'roles'>): Promise<readonly AskedItem[]> {
  const platform = actor.organisation === undefined && (actor.kind === 'platform' || actor.roles.includes('operator'))
  const organisation = actor.kind === 'organisation' ? actor.party : actor.roles.includes('admin') ? actor.organisation : undefined
  const asker = platform ? PLATFORM_ASKER : organisation
  if (asker === undefined) return []
  return parts.store.read(async (view) => {
    const found = await requestsBy(parts, view, 'asker', asker)
    const [rows, people] = [await view.projections(recoveryTables.recovery, found.map(({ id }) => id)), await view.projections(identityTables.party, found.map(({ party }) => party))]
    return found.map((item, place): AskedItem => {
      const person = people[place] === undefined ? undefined : toPartyRow(readRow(people[place]))
      if (platform || person?.organisation === undefined) return item
      const { jwk } = readRow(rows[place] as never) as unknown as RecoveryRow
      return { ...item, ...(person.name === undefined ? {} : { name: person.name }), enrol: { organisation: person.organisation, roles: person.roles, key: jwk as unknown as PublicJwk } }
    })
  }).catch(rethrow)
}

/** How far the recovery of whoever holds this key is; `undefined`: nobody has asked for it. */
export async function recoveryOfKey(parts: Parts, key: string): Promise<RecoveryItem | undefined> {
  const found = await parts.store.read((view) => requestsBy(parts, view, 'key', key)).catch(rethrow)
  return found.find(({ state }) => state !== 'stopped') ?? found[0]
}

/** Enrols the key that guardians have brought back, once it is time; again changes nothing. Errors: NOT_ALLOWED before that. */
export async function completeRecovery(parts: Parts, key: string, signal?: AbortSignal): Promise<{ readonly party: string }> {
  const item = await recoveryOfKey(parts, key)
  if (item?.state === 'done') return { party: item.party }
  if (item?.state !== 'ready') throw new LogicError('NOT_ALLOWED', 'There is nothing to complete now.')
  const { row, party } = await parts.store.read(async (view) => {
    const [request, person] = [await view.projection(recoveryTables.recovery, item.id), await view.projection(identityTables.party, item.party)]
    return { row: readRow(request as never) as unknown as RecoveryRow, party: toPartyRow(readRow(person as never)) }
  }).catch(rethrow)
  if (party === undefined || !isOwnPerson(party)) throw new LogicError('NOT_ALLOWED', 'The person\'s organisation enrols this key.')
  const now = parts.now()
  const opening = { salt: newSalt(), mediaType: CREDENTIAL_MEDIA_TYPE, payload: credentialBytes({ v: 1, party: item.party, kind: 'person', ...(party.organisation === undefined ? {} : { organisation: party.organisation }), roles: party.roles, key: row.jwk as unknown as PublicJwk }) }
  const { author, signer, custodian } = parts.system
  const entry: Entry = { v: 1, id: newEntryId(now), network: 'identity', type: 'key-recovered', custodian, issuedAt: instantText(now), author, replaces: item.id, payload: toBase64url(commit(opening)) }
  await acceptEntries(parts, [{ entry: entryBytes(entry), signature: await signEntry(entry, signer), opening }], { actor: author, signal })
  return { party: item.party }
}

/**
 * For a person who has keys already, their organisation (or the platform) enrols a further one only after a recovery that everybody could see and the
 * person could stop. Errors: NOT_ALLOWED saying so.
 */
export async function assertMayEnrol(parts: Parts, actor: Actor, signed: SignedEntry): Promise<void> {
  const { entry, opening } = readSignedEntry(parts, signed)
  if (entry.type !== 'key-enrolled' || opening === undefined) return
  const credential = parseCredential(opening.payload)
  if (credential.kind !== 'person' || credential.party === actor.party) return
  const known = await parts.store.read((view) => view.projection(identityTables.party, credential.party)).catch(rethrow)
  if (known === undefined) return
  const item = await recoveryOfKey(parts, jwkThumbprint(credential.key))
  if (item?.by === 'organisation' && item.party === credential.party && (item.state === 'ready' || item.state === 'done')) return
  throw new LogicError('NOT_ALLOWED', 'This person has keys. A further one needs a recovery, its waiting period, and no word from the person against it.')
}

async function requestsBy(parts: Parts, view: ReadView, index: 'party' | 'key' | 'asker', equals: string): Promise<readonly RecoveryItem[]> {
  const { rows } = await view.find({ table: recoveryTables.recovery, index, equals, limit: shownMax, newestFirst: true })
  const now = parts.now().getTime()
  return Promise.all(rows.map(async (row): Promise<RecoveryItem> => {
    const { party, key, by, threshold, approvals, requested, from, stoppedBy } = readRow(row) as unknown as RecoveryRow
    const done = (await view.projection(identityTables.key, key)) !== undefined
    const ready = approvals.length >= threshold && Date.parse(from) <= now
    return { id: row.key, party, key, by, threshold, approvals: approvals.length, requested, from, state: done ? 'done' : stoppedBy !== undefined ? 'stopped' : ready ? 'ready' : 'waiting' }
  }))
}

async function approvedBy(view: ReadView, guardian: string, requests: readonly RecoveryItem[]): Promise<ReadonlySet<string>> {
  const rows = requests.length === 0 ? [] : await view.projections(recoveryTables.recovery, requests.map(({ id }) => id))
  return new Set(rows.flatMap((row) => (row !== undefined && (readRow(row) as unknown as RecoveryRow).approvals.includes(guardian) ? [row.key] : [])))
}

function rethrow(error: unknown): never {
  throw toLogicError(error)
}
