import type { emergencyOpening } from '@careledger/api/contracts'
import { canonicalBytes } from '@careledger/proof'
import type { z } from 'zod'
import { authorOf, buildEntry, signBuiltEntry, type EntryDraft } from '../build-entry.ts'
import type { CareLedgerClient } from '../client-types.ts'
import { signAs, type SubjectAt, type WriteOptions } from '../consents.ts'
import { Problem } from '@careledger/api/contracts'

type Emergency = CareLedgerClient['hospital']['emergency']
/** What was opened, with the custodian's name. */
export type OpenedEmergency = Awaited<ReturnType<Emergency['open']['mutate']>>['opened'][number] & { readonly custodianName: string }
export type Whom = Parameters<Emergency['prepare']['mutate']>[0]

/** What a doctor says when opening a record in an emergency; that it is one, they attest by signing. */
export interface EmergencyReasons extends Pick<z.input<typeof emergencyOpening>, 'opens' | 'sensitive' | 'reason' | 'text'> {
  /** Hours it lasts: 1 to 4, default 4. */
  readonly hours?: number | undefined
}

/**
 * Opens a person's records in an emergency, at every custodian of the instance that has any. The person is told, and a review begins, in the
 * same commit. Errors: Problem NOT_ALLOWED where there is nothing to open.
 */
export async function openInEmergency(client: CareLedgerClient, whom: Whom, { hours = 4, ...reasons }: EmergencyReasons, options: WriteOptions = {}): Promise<readonly OpenedEmergency[]> {
  const { actor, signer } = client
  if (actor === undefined || signer === undefined) throw new Problem('NOT_SIGNED_IN', 'Sign in first.')
  const { subjects, until: latest } = await client.hospital.emergency.prepare.mutate(whom, { signal: options.signal })
  const wished = new Date(client.now().getTime() + hours * 3_600_000).toISOString()
  const payload = { v: 1, test: 'vital-interests/1', ...reasons, until: wished < latest ? wished : latest } as const
  const entries = await Promise.all(subjects.map(({ subject, custodian }) => {
    const draft: EntryDraft = { network: 'hospital', type: 'emergency-opened', subject, custodian, payload: { mediaType: 'application/careledger-emergency+json', bytes: canonicalBytes(JSON.parse(JSON.stringify(payload)) as Parameters<typeof canonicalBytes>[0]) } }
    return signBuiltEntry(buildEntry(draft, authorOf(actor), client.now()), signer)
  }))
  const { opened } = await client.hospital.emergency.open.mutate({ entries, wait: options.wait ?? 'stored' }, { signal: options.signal })
  const names = new Map(subjects.map(({ custodian, custodianName }) => [custodian, custodianName]))
  return opened.map((one) => ({ ...one, custodianName: names.get(one.custodian) ?? one.custodian }))
}

/** Ends an emergency access, as the doctor who opened it or as the patient; nothing is read under it from then on. Errors: Problem. */
export async function endEmergency(client: CareLedgerClient, at: SubjectAt, emergency: string, options: WriteOptions = {}): Promise<Awaited<ReturnType<Emergency['end']['mutate']>>> {
  const entry = await signAs(client, { network: 'hospital', type: 'emergency-ended', subject: at.subject, custodian: at.custodian, replaces: emergency })
  return client.hospital.emergency.end.mutate({ entry, wait: options.wait ?? 'stored' }, { signal: options.signal })
}

/** Closes the review of an emergency access, as a privacy officer; misuse ends the access too. Errors: Problem. */
export async function reviewEmergency(client: CareLedgerClient, at: SubjectAt, emergency: string, review: { readonly outcome: 'justified' | 'misuse'; readonly note: string }, options: WriteOptions = {}): Promise<Awaited<ReturnType<Emergency['review']['mutate']>>> {
  const bytes = canonicalBytes({ v: 1, outcome: review.outcome, note: review.note })
  const entry = await signAs(client, { network: 'hospital', type: 'emergency-reviewed', subject: at.subject, custodian: at.custodian, replaces: emergency, payload: { mediaType: 'application/careledger-review+json', bytes } })
  return client.hospital.emergency.review.mutate({ entry, wait: options.wait ?? 'stored' }, { signal: options.signal })
}
