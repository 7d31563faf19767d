import { Problem } from '@careledger/api/contracts'
import { keyCode, type PublicJwk, type Signer } from '@careledger/proof'
import { signAs } from '../consents.ts'
import type { CareLedgerClient } from '../client-types.ts'
import { enrolmentDraft, retirementDraft, revocationDraft } from '../credentials.ts'

/** How a key is kept; see the contract `identity.devices`. */
export type KeyLock = 'passkey' | 'passkey-check' | 'browser'
export interface DeviceFacts { readonly name?: string | undefined; readonly lock?: KeyLock | undefined }
export interface AskingDevice extends DeviceFacts { readonly key: string; readonly jwk: PublicJwk }

/** Shows a new device's key to the person's other devices for a quarter of an hour, under the code to read out. Errors: Problem. */
export async function askAsDevice(client: CareLedgerClient, signer: Signer, facts: DeviceFacts): Promise<{ readonly code: string; readonly expires: string }> {
  const asked = (await client.callAs(signer, 'identity.devices.ask', { jwk: signer.publicJwk, ...facts })) as { readonly code: string; readonly expires: string }
  // The code is of this key, whatever the server says.
  return { code: keyCode(signer.key), expires: asked.expires }
}

/** The device behind a code, held against the code: a server that hands in another key is found out. Errors: Problem NOT_ALLOWED, SIGNATURE_INVALID. */
export async function findAskingDevice(client: CareLedgerClient, code: string): Promise<AskingDevice> {
  const found = await client.identity.devices.asked.query({ code })
  if (keyCode(found.key) !== code) throw new Problem('SIGNATURE_INVALID', 'The key does not belong to this code.')
  return found
}

/** Enrols a further key of who is signed in, with the same roles. Errors: Problem. */
export async function addDevice(client: CareLedgerClient, device: DeviceFacts & { readonly jwk: PublicJwk }): Promise<void> {
  const { actor } = client
  if (actor === undefined) throw new Problem('NOT_SIGNED_IN', 'Sign in first.')
  const { custodian, items } = await client.identity.keys.query({})
  const { party, kind, organisation } = actor
  // Roles by credential are of one key; the organisation gives the other one its own.
  const roles = items.find(({ key }) => key === actor.key)?.roles ?? []
  const draft = enrolmentDraft({ party, kind, roles, key: device.jwk, ...(organisation === undefined ? {} : { organisation }) }, custodian)
  // A further key, also of an organisation: only its first is enrolled by the platform.
  const entry = await signAs(client, { ...draft, type: 'key-enrolled' })
  await client.identity.devices.add.mutate({ entry, ...(device.name === undefined ? {} : { name: device.name }), ...(device.lock === undefined ? {} : { lock: device.lock }) })
}

/**
 * Puts `next` in the place of the key that is signed in with: enrols it, signs in with it, and retires the former one. What rests on a retired key, an
 * organisation's people for example, stays in force. Errors: Problem; repeat with the same `next`.
 */
export async function rotateKey(client: CareLedgerClient, next: Signer): Promise<void> {
  const former = client.actor?.key
  if (former === undefined) throw new Problem('NOT_SIGNED_IN', 'Sign in first.')
  if (former === next.key) return
  const { custodian } = await client.identity.keys.query({})
  await addDevice(client, { jwk: next.publicJwk })
  await client.signIn(next)
  await client.identity.revoke.mutate({ entry: await signAs(client, retirementDraft(former, custodian)) })
}

/** Takes one of the keys of who is signed in out of force. Errors: Problem. */
export async function revokeOwnKey(client: CareLedgerClient, key: string): Promise<void> {
  const { custodian } = await client.identity.keys.query({})
  await client.identity.revoke.mutate({ entry: await signAs(client, revocationDraft(key, custodian)) })
}
