import { Problem } from '@careledger/api/contracts'
import { didKeyOf, emptyStatusBits, instantText, newEntryId, openVc, parseStatusList, roleDocument, signVc, statusListDocument, utf8, VC_JWT_MEDIA_TYPE, withStatusBit, type CanonicalValue, type PublicJwk } from '@careledger/proof'
import type { CareLedgerClient } from './client-types.ts'
import { signAs } from './consents.ts'

/** Whom an organisation gives a role. */
export interface NewRole {
  readonly party: string
  /** The key that holds it; another key of the same person needs a credential of its own. */
  readonly key: PublicJwk
  readonly role: string
  readonly until: Date
  /** Default: now. */
  readonly from?: Date | undefined
}

/**
 * Signs a role credential with the organisation's key that is signed in, and enters it: from the next call on the key has the role, until its time is over
 * or it is taken back. Gives its id. Errors: Problem NOT_ALLOWED for other keys than an organisation's.
 */
export async function giveRole(client: CareLedgerClient, { party, key, role, until, from }: NewRole): Promise<string> {
  const { custodian } = await client.identity.keys.query({})
  const place = await client.identity.roles.place.query({})
  if (place.statusList === undefined) await enterList(client, custodian, place, emptyStatusBits())
  const id = newEntryId(client.now())
  const { issuer, list, index } = place
  const document = roleDocument({ id, issuer, holder: didKeyOf(key), party, role, from: instantText(from ?? client.now()), until: instantText(until), list, index })
  await client.identity.roles.give.mutate({ entry: await signedVc(client, { id, type: 'role-granted', custodian }, document) })
  return id
}

/** Takes a role credential back: signs its status list anew. It counts no longer from the next call on. Errors: Problem. */
export async function takeBackRole(client: CareLedgerClient, { list, index }: { readonly list: number; readonly index: number }): Promise<void> {
  const { custodian } = await client.identity.keys.query({})
  const place = await client.identity.roles.place.query({ list })
  if (place.statusList === undefined) throw new Problem('NOT_ALLOWED', 'There is no such status list.')
  const { document } = await ownDocument(client, place.statusList)
  await enterList(client, custodian, place, withStatusBit((await parseStatusList(document)).bits, index))
}

/** The list as one of the organisation's own keys signed it: a server cannot have it sign anything else in the same breath. */
async function ownDocument(client: CareLedgerClient, statusList: string): Promise<{ readonly document: CanonicalValue }> {
  const { items } = await client.identity.keys.query({})
  for (const { jwk } of items) {
    const document = await openVc(statusList, jwk).catch(() => undefined)
    if (document !== undefined) return { document }
  }
  throw new Problem('SIGNATURE_INVALID', 'The status list is signed by none of this organisation\'s keys.')
}

async function enterList(client: CareLedgerClient, custodian: string, { issuer, list }: { readonly issuer: string; readonly list: number }, bits: Uint8Array): Promise<void> {
  const document = await statusListDocument({ issuer, list, from: instantText(client.now()), bits })
  await client.identity.roles.status.mutate({ entry: await signedVc(client, { type: 'role-status-listed', custodian }, document) })
}

async function signedVc(client: CareLedgerClient, draft: { readonly id?: string; readonly type: string; readonly custodian: string }, document: CanonicalValue) {
  if (client.signer === undefined) throw new Problem('NOT_SIGNED_IN', 'Sign in first.')
  const bytes = utf8(await signVc(document, client.signer))
  return signAs(client, { ...draft, network: 'identity', payload: { mediaType: VC_JWT_MEDIA_TYPE, bytes } })
}
