import { Problem } from '@careledger/api/contracts'
import { canonicalBytes, type PublicJwk, type Signer } from '@careledger/proof'
import type { EntryDraft } from '../build-entry.ts'
import type { CareLedgerClient } from '../client-types.ts'
import { signAs } from '../consents.ts'
import { enrolmentDraft } from '../credentials.ts'

export interface GuardiansChoice { readonly guardians: readonly string[]; readonly threshold: number; /** 24 to 720. */ readonly waitHours: number; /** How the guardians know the person. */ readonly label: string }
export type RecoveryState = Awaited<ReturnType<CareLedgerClient['identity']['recovery']['state']['query']>>['request']

/** Says who may let the person in again who is signed in. Errors: Problem. */
export async function arrangeGuardians(client: CareLedgerClient, { label, guardians, threshold, waitHours }: GuardiansChoice): Promise<{ readonly id: string }> {
  const payload = { v: 1, guardians: [...guardians].sort(), threshold, waitHours }
  return client.identity.recovery.arrange.mutate({ entry: await signed(client, 'guardians-arranged', 'guardians', payload), label })
}

/** Asks, as a guardian or an organisation, that a person be let in with a new key. Errors: Problem. */
export async function requestRecovery(client: CareLedgerClient, request: { readonly party: string; readonly key: PublicJwk }): Promise<void> {
  await client.identity.recovery.request.mutate({ entry: await signed(client, 'recovery-requested', 'recovery', { v: 1, party: request.party, key: { ...request.key } }) })
}

/** Approves a request for this very key. Errors: Problem. */
export async function approveRecovery(client: CareLedgerClient, request: { readonly id: string; readonly key: string }): Promise<void> {
  await client.identity.recovery.approve.mutate({ entry: await signed(client, 'recovery-approved', 'recovery-approval', { v: 1, key: request.key }, request.id) })
}

/** Stops a request. Errors: Problem. */
export async function stopRecovery(client: CareLedgerClient, id: string): Promise<void> {
  const { custodian } = await client.identity.keys.query({})
  await client.identity.recovery.stop.mutate({ entry: await signAs(client, { network: 'identity', type: 'recovery-stopped', custodian, replaces: id }) })
}

export type AskedRecovery = Awaited<ReturnType<CareLedgerClient['identity']['recovery']['asked']['query']>>['items'][number]

/** Enrols the key of one of its own people once it is time, as the organisation. Errors: Problem NOT_ALLOWED before that, and to anybody else. */
export async function enrolRecovered(client: CareLedgerClient, { party, enrol }: AskedRecovery): Promise<void> {
  if (enrol === undefined) throw new Problem('NOT_ALLOWED', 'The new device itself completes this one.')
  const { custodian } = await client.identity.keys.query({})
  await client.identity.enrol.mutate({ entry: await signAs(client, enrolmentDraft({ party, kind: 'person', organisation: enrol.organisation, roles: [...enrol.roles], key: enrol.key }, custodian)) })
}

/** How far the request for this key is. Errors: Problem. */
export async function recoveryState(client: CareLedgerClient, signer: Signer): Promise<RecoveryState> {
  return ((await client.callAs(signer, 'identity.recovery.state', {})) as { readonly request?: RecoveryState }).request
}

/** Enrols the key once it is time. Errors: Problem NOT_ALLOWED before that. */
export async function completeRecovery(client: CareLedgerClient, signer: Signer): Promise<void> {
  await client.callAs(signer, 'identity.recovery.complete', {})
}

async function signed(client: CareLedgerClient, type: string, media: string, payload: Parameters<typeof canonicalBytes>[0], replaces?: string) {
  const { custodian } = await client.identity.keys.query({})
  const draft: EntryDraft = { network: 'identity', type, custodian, payload: { mediaType: `application/careledger-${media}+json`, bytes: canonicalBytes(payload) }, ...(replaces === undefined ? {} : { replaces }) }
  return signAs(client, draft)
}
