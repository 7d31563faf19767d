import type { Claim, Guard, Projection } from '@careledger/data-spec'
import type { Actor } from '@careledger/identity'
import { record } from '../../decisions/decide.ts'
import { newDecision, toStoredDecision } from '../../decisions/decision-record.ts'
import { acceptEntries } from '../../entries/accept-entries.ts'
import { readRow } from '../../entries/rows.ts'
import type { EntryReceipt, SignedEntry } from '../../entries/signed-entry.ts'
import { isLogicError, LogicError } from '../../logic-error.ts'
import type { Parts } from '../../parts.ts'
import { toLogicError } from '../../to-logic-error.ts'
import { writersVault } from '../prepare-import.ts'
import { HOSPITAL } from '../tables.ts'
import { parseIdentityDecision } from './decision-payload.ts'
import type { DistinctRow, MergeRow } from './merge-entries.ts'
import { readEntryOf } from '../../entries/read-entry-of.ts'

const types: readonly string[] = ['patient-merged', 'patient-unmerged', 'patient-distinguished', 'patient-distinction-ended']
const operation = 'hospital.mpi.decide'
const attemptsMax = 4

/**
 * Takes one of the four entries by which a custodian's people say that two of its patients are one person, are two, or take that back. Both
 * patients see that it was decided. Errors: NOT_ALLOWED (no such patient of the caller's organisation), ENTRY_CONFLICT (merged already, a
 * cycle, said to be different, linked to two people who sign in, nothing to undo), and those of `acceptEntries`.
 */
export async function decideIdentity(parts: Parts, actor: Actor, write: { readonly entry: SignedEntry; readonly wait?: 'stored' | 'sequenced' | 'anchored' | undefined; readonly signal?: AbortSignal | undefined; /** Used up by the same Write. */ readonly claims?: readonly Claim[] | undefined }): Promise<EntryReceipt> {
  const { custodian } = writersVault(parts, actor)
  const entry = readEntryOf(write.entry, HOSPITAL, types)
  const { patient, other } = parseIdentityDecision(write.entry.opening?.payload)
  for (let attempt = 1; ; attempt++) {
    const rows = await parts.store.read((view) => view.projections('patient', [patient, other])).catch(rethrow)
    const own = rows.filter((row): row is Projection => row?.indexes['custodian'] === custodian)
    if (own.length !== 2 || entry.custodian !== custodian) {
      await record(parts, [newDecision({ actor, operation, purpose: 'operations', rule: 'none' }, parts.now())], [])
      throw new LogicError('NOT_ALLOWED', 'This does not exist or you may not use it.')
    }
    const parties = new Set(own.flatMap((row) => row.indexes['party'] ?? []))
    if (entry.type === 'patient-merged' && parties.size > 1) throw new LogicError('ENTRY_CONFLICT', 'The two are linked to two different people who sign in.', { details: { id: entry.id } })
    const guards = own.map(({ key, version }): Guard => ({ table: 'patient', key, version }))
    const decisions = own.map(({ key }) => toStoredDecision(newDecision({ actor, operation, purpose: 'operations', rule: 'custodian-staff', about: key, entry: entry.id }, parts.now())))
    try {
      const [receipt] = await acceptEntries(parts, [write.entry], { actor, guards, claims: write.claims, decisions, wait: write.wait, signal: write.signal })
      return receipt as EntryReceipt
    } catch (error) {
      if (!isLogicError(error, 'STALE') || attempt === attemptsMax) throw error
    }
  }
}

export interface IdentityDecisionItem {
  readonly entry: string
  readonly kind: 'merged' | 'different'
  /** Whose subject a correction is signed with. */
  readonly patient: string
  readonly other: string
  readonly by: string
  readonly at: string
}

/** What stands decided at the caller's organisation, to look at again and undo. Handles only. `after`: cursor of the former page. Errors: NOT_ALLOWED. */
export async function listIdentityDecisions(parts: Parts, actor: Actor, query: { readonly after?: string | undefined; readonly limit: number }): Promise<{ readonly items: readonly IdentityDecisionItem[]; readonly next?: string | undefined }> {
  const { custodian } = writersVault(parts, actor)
  if (query.after !== undefined && !tables.some((table) => query.after?.startsWith(`${table}:`))) throw new LogicError('INPUT_MALFORMED', 'This is no cursor of this list.')
  return parts.store.read(async (view) => {
    const items: IdentityDecisionItem[] = []
    let place = query.after ?? `${tables[0]}:`
    for (;;) {
      const [table, after] = place.split(':') as [Table, string]
      const page = await view.find({ table, index: 'custodian', equals: custodian, after: after === '' ? undefined : after, limit: query.limit - items.length })
      items.push(...page.rows.map((row) => toItem(table, readRow(row) as unknown as MergeRow & DistinctRow)))
      const following = page.next === undefined ? tables[tables.indexOf(table) + 1] : table
      if (following === undefined) return { items }
      place = `${following}:${page.next ?? ''}`
      if (items.length === query.limit) return { items, next: place }
    }
  }).catch(rethrow)
}

/** In this order; a cursor is `table:cursor`. */
const tables = ['patient-merge', 'patient-distinct'] as const
type Table = (typeof tables)[number]

function toItem(table: Table, value: MergeRow & DistinctRow): IdentityDecisionItem {
  const { entry, by, at } = value
  return table === 'patient-merge' ? { entry, by, at, kind: 'merged', patient: value.into, other: value.from } : { entry, by, at, kind: 'different', patient: value.patient, other: value.other }
}

function rethrow(error: unknown): never {
  throw toLogicError(error)
}
