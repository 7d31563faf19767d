import { canonicalBytes } from '@careledger/proof'
import type { EntryDraft } from './build-entry.ts'
import type { CareLedgerClient } from './client-types.ts'
import { signAs, type SubjectAt } from './consents.ts'

export interface DelegationTerms {
  readonly delegate: string
  readonly basis: 'chosen' | 'parent' | 'legal-guardian'
  readonly scope: readonly ('read' | 'consent')[]
  /** First day (UTC) on which it no longer holds. */
  readonly until: string
}

/** Lets somebody act for a patient in their own name, as who is signed in: the patient, or the custodian's records clerk. Errors: Problem. */
export async function giveDelegation(client: CareLedgerClient, at: SubjectAt, terms: DelegationTerms) {
  return client.hospital.delegations.give.mutate({ entry: await signAs(client, delegationDraft(at, terms)) })
}

/** Ends a delegation. Errors: Problem. */
export async function endDelegation(client: CareLedgerClient, at: SubjectAt, delegation: { readonly id: string; readonly delegate: string }) {
  return client.hospital.delegations.end.mutate({ entry: await signAs(client, delegationEndDraft(at, delegation)) })
}

function delegationDraft({ subject, custodian }: SubjectAt, { delegate, basis, scope, until }: DelegationTerms): EntryDraft {
  const bytes = canonicalBytes({ v: 1, delegate, basis, scope: [...scope].sort(), until })
  return { network: 'hospital', type: 'delegation-given', subject, custodian, payload: { mediaType: 'application/careledger-delegation+json', bytes } }
}

function delegationEndDraft({ subject, custodian }: SubjectAt, { id, delegate }: { readonly id: string; readonly delegate: string }): EntryDraft {
  return { network: 'hospital', type: 'delegation-ended', subject, custodian, replaces: id, payload: { mediaType: 'application/careledger-delegation-end+json', bytes: canonicalBytes({ v: 1, delegate }) } }
}
