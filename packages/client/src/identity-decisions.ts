import { canonicalBytes } from '@careledger/proof'
import type { EntryDraft } from './build-entry.ts'
import { signAs, type WriteOptions } from './consents.ts'
import type { CareLedgerClient } from './client-types.ts'

/** Whose subject the entry carries (a side of a pair), and the handle of the other. */
export interface PairOf {
  readonly patient: { readonly patient: string; readonly subject: string; readonly custodian: string }
  readonly other: string
}
export type IdentityDecisionType = 'patient-merged' | 'patient-unmerged' | 'patient-distinguished' | 'patient-distinction-ended'

/**
 * Signs and records what a clerk decided of two patients: of a merge, `patient` is the one that stays in front. What takes a decision back
 * names its entry in `replaces` and the same pair. Errors: Problem ENTRY_CONFLICT with the reason, NOT_ALLOWED.
 */
export async function decidePair(client: CareLedgerClient, type: IdentityDecisionType, pair: PairOf, options: WriteOptions & { readonly replaces?: string | undefined } = {}) {
  const entry = await signAs(client, identityDecisionDraft(type, pair, options.replaces))
  return client.hospital.mpi.decide.mutate({ entry, wait: options.wait ?? 'stored' }, { signal: options.signal })
}

export function identityDecisionDraft(type: IdentityDecisionType, { patient: { patient, subject, custodian }, other }: PairOf, replaces?: string): EntryDraft {
  const payload = { mediaType: 'application/careledger-identity-decision+json', bytes: canonicalBytes({ v: 1, patient, other }) }
  return { network: 'hospital', type, subject, custodian, payload, ...(replaces === undefined ? {} : { replaces }) }
}
