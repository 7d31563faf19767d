import type { AcceptedEntry, EntryType, ProjectContext, RowChange, RowValue } from '../../entries/network-definition.ts'
import { LogicError } from '../../logic-error.ts'
import { notTheirs } from '../patient-entries.ts'
import { writesFor } from '../tables.ts'
import { parseIdentityDecision, IDENTITY_DECISION_MEDIA_TYPE } from './decision-payload.ts'

/** Row `patient-merge`, plain; key = handle of the patient merged into another. */
export interface MergeRow {
  readonly from: string
  readonly into: string
  readonly custodian: string
  /** Id of the `patient-merged` entry. */
  readonly entry: string
  readonly by: string
  readonly at: string
}

/** Row `patient-distinct`, plain; key = both handles in order, joined by `/`. */
export interface DistinctRow extends Omit<MergeRow, 'from' | 'into'> {
  readonly patient: string
  readonly other: string
}

/** Longest chain of merges that is followed. */
const chainMax = 64

/**
 * `patient-merged`: `other` is the same person as `patient`, whose subject the entry carries. It makes one row and changes none: records,
 * commitments, consents and search tokens of both stay as they are. Refused: a patient merged already, a cycle, and a pair that was said to
 * be two people. Concurrent merges collide in the rows that they read.
 */
export const patientMerged: EntryType = identityDecision(async (context, accepted, { patient, other }) => {
  const { entry } = accepted
  if ((await context.row('patient-merge', other)) !== undefined) throw conflict(entry.id, 'The patient is merged into another already. Undo that first.')
  if ((await context.row('patient-distinct', pairKey(patient, other))) !== undefined) throw conflict(entry.id, 'These two were said to be different people. Undo that first.')
  let top = patient
  for (let step = 0; ; step++) {
    if (top === other || step === chainMax) throw conflict(entry.id, 'The patient is merged into the other one already.')
    const above = (await context.row('patient-merge', top)) as unknown as MergeRow | undefined
    if (above === undefined) break
    top = above.into
  }
  const row: MergeRow = { from: other, into: patient, custodian: entry.custodian, entry: entry.id, by: accepted.author.party, at: entry.issuedAt }
  return [{ table: 'patient-merge', key: other, value: row as unknown as RowValue, indexes: { patient, custodian: entry.custodian }, insert: true }]
})

/** `patient-unmerged`: undoes the `patient-merged` entry that it `replaces`. Everything is as if that had never been said. */
export const patientUnmerged: EntryType = identityDecision(async (context, { entry }, { patient, other }) => {
  const row = (await context.row('patient-merge', other)) as unknown as MergeRow | undefined
  if (row === undefined || row.into !== patient || row.entry !== entry.replaces) throw conflict(entry.id, 'There is no such merge to undo.')
  return [{ table: 'patient-merge', key: other, value: null }]
})

/** `patient-distinguished`: the two are different people. They are offered as one no more. */
export const patientDistinguished: EntryType = identityDecision(async (context, { entry, author }, { patient, other }) => {
  for (const [one, two] of [[patient, other], [other, patient]] as const) {
    const row = (await context.row('patient-merge', one)) as unknown as MergeRow | undefined
    if (row?.into === two) throw conflict(entry.id, 'The two are merged. Undo that first.')
  }
  const row: DistinctRow = { patient, other, custodian: entry.custodian, entry: entry.id, by: author.party, at: entry.issuedAt }
  return [{ table: 'patient-distinct', key: pairKey(patient, other), value: row as unknown as RowValue, indexes: { patient, custodian: entry.custodian }, insert: true }]
})

/** `patient-distinction-ended`: undoes the `patient-distinguished` entry that it `replaces`. */
export const patientDistinctionEnded: EntryType = identityDecision(async (context, { entry }, { patient, other }) => {
  const key = pairKey(patient, other)
  const row = (await context.row('patient-distinct', key)) as unknown as DistinctRow | undefined
  if (row === undefined || row.entry !== entry.replaces) throw conflict(entry.id, 'There is no such decision to undo.')
  return [{ table: 'patient-distinct', key, value: null }]
})

export function pairKey(one: string, other: string): string {
  return one < other ? `${one}/${other}` : `${other}/${one}`
}

/**
 * The other patient's row is not looked at here: its keys may be gone when rows are made again. That there is such a patient of the same
 * custodian is checked before the entry is accepted; a row that names an erased one leads to nobody.
 */
function identityDecision(project: (context: ProjectContext, accepted: AcceptedEntry, pair: { readonly patient: string; readonly other: string }) => Promise<readonly RowChange[]>): EntryType {
  return {
    payload: 'required',
    mediaTypes: [IDENTITY_DECISION_MEDIA_TYPE],
    subject: true,
    async project(context, accepted) {
      const { entry, author, opening } = accepted
      if (!writesFor(author, entry.custodian)) throw notTheirs(entry.id)
      const { patient, other } = parseIdentityDecision(opening?.payload)
      if (patient !== accepted.patient || patient === other) throw new LogicError('INPUT_MALFORMED', 'The payload names other patients than the entry is about.', { details: { id: entry.id } })
      return project(context, accepted, { patient, other })
    },
  }
}

function conflict(id: string, message: string): LogicError {
  return new LogicError('ENTRY_CONFLICT', message, { details: { id } })
}
