import type { Projection, ProjectionWrite } from '@careledger/data-spec'
import type { Actor } from '@careledger/identity'
import { subjectTable, type SubjectRow } from '../../entries/find-patient.ts'
import type { ErasureContext } from '../../entries/network-definition.ts'
import { openRowWith, readRow, rowBytes } from '../../entries/rows.ts'
import type { Parts } from '../../parts.ts'
import { isStoreError, toLogicError } from '../../to-logic-error.ts'
import { delegationTable, type DelegationRow } from '../delegation/delegation-entries.ts'
import { partyNames } from '../party-names.ts'
import type { ConsentRow } from '../tables.ts'

/**
 * Row `erasure-notice`, plain; key = `<subject>/<entry that gave access>`; indexes `grantee`, `ends` (day). Written with the deletion of that consent or
 * delegation, so that whoever was let in learns that the patient was erased. Ids and parties only; no entry makes it, and it goes after a year.
 */
export const erasureNoticeTable = 'erasure-notice'

interface NoticeRow {
  readonly subject: string
  readonly custodian: string
  readonly grantee: string
  /** The consent or delegation that let the grantee in: what the grantee knows it by, in its own decisions and receipts. */
  readonly access: string
  readonly at: string
}

/** What a former grantee is told: that a patient was erased, by whom, and under which access of theirs. Nothing says who it was. */
export interface ErasureNotice {
  readonly custodian: string
  readonly custodianName: string
  readonly access: string
  readonly grantee: string
  /** The `subject-erased` entry. */
  readonly certificate: string
  readonly at: string
}

const keptDays = 366
const dayMs = 86_400_000

/** The notice that the deletion of a consent (also one that has ended) or of a delegation leaves. */
export async function noticesOf({ vault, patient, custodian, subject, view }: ErasureContext, row: Projection, now: Date): Promise<readonly ProjectionWrite[]> {
  if (row.table !== 'consent' && row.table !== delegationTable) return []
  const keys = await vault.patient(patient)
  const value = keys === undefined ? undefined : openRowWith(keys, row)
  if (value === undefined) return []
  const found = row.table === 'consent' ? { grantee: (value as unknown as ConsentRow).terms.grantee, access: row.key } : { grantee: (value as unknown as DelegationRow).delegate, access: (value as unknown as DelegationRow).id }
  const notice: NoticeRow = { subject, custodian, ...found, at: now.toISOString() }
  const key = `${subject}/${found.access}`
  const expected = (await view.projection(erasureNoticeTable, key))?.version
  const ends = new Date(now.getTime() + keptDays * dayMs).toISOString().slice(0, 10)
  return [{ table: erasureNoticeTable, key, expected, next: rowBytes({ ...notice }), indexes: { grantee: found.grantee, ends } }]
}

/** People of an organisation who may have read under what was given to it. */
const readers: readonly string[] = ['doctor', 'records-clerk', 'privacy-officer', 'admin', 'system']
const shownMax = 100

/** Erasures of patients who had let the caller, or the caller's organisation, in; newest first, at most 100. One that is under way is not shown yet. */
export async function listErasureNotices(parts: Parts, actor: Actor): Promise<readonly ErasureNotice[]> {
  const grantees = actor.organisation !== undefined && actor.roles.some((role) => readers.includes(role)) ? [actor.party, actor.organisation] : [actor.party]
  return parts.store.read(async (view) => {
    const pages = await Promise.all(grantees.map((equals) => view.find({ table: erasureNoticeTable, index: 'grantee', equals, limit: 1000 })))
    const notices = pages.flatMap(({ rows }) => rows.map((row) => readRow(row) as unknown as NoticeRow)).sort((a, b) => (a.at < b.at ? 1 : -1)).slice(0, shownMax)
    const subjects = await view.projections(subjectTable, [...new Set(notices.map(({ subject }) => subject))])
    const certificates = new Map(subjects.flatMap((row) => (row === undefined ? [] : [[row.key, (readRow(row) as unknown as SubjectRow).erased] as const])))
    const names = await partyNames(view, notices.map(({ custodian }) => custodian))
    return notices.flatMap(({ subject, ...notice }) => {
      const certificate = certificates.get(subject)
      return certificate === undefined ? [] : [{ ...notice, custodianName: names.of(notice.custodian), certificate }]
    })
  }).catch((error: unknown) => { throw toLogicError(error) })
}

/** Removes notices that ended within the last `daysBack` days; gives how many. */
export async function sweepErasureNotices(parts: Parts, daysBack = 31): Promise<number> {
  let swept = 0
  for (let back = 1; back <= daysBack; back++) {
    const day = new Date(parts.now().getTime() - back * dayMs).toISOString().slice(0, 10)
    const { rows } = await parts.store.read((view) => view.find({ table: erasureNoticeTable, index: 'ends', equals: day, limit: 1000 })).catch((error: unknown) => { throw toLogicError(error) })
    if (rows.length === 0) continue
    await parts.store.write({ projections: rows.map(({ table, key, version }) => ({ table, key, expected: version, next: null })) }).then(() => { swept += rows.length }, (error: unknown) => {
      // Another process sweeps too.
      if (!isStoreError(error, 'STORE_STALE')) throw toLogicError(error)
    })
  }
  return swept
}
