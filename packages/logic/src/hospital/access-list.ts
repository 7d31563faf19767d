import type { Decision } from '@careledger/data-spec'
import type { Actor } from '@careledger/identity'
import { fromStoredDecision, toDecisionView, type DecisionRecord, type DecisionView } from '../decisions/decision-record.ts'
import { merged, type PageSource } from '../decisions/merged.ts'
import type { Parts } from '../parts.ts'
import { toLogicError } from '../to-logic-error.ts'
import { partyNames } from './party-names.ts'
import { ownPatients } from './patients.ts'

/** One decision about the caller, with names for people. */
export interface AccessItem {
  readonly id: string
  readonly at: string
  readonly operation: string
  readonly party: string
  readonly name: string
  readonly organisationName?: string | undefined
  readonly kind: DecisionRecord['kind']
  readonly types: Readonly<Record<string, number>>
  readonly decision: DecisionView
}

/**
 * Who read, and who was refused: every decision about the caller as a patient, at all custodians of this instance, newest first. `after`:
 * id of the last item of the former page.
 */
export async function listAccess(parts: Parts, actor: Actor, query: { readonly after?: string | undefined; readonly limit: number }): Promise<{ readonly items: readonly AccessItem[]; readonly next?: string | undefined }> {
  return parts.store.read(async (view) => {
    const patients = await ownPatients(view, actor.party)
    const about = ({ key }: { readonly key: string }): PageSource<Decision> => (after) => view.decisions({ about: key, after, limit: Math.min(query.limit + 1, 1000), newestFirst: true })
    const records: DecisionRecord[] = []
    let more = false
    for await (const stored of merged(patients.map(about), { keyOf: ({ id }) => id, after: query.after })) {
      more = records.length === query.limit
      if (more) break
      records.push(fromStoredDecision(stored))
    }
    const names = await partyNames(view, records.flatMap(({ party, organisation }) => (organisation === undefined ? [party] : [party, organisation])))
    const items = records.map((record): AccessItem => ({
      id: record.id, at: record.at, operation: record.operation, party: record.party, name: names.of(record.party), kind: record.kind, types: record.types, decision: toDecisionView(record),
      ...(record.organisation === undefined ? {} : { organisationName: names.of(record.organisation) }),
    }))
    const last = items.at(-1)
    return more && last !== undefined ? { items, next: last.id } : { items }
  }).catch((error: unknown) => {
    throw toLogicError(error)
  })
}
