import { Problem } from '@careledger/api/contracts'
import type { consentTerms } from '@careledger/api/contracts'
import { canonicalBytes, type CanonicalValue } from '@careledger/proof'
import type { z } from 'zod'
import { authorOf, buildEntry, signBuiltEntry } from './build-entry.ts'
import type { EntryDraft, SignedEntry } from './build-entry.ts'
import type { CareLedgerClient } from './client-types.ts'

export type ConsentTerms = Omit<z.input<typeof consentTerms>, 'v'>

/** Where a patient has records, and the pseudonym there: an item of `hospital.consents.subjects`. */
export interface SubjectAt {
  readonly subject: string
  readonly custodian: string
}

export interface WriteOptions {
  readonly wait?: 'stored' | 'sequenced' | 'anchored' | undefined
  readonly signal?: AbortSignal | undefined
}

type Receipt = Awaited<ReturnType<CareLedgerClient['hospital']['consents']['give']['mutate']>>

/** Signs a consent with the patient's key and records it. Its id is the receipt's. Errors: Problem. */
export async function giveConsent(client: CareLedgerClient, at: SubjectAt, terms: ConsentTerms, options: WriteOptions = {}): Promise<Receipt> {
  const entry = await signAs(client, consentDraft(at, terms))
  return client.hospital.consents.give.mutate({ entry, wait: options.wait ?? 'stored' }, { signal: options.signal })
}

/** Signs the withdrawal of a consent and records it; it holds from then on in every process. Errors: Problem. */
export async function withdrawConsent(client: CareLedgerClient, at: SubjectAt, consent: string, options: WriteOptions = {}): Promise<Receipt> {
  const entry = await signAs(client, withdrawalDraft(at, consent))
  return client.hospital.consents.withdraw.mutate({ entry, wait: options.wait ?? 'stored' }, { signal: options.signal })
}

/** A `consent-given` entry: the terms as canonical JSON. */
export function consentDraft({ subject, custodian }: SubjectAt, terms: ConsentTerms): EntryDraft {
  const payload = JSON.parse(JSON.stringify({ v: 1, ...terms })) as CanonicalValue
  return { network: 'hospital', type: 'consent-given', subject, custodian, payload: { mediaType: 'application/careledger-consent+json', bytes: canonicalBytes(payload) } }
}

/** A `consent-withdrawn` entry: it names the consent and holds nothing else. */
export function withdrawalDraft({ subject, custodian }: SubjectAt, consent: string): EntryDraft {
  return { network: 'hospital', type: 'consent-withdrawn', subject, custodian, replaces: consent }
}

/** Builds and signs a draft as who is signed in. Errors: Problem NOT_SIGNED_IN; NOT_ALLOWED, `details.check` key, where that is by account. */
export async function signAs(client: CareLedgerClient, draft: EntryDraft): Promise<SignedEntry> {
  const { actor, signer } = client
  if (actor === undefined) throw new Problem('NOT_SIGNED_IN', 'Sign in first.')
  if (signer === undefined) throw new Problem('NOT_ALLOWED', 'This is signed with your key. Sign in with it.', { details: { check: 'key' } })
  return signBuiltEntry(buildEntry(draft, authorOf(actor), client.now()), signer)
}
