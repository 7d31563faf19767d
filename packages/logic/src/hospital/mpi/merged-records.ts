import type { Actor } from '@careledger/identity'
import type { Purpose } from '../../consent/consent-terms.ts'
import { groundsOf } from '../../decisions/authorize.ts'
import { openCursor, sealCursor } from '../../decisions/cursor.ts'
import type { Parts } from '../../parts.ts'
import { scanRecords, type PermittedRecord } from '../permitted-records.ts'
import { toItems, type RecordItem } from '../records.ts'
import { decidePerson, type PersonMember } from './decide-person.ts'

export interface MergedRecordQuery {
  readonly patient: string
  readonly purpose: Purpose
  readonly types?: readonly string[] | undefined
  readonly after?: string | undefined
  readonly limit: number
}

export interface MergedRecordPage {
  /** Each with the patient it stands under. */
  readonly items: readonly (RecordItem & { readonly patient: string })[]
  /** Patients of the group that the caller may read, the one asked about first. */
  readonly patients: readonly string[]
  readonly next?: string | undefined
}

/**
 * Records of everybody who was said to be one person with this patient, newest first, as `decidePerson` permits them. Errors: NOT_ALLOWED,
 * INPUT_MALFORMED for a foreign cursor.
 */
export function listMergedRecords(parts: Parts, actor: Actor, query: MergedRecordQuery): Promise<MergedRecordPage> {
  const { patient: asked, purpose } = query
  return decidePerson<MergedRecordPage>(parts, { actor, operation: 'hospital.mpi.records', purpose, patients: () => Promise.resolve([asked]) }, async (members) => {
    const { keys } = groundsOf((members[0] as PersonMember).permit)
    const { found, more } = await newest(members, query, openCursor(keys, 'merged-records', query.after))
    const items = (await Promise.all(members.map(async ({ patient, permit }) => {
      const own = found.filter((one) => one.patient === patient).map(({ record: each }) => each)
      return (await toItems(parts, groundsOf(permit), own)).map((item) => ({ ...item, patient }))
    }))).flat().sort((a, b) => (a.id < b.id ? 1 : -1))
    const last = items.at(-1)
    const value = { items, patients: members.map(({ patient }) => patient), ...(more && last !== undefined ? { next: sealCursor(keys, 'merged-records', last.id) } : {}) }
    const of = (patient: string) => ({ types: countTypes(items.filter((item) => item.patient === patient)), consent: found.find((one) => one.patient === patient)?.record.consent })
    return { value, of }
  })
}

function countTypes(items: readonly RecordItem[]): Readonly<Record<string, number>> {
  const types: Record<string, number> = {}
  for (const { type } of items) types[type] = (types[type] ?? 0) + 1
  return types
}

/** The newest permitted records of all members behind `after`. */
async function newest(members: readonly PersonMember[], { types, limit }: MergedRecordQuery, after: string | undefined): Promise<{ readonly found: readonly { readonly patient: string; readonly record: PermittedRecord }[]; readonly more: boolean }> {
  const heads = await Promise.all(members.map(async ({ patient, permit }) => {
    const rows = permitted(scanRecords(permit, { types, after, page: limit + 1 }))
    return { patient, rows, head: (await rows.next()).value as PermittedRecord | undefined }
  }))
  const found: { readonly patient: string; readonly record: PermittedRecord }[] = []
  for (;;) {
    const best = heads.reduce<(typeof heads)[number] | undefined>((top, one) => (one.head !== undefined && (top?.head === undefined || one.head.id > top.head.id) ? one : top), undefined)
    if (best?.head === undefined) return { found, more: false }
    if (found.length === limit) return { found, more: true }
    found.push({ patient: best.patient, record: best.head })
    best.head = (await best.rows.next()).value as PermittedRecord | undefined
  }
}

async function* permitted(rows: AsyncGenerator<{ readonly key: string; readonly record?: PermittedRecord | undefined }>): AsyncGenerator<PermittedRecord, undefined> {
  for await (const { record: one } of rows) if (one !== undefined) yield one
  return undefined
}
