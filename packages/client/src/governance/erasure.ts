import { canonicalBytes } from '@careledger/proof'
import type { CanonicalValue } from '@careledger/proof'
import type { EntryDraft } from '../build-entry.ts'
import type { CareLedgerClient } from '../client-types.ts'
import { signAs, type SubjectAt } from '../consents.ts'

/** A case as `hospital.erasures.list` and `own` give it. */
export type ErasureCase = Awaited<ReturnType<CareLedgerClient['hospital']['erasures']['list']['query']>>['open'][number]

/** The patient asks the custodian to erase them; the receipt's id is the request's. Errors: Problem ENTRY_CONFLICT where one waits already. */
export async function requestErasure(client: CareLedgerClient, at: SubjectAt) {
  return client.hospital.erasures.request.mutate({ entry: await signAs(client, draft(at, 'erasure-requested')) })
}

export async function withdrawErasureRequest(client: CareLedgerClient, at: SubjectAt, request: string) {
  return client.hospital.erasures.request.mutate({ entry: await signAs(client, draft(at, 'erasure-request-withdrawn', { replaces: request })) })
}

/** The custodian answers no, with the reasons that retention gives today. Errors: Problem ENTRY_CONFLICT without a request that waits. */
export async function refuseErasure(client: CareLedgerClient, { reasons, request, ...at }: ErasureCase) {
  return client.hospital.erasures.decide.mutate({ entry: await signAs(client, draft(at, 'erasure-refused', { replaces: request?.entry, media: 'refusal', payload: { v: 1, reasons } })) })
}

/** The first of two people proposes. Errors: Problem ENTRY_CONFLICT with the reasons in `problems` where the patient must be kept. */
export async function proposeErasure(client: CareLedgerClient, { request, refused, ...at }: ErasureCase) {
  const asked = refused === undefined ? request?.entry : undefined
  const payload = asked === undefined ? { v: 1, ground: 'period-ended' } : { v: 1, ground: 'request', request: asked }
  return client.hospital.erasures.decide.mutate({ entry: await signAs(client, draft(at, 'erasure-proposed', { media: 'proposal', payload })) })
}

export async function withdrawErasureProposal(client: CareLedgerClient, { proposed, ...at }: ErasureCase) {
  return client.hospital.erasures.decide.mutate({ entry: await signAs(client, draft(at, 'erasure-proposal-withdrawn', { replaces: proposed?.entry })) })
}

/** The second person approves: the patient is erased by the time this returns, or soon after a crash. `certificate`: the `subject-erased` entry. Errors: Problem NOT_ALLOWED for who proposed. */
export async function approveErasure(client: CareLedgerClient, { proposed, request, ...at }: ErasureCase) {
  if (proposed === undefined) throw new TypeError('Nothing is proposed.')
  const asked = proposed.ground === 'request' && request !== undefined ? { request: request.entry, asker: request.party } : {}
  return client.hospital.erasures.decide.mutate({ entry: await signAs(client, draft(at, 'erasure-approved', { replaces: proposed.entry, media: 'order', payload: { v: 1, proposal: proposed.entry, proposer: proposed.by, ...asked } })) })
}

function draft({ subject, custodian }: SubjectAt, type: string, { replaces, media, payload }: { readonly replaces?: string | undefined; readonly media?: string; readonly payload?: object } = {}): EntryDraft {
  return {
    network: 'hospital', type, subject, custodian, ...(replaces === undefined ? {} : { replaces }),
    ...(payload === undefined ? {} : { payload: { mediaType: `application/careledger-erasure-${media}+json`, bytes: canonicalBytes(JSON.parse(JSON.stringify(payload)) as CanonicalValue) } }),
  }
}
