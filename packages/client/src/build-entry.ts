import { BATCH_COUNT_MAX, canonicalize, commit, instantText, newEntryId, newSalt, signEntries, signEntry, toBase64url } from '@careledger/proof'
import type { Author, Entry, Signer } from '@careledger/proof'
import type { z } from 'zod'
import type { signedEntry } from '@careledger/api/contracts'
import type { SignedInActor } from './client-types.ts'

/** A signed entry as every operation takes it. */
export type SignedEntry = z.input<typeof signedEntry>

/** What an author decides about an entry; id, time, salt and commitment are made here. */
export interface EntryDraft {
  readonly network: string
  readonly type: string
  readonly custodian: string
  /** The subject's pseudonym, base64url of 32 bytes. */
  readonly subject?: string | undefined
  /** The exact bytes to be kept. */
  readonly payload?: { readonly mediaType: string; readonly bytes: Uint8Array } | undefined
  /** Entry that this one amends. */
  readonly replaces?: string | undefined
  /** UUIDv7 by default, rising within this process; a slot id for exclusive steps. */
  readonly id?: string | undefined
}

/** An entry ready to be signed, with what opens its commitment. */
export interface BuiltEntry {
  readonly entry: Entry
  readonly opening?: { readonly salt: string; readonly mediaType: string; readonly payload: string } | undefined
}

/** The author of entries by the actor who is signed in. */
export function authorOf(actor: SignedInActor): Author {
  return { party: actor.party, key: actor.key, credential: actor.credential }
}

/** Makes an entry from a draft. `now` is the author's claim of time and the time in its id. */
export function buildEntry(draft: EntryDraft, author: Author, now: Date): BuiltEntry {
  const { network, type, custodian, subject, replaces, payload } = draft
  const salt = newSalt()
  const entry: Entry = {
    v: 1, id: draft.id ?? newEntryId(now), network, type, custodian, issuedAt: instantText(now), author,
    ...(subject === undefined ? {} : { subject }),
    ...(replaces === undefined ? {} : { replaces }),
    ...(payload === undefined ? {} : { payload: toBase64url(commit({ salt, mediaType: payload.mediaType, payload: payload.bytes })) }),
  }
  return payload === undefined ? { entry } : { entry, opening: { salt: toBase64url(salt), mediaType: payload.mediaType, payload: toBase64url(payload.bytes) } }
}

/** Signs one entry. */
export async function signBuiltEntry(built: BuiltEntry, signer: Signer): Promise<SignedEntry> {
  return toSignedEntry(built, await signEntry(built.entry, signer))
}

/** Signs 1 to 4,096 entries of one author with one signature over their batch. Errors: `TypeError` for more. */
export async function signBuiltEntries(built: readonly BuiltEntry[], signer: Signer): Promise<readonly SignedEntry[]> {
  if (built.length > BATCH_COUNT_MAX) throw new TypeError(`One signature covers at most ${BATCH_COUNT_MAX} entries.`)
  const signatures = await signEntries(built.map((one) => one.entry), signer)
  return built.map((one, index) => toSignedEntry(one, signatures[index] as (typeof signatures)[number]))
}

function toSignedEntry({ entry, opening }: BuiltEntry, signature: { readonly jws: string } | { readonly jws: string; readonly index: number; readonly count: number; readonly path: readonly string[] }): SignedEntry {
  const plain = 'path' in signature ? { jws: signature.jws, index: signature.index, count: signature.count, path: [...signature.path] } : { jws: signature.jws }
  return { entry: canonicalize(entry), signature: plain, ...(opening === undefined ? {} : { opening }) }
}
