import type { Actor } from '@careledger/identity'
import { instantText, jwkThumbprint, keyCode, parseCredential, type PublicJwk } from '@careledger/proof'
import { acceptEntries } from '../../entries/accept-entries.ts'
import { readSignedEntry } from '../../entries/read-signed-entry.ts'
import type { EntryReceipt, SignedEntry } from '../../entries/signed-entry.ts'
import { LogicError } from '../../logic-error.ts'
import type { Parts } from '../../parts.ts'
import { isStoreError, toLogicError } from '../../to-logic-error.ts'
import { readKeysOf } from '../keys-of-party.ts'
import { ownRows } from './own-rows.ts'

/** How a key is kept: see the contract `identity.devices`. */
export type KeyLock = 'passkey' | 'passkey-check' | 'browser'
/** How long a new device's code can be used. */
export const DEVICE_CODE_MS = 15 * 60_000

export interface DeviceFacts { readonly name?: string | undefined; readonly lock?: KeyLock | undefined }

/** Row `device`, by the key's thumbprint. */
type DeviceRow = { readonly name?: string | undefined; readonly lock?: KeyLock | undefined; readonly added: string; readonly lastUsed?: string | undefined }
/** Row `device-code`, by the code. */
type CodeRow = { readonly jwk: Readonly<Record<string, string>>; readonly name?: string | undefined; readonly lock?: KeyLock | undefined; readonly ends: string }

const devices = (parts: Parts) => ownRows<DeviceRow>(parts, 'device')
const codes = (parts: Parts) => ownRows<CodeRow>(parts, 'device-code')
const factsOf = ({ name, lock }: DeviceFacts) => ({ ...(name === undefined ? {} : { name }), ...(lock === undefined ? {} : { lock }) })

/** Keeps a new device's key for a quarter of an hour under the code that is made of it. The caller has verified that it holds the key. */
export async function askAsDevice(parts: Parts, asking: DeviceFacts & { readonly jwk: PublicJwk }): Promise<{ readonly code: string; readonly expires: string }> {
  const code = keyCode(jwkThumbprint(asking.jwk))
  const expires = instantText(new Date(parts.now().getTime() + DEVICE_CODE_MS))
  await codes(parts).change(code, () => ({ jwk: { ...asking.jwk }, ...factsOf(asking), ends: expires }), () => ({ ends: expires.slice(0, 10) }))
  return { code, expires }
}

/** The key behind a code. Errors: NOT_ALLOWED where there is none, or its time is over. */
export async function deviceAsking(parts: Parts, code: string): Promise<DeviceFacts & { readonly key: string; readonly jwk: PublicJwk }> {
  const row = await parts.store.read((view) => codes(parts).read(view, code)).catch(rethrow)
  if (row === undefined || Date.parse(row.ends) <= parts.now().getTime()) throw new LogicError('NOT_ALLOWED', 'No device shows this code now.')
  const jwk = row.jwk as unknown as PublicJwk
  return { key: jwkThumbprint(jwk), jwk, ...factsOf(row) }
}

/** Enrols a further key of the caller and keeps what its device is called. Errors: INPUT_MALFORMED for another party's credential; those of `acceptEntries`. */
export async function addDevice(parts: Parts, actor: Actor, signed: SignedEntry, facts: DeviceFacts, signal?: AbortSignal): Promise<EntryReceipt> {
  const { entry, opening } = readSignedEntry(parts, signed)
  if (entry.network !== 'identity' || entry.type !== 'key-enrolled' || opening === undefined) throw new LogicError('INPUT_MALFORMED', 'This operation takes an entry that enrols a key.')
  const credential = parseCredential(opening.payload)
  if (credential.party !== actor.party) throw new LogicError('INPUT_MALFORMED', 'A further key is the caller\'s own.')
  const [receipt] = await acceptEntries(parts, [signed], { actor, signal })
  const key = jwkThumbprint(credential.key)
  await devices(parts).change(key, (row) => row ?? { ...factsOf(facts), added: instantText(parts.now()) }, () => ({ party: actor.party }))
  await codes(parts).change(keyCode(key), () => null)
  return receipt as EntryReceipt
}

/** Errors: NOT_ALLOWED for a key that is not the caller's. */
export async function renameDevice(parts: Parts, actor: Actor, key: string, name: string): Promise<void> {
  await assertOwnKey(parts, actor, key)
  await devices(parts).change(key, (row) => ({ added: instantText(parts.now()), ...row, name }), () => ({ party: actor.party }))
}

/** Notes that a key was used to sign in. What fails here fails nothing else. */
export async function noteUse(parts: Parts, actor: Actor): Promise<void> {
  if (actor.kind !== 'person') return
  const lastUsed = instantText(parts.now())
  await devices(parts).change(actor.key, (row) => (row === undefined ? { added: lastUsed, lastUsed } : { ...row, lastUsed }), () => ({ party: actor.party })).catch(() => undefined)
}

/** What is kept about the devices of a party, by key. */
export async function readDevices(parts: Parts, party: string): Promise<ReadonlyMap<string, DeviceRow>> {
  const rows = await parts.store.read((view) => devices(parts).of(view, 'party', party)).catch(rethrow)
  return new Map(rows.map(({ key, value }) => [key, value]))
}

/** Errors: NOT_ALLOWED for a key that is not the caller's, or not in force. */
export async function assertOwnKey(parts: Parts, actor: Actor, key: string): Promise<void> {
  const own = (await readKeysOf(parts.store, actor.party).catch(rethrow)).find(({ record }) => record.thumbprint === key)
  if (own === undefined || own.revoked) throw new LogicError('NOT_ALLOWED', 'This does not exist or you may not use it.')
}

/** Removes codes whose time is over; gives how many. */
export async function sweepDeviceCodes(parts: Parts): Promise<number> {
  const before = instantText(new Date(parts.now().getTime() - 86_400_000)).slice(0, 10)
  const { rows } = await parts.store.read((view) => view.find({ table: 'device-code', index: 'ends', equals: before, limit: 1000 })).catch(rethrow)
  if (rows.length > 0) {
    await parts.store.write({ projections: rows.map(({ table, key, version }) => ({ table, key, expected: version, next: null })) }).catch((error: unknown) => {
      if (!isStoreError(error, 'STORE_STALE')) rethrow(error)
    })
  }
  return rows.length
}

function rethrow(error: unknown): never {
  throw toLogicError(error)
}
