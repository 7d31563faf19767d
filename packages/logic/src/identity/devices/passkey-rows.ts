import { createHash } from 'node:crypto'
import type { Actor, Passkey } from '@careledger/identity'
import { instantText, type PublicJwk } from '@careledger/proof'
import { LogicError } from '../../logic-error.ts'
import type { Parts } from '../../parts.ts'
import { toLogicError } from '../../to-logic-error.ts'
import { readKeysOf } from '../keys-of-party.ts'
import { assertOwnKey } from './devices.ts'
import { ownRows } from './own-rows.ts'

/** What a passkey opens: the key's bytes under the passkey's own secret, or a secret whose other half lies in the browser. */
export type KeptForPasskey = { readonly lock: 'passkey'; readonly wrapped: string } | { readonly lock: 'passkey-check'; readonly secret: string }

/** Row `passkey`, by SHA-256 of the credential id, which may be long. */
type PasskeyRow = {
  readonly id: string; readonly publicKey: string; readonly counter: number; readonly synced: boolean
  readonly party: string; readonly key: string; readonly made: string; readonly lastUsed?: string | undefined
  readonly kept: { readonly lock: 'passkey' | 'passkey-check'; readonly wrapped?: string | undefined; readonly secret?: string | undefined }
}

/** Most passkeys of one party. */
const passkeysMax = 20
const passkeys = (parts: Parts) => ownRows<PasskeyRow>(parts, 'passkey')
const rowKey = (id: string) => createHash('sha256').update(id).digest('base64url')

/** Keeps a passkey that was made for one of the caller's keys. Errors: NOT_ALLOWED for another key; BUSY at 20 passkeys. */
export async function keepPasskey(parts: Parts, actor: Actor, passkey: Passkey, key: string, kept: KeptForPasskey): Promise<void> {
  await assertOwnKey(parts, actor, key)
  if ((await readPasskeys(parts, actor.party)).length >= passkeysMax) throw new LogicError('BUSY', 'You have many passkeys. Remove one first.')
  await passkeys(parts).change(rowKey(passkey.id), (row) => {
    if (row !== undefined) throw new LogicError('ENTRY_CONFLICT', 'This passkey is kept already.')
    return { ...passkey, party: actor.party, key, made: instantText(parts.now()), kept: { ...kept } }
  }, () => ({ party: actor.party }))
}

/**
 * What is kept for a passkey once `assert` has checked its answer. The authenticator's new counter is kept before anything is given out. Errors:
 * KEY_UNKNOWN where no such passkey is kept, KEY_REVOKED where its key is out of force; those of `assert`.
 */
export async function openWithPasskey(parts: Parts, id: string, assert: (passkey: Passkey) => Promise<Passkey>): Promise<{ readonly key: string; readonly jwk: PublicJwk; readonly kept: KeptForPasskey }> {
  const row = await parts.store.read((view) => passkeys(parts).read(view, rowKey(id))).catch(rethrow)
  if (row === undefined) throw new LogicError('KEY_UNKNOWN', 'This passkey is not known here.')
  const { counter, synced } = await assert(row)
  const own = (await readKeysOf(parts.store, row.party).catch(rethrow)).find(({ record }) => record.thumbprint === row.key)
  if (own === undefined || own.revoked) throw new LogicError('KEY_REVOKED', 'The key that this passkey opens is out of force.')
  await passkeys(parts).change(rowKey(id), (now) => (now === undefined ? undefined : { ...now, counter, synced, lastUsed: instantText(parts.now()) }))
  return { key: row.key, jwk: own.record.jwk, kept: row.kept as KeptForPasskey }
}

export async function readPasskeys(parts: Parts, party: string): Promise<readonly Omit<PasskeyRow, 'party'>[]> {
  const rows = await parts.store.read((view) => passkeys(parts).of(view, 'party', party)).catch(rethrow)
  return rows.map(({ value }) => value)
}

/** Forgets a passkey of the caller. Errors: NOT_ALLOWED. */
export async function removePasskey(parts: Parts, actor: Actor, id: string): Promise<void> {
  await passkeys(parts).change(rowKey(id), (row) => {
    if (row?.party !== actor.party) throw new LogicError('NOT_ALLOWED', 'This does not exist or you may not use it.')
    return null
  })
}

/** Forgets the passkeys that open a key, once it is revoked. */
export async function forgetPasskeysOf(parts: Parts, party: string, key: string): Promise<void> {
  for (const one of await readPasskeys(parts, party)) if (one.key === key) await passkeys(parts).change(rowKey(one.id), () => null)
}

function rethrow(error: unknown): never {
  throw toLogicError(error)
}
