import type { Decision, ReadView } from '@careledger/data-spec'
import type { Actor } from '@careledger/identity'
import { fromStoredDecision, toDecisionView, type DecisionRecord, type DecisionView } from '../decisions/decision-record.ts'
import { merged, type PageSource } from '../decisions/merged.ts'
import type { Parts } from '../parts.ts'
import { toLogicError } from '../to-logic-error.ts'
import { carryTables, openCarried, type LinkUseRow } from './carry/rows.ts'
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
  /** Under rule `link`, or where a link was refused: what the opener called themselves, and the link. */
  readonly link?: { readonly link: string; readonly recipient: string; readonly outcome: LinkUseRow['outcome'] } | undefined
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
    const links = await linkUses(parts, view, records, new Map(patients.map((row) => [row.key, row.indexes['custodian'] as string])))
    const items = records.map((record): AccessItem => ({
      ...links.get(record.id), id: record.id, at: record.at, operation: record.operation, party: record.party, name: names.of(record.party), kind: record.kind, types: record.types, decision: toDecisionView(record),
      ...(record.organisation === undefined ? {} : { organisationName: names.of(record.organisation) }),
    }))
    const last = items.at(-1)
    return more && last !== undefined ? { items, next: last.id } : { items }
  }).catch((error: unknown) => {
    throw toLogicError(error)
  })
}

/** Who opened a link gave a name of their own; it stands sealed beside the decision and nowhere else. */
async function linkUses(parts: Parts, view: ReadView, records: readonly DecisionRecord[], custodians: ReadonlyMap<string, string>): Promise<ReadonlyMap<string, Pick<AccessItem, 'link'>>> {
  const ids = records.filter(({ operation }) => operation === 'hospital.links.open').map(({ id }) => id)
  const rows = ids.length === 0 ? [] : await view.projections(carryTables.use, ids)
  const opened = await Promise.all(rows.map(async (row) => {
    const custodian = row === undefined ? undefined : custodians.get(row.indexes['patient'] ?? '')
    const use = row === undefined || custodian === undefined ? undefined : await openCarried<LinkUseRow>(parts, row, custodian)
    return row === undefined || use === undefined ? [] : [[row.key, { link: { link: use.link, recipient: use.recipient, outcome: use.outcome } }] as const]
  }))
  return new Map(opened.flat())
}
