import type { Guard, ReadView } from '@careledger/data-spec'
import type { Actor } from '@careledger/identity'
import type { Purpose } from '../../consent/consent-terms.ts'
import { authorize, endPermit, groundsOf, isConsented, isRefusal, type Permit } from '../../decisions/authorize.ts'
import { openCursor, sealCursor } from '../../decisions/cursor.ts'
import { record } from '../../decisions/decide.ts'
import { newDecision, type DecisionRecord } from '../../decisions/decision-record.ts'
import { LogicError } from '../../logic-error.ts'
import type { Parts } from '../../parts.ts'
import { toLogicError } from '../../to-logic-error.ts'
import { scanRecords, type PermittedRecord } from '../permitted-records.ts'
import { toItems, type RecordItem } from '../records.ts'
import { readGroup } from './merge-group.ts'

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

const operation = 'hospital.mpi.records'
const attemptsMax = 8

/**
 * Records of everybody who was said to be one person with this patient, newest first. Each patient is decided by their own policy: a consent
 * given for one reaches that one's records, and its withdrawal ends them, whatever stands for the other. The patient asked about must be
 * allowed. Each patient sees their own decision. Errors: NOT_ALLOWED, INPUT_MALFORMED for a foreign cursor.
 */
export async function listMergedRecords(parts: Parts, actor: Actor, query: MergedRecordQuery): Promise<MergedRecordPage> {
  for (let attempt = 0; attempt < attemptsMax; attempt++) {
    const { page, records, guards } = await parts.store.read((view) => readPage(parts, view, actor, query)).catch((error: unknown) => {
      throw toLogicError(error)
    })
    if (!(await record(parts, records, guards))) continue
    if (page === undefined) throw new LogicError('NOT_ALLOWED', 'This does not exist or you may not use it.')
    return page
  }
  throw new LogicError('STALE', 'What the decision rests on keeps changing.')
}

interface Member { readonly patient: string; readonly permit: Permit }

async function readPage(parts: Parts, view: ReadView, actor: Actor, query: MergedRecordQuery): Promise<{ readonly page?: MergedRecordPage; readonly records: readonly DecisionRecord[]; readonly guards: readonly Guard[] }> {
  const request = { actor, operation, purpose: query.purpose }
  const group = await readGroup(view, query.patient)
  const members: Member[] = []
  for (const patient of [query.patient, ...group.members.filter((member) => member !== query.patient)]) {
    const permit = await authorize(parts, view, { ...request, patient })
    if (!isRefusal(permit)) members.push({ patient, permit })
    else if (patient === query.patient) return { records: [newDecision({ ...request, rule: 'none', about: permit.exists ? patient : undefined }, parts.now())], guards: [] }
  }
  try {
    const [first] = members as [Member]
    const { keys } = groundsOf(first.permit)
    const { found, more } = await newest(members, query, openCursor(keys, 'merged-records', query.after))
    const items = (await Promise.all(members.map(async ({ patient, permit }) => {
      const own = found.filter((one) => one.patient === patient).map(({ record: each }) => each)
      return (await toItems(parts, groundsOf(permit), own)).map((item) => ({ ...item, patient }))
    }))).flat().sort((a, b) => (a.id < b.id ? 1 : -1))
    const last = items.at(-1)
    const page: MergedRecordPage = { items, patients: members.map(({ patient }) => patient), ...(more && last !== undefined ? { next: sealCursor(keys, 'merged-records', last.id) } : {}) }
    const records = members.map(({ patient, permit }) => {
      const { rule, consents } = groundsOf(permit)
      const types: Record<string, number> = {}
      for (const item of items) if (item.patient === patient) types[item.type] = (types[item.type] ?? 0) + 1
      const consent = isConsented({ rule }) ? (found.find((one) => one.patient === patient)?.record.consent ?? consents[0]) : undefined
      return newDecision({ ...request, about: patient, rule, consent, types }, parts.now())
    })
    const guards = new Map([...members.flatMap(({ permit }) => groundsOf(permit).guards), ...group.guards].map((guard) => [`${guard.table}\0${guard.key}`, guard]))
    return { page, records, guards: [...guards.values()] }
  } finally {
    for (const { permit } of members) endPermit(permit)
  }
}

/** The newest permitted records of all members behind `after`. */
async function newest(members: readonly Member[], { types, limit }: MergedRecordQuery, after: string | undefined): Promise<{ readonly found: readonly { readonly patient: string; readonly record: PermittedRecord }[]; readonly more: boolean }> {
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
