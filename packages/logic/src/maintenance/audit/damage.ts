import type { Leaf, Projection, StoredEntry } from '@careledger/data-spec'
import type { KeyRecord } from '@careledger/identity'
import { jwkThumbprint, subjectPseudonym, type Entry } from '@careledger/proof'
import { keyTable } from '../../entries/check-author.ts'
import { subjectTable, type SubjectRow } from '../../entries/find-patient.ts'
import type { RowSource } from '../../entries/projector.ts'
import { openRow, readRow } from '../../entries/rows.ts'
import { readSealedHead } from '../../entries/seal-payload.ts'
import { identityNetwork } from '../../identity/index.ts'
import { subjectOf } from '../../log/leaf-records.ts'
import type { Parts } from '../../parts.ts'
import type { Findings } from './findings.ts'

/** What could not be checked because of one entry that was found damaged or missing. */
export interface UncheckedBecause {
  /** Id of the entry; a finding names it, or its leaf. */
  readonly entry: string
  /** Later entries of the same patient or key whose rows could not be made again. Their signatures and payloads were checked. */
  readonly entries: number
  /** Rows that depend on the entry and were not compared. */
  readonly rows: number
}

/**
 * Which entries are damaged, and what depends on them: their rows, and the entries and rows of their patient. What depends on one is not a
 * finding of its own. Names are entry ids, subjects and patients.
 */
export interface Damage {
  /** An entry that a finding names. What is known of it: its entry, or only its row or leaf. */
  found(id: string, known: { readonly entry?: Entry | undefined; readonly stored?: StoredEntry | undefined; readonly leaf?: Leaf | undefined }): void
  /** An entry that does not open; whether that is damage is not known before the end. */
  unopened(entry: Entry): void
  /** An erasure covers this subject: what did not open of it is no damage. */
  covered(subject: string): void
  /** Id of the damaged entry that this one depends on. */
  causeOf(entry: Entry): string | undefined
  /** Whether any entry is damaged. */
  any(): boolean
  /** An entry that cannot be replayed because of another. */
  follows(entry: Entry, cause: string): void
  /** Id of the damaged entry that a row depends on, by its key, and by the ids that `text` (its content or its indexes) names. */
  causeOfRow(key: string, text?: string): string | undefined
  rowUnchecked(cause: string): void
  /**
   * Rows for the replay of an entry that depends on a damaged one: where the shadow has none, or with `prefer` always, what the store says.
   * `adopt` is told of each row so taken. A stored row that does not open is a finding. Errors: CORRUPTION for such a row.
   */
  source(shadow: RowSource, adopt: (table: string, key: string) => void, prefer: boolean): RowSource
  /** The patient of an entry, by its sealed head or the stored row, if the vault's pseudonym says so too. */
  patientOf(entry: Entry, stored: StoredEntry): Promise<string | undefined>
  /** Whether the patient's keys are there, as other entries of the subject show. */
  hasKeys(subject: string): boolean
  /** Finds the patients of damaged subjects, whose rows depend on them. Before rows are compared. */
  settle(shadow: RowSource): Promise<void>
  list(): readonly UncheckedBecause[]
}

const idPattern = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g

export function createDamage(parts: Parts, findings: Findings): Damage {
  const causes = new Map<string, string>()
  const provisional = new Map<string, string>()
  const chains = new Map<string, string>()
  const patients = new Map<string, string>()
  let enrolmentsDamaged = false
  const unchecked = new Map<string, { entries: number; rows: number }>()
  const mark = (name: string | undefined, cause: string): void => {
    if (name !== undefined && !causes.has(name)) causes.set(name, cause)
  }
  const count = (cause: string): { entries: number; rows: number } => {
    const one = unchecked.get(cause) ?? { entries: 0, rows: 0 }
    unchecked.set(cause, one)
    return one
  }
  const causeOfRow = (key: string, text = ''): string | undefined => {
    for (const name of [...key.split('/'), ...(text.match(idPattern) ?? [])]) {
      const cause = causes.get(name)
      if (cause !== undefined) return cause
    }
    return undefined
  }
  /** Parties whose enrolment is damaged, by the stored rows of their keys, which name it. */
  const markParties = async (): Promise<void> => {
    if (!enrolmentsDamaged) return
    enrolmentsDamaged = false
    for (let after: string | undefined; ; ) {
      const page = await parts.store.read((view) => view.find({ table: keyTable, after, limit: 1000 }))
      for (const row of page.rows) {
        const cause = causeOfRow('', Buffer.from(row.value).toString('latin1'))
        if (cause !== undefined) mark(partyIn(row), cause)
      }
      if (page.next === undefined) return
      after = page.next
    }
  }
  const bound = async ({ custodian, network, subject }: { readonly custodian: string; readonly network: string; readonly subject?: string | undefined }, patient: string | undefined): Promise<boolean> => {
    const keys = patient === undefined ? undefined : await parts.vaults.get(custodian)?.patient(patient)
    if (keys === undefined || patient === undefined || subjectPseudonym(await keys.subjectSecret(network)) !== subject) return false
    patients.set(subject, patient)
    return true
  }
  const storedPatient = async (subject: string, chain: { readonly custodian: string; readonly network: string }): Promise<string | undefined> => {
    const row = await parts.store.read((view) => view.projection(subjectTable, subject))
    try {
      const patient = row === undefined ? undefined : (readRow(row) as unknown as SubjectRow).patient
      return (await bound({ ...chain, subject }, patient)) ? patient : undefined
    } catch {
      return undefined
    }
  }

  return {
    found(id, { entry, stored, leaf }) {
      mark(id, id)
      mark(entry?.replaces, id)
      enrolmentsDamaged ||= (entry?.network ?? stored?.network ?? leaf?.chain.split('/')[0]) === identityNetwork.name
      const chain = entry === undefined ? subjectOf(stored?.chain ?? leaf?.chain ?? '') : entry
      if (chain?.subject === undefined) return
      mark(chain.subject, id)
      mark(patients.get(chain.subject), id)
      chains.set(chain.subject, `${chain.network}/${chain.custodian}/${chain.subject}`)
    },
    unopened({ id, subject }) {
      if (subject !== undefined && !provisional.has(subject)) provisional.set(subject, id)
    },
    any: () => causes.size > 0 || provisional.size > 0,
    covered: (subject) => void provisional.delete(subject),
    causeOf: ({ subject, author, replaces }) => {
      const names = [subject, author.credential, replaces].flatMap((name) => (name === undefined ? [] : [name]))
      return names.map((name) => causes.get(name) ?? provisional.get(name)).find((cause) => cause !== undefined)
    },
    follows({ id, replaces }, cause) {
      mark(id, cause)
      mark(replaces, cause)
      count(cause).entries++
    },
    causeOfRow,
    rowUnchecked: (cause) => void count(cause).rows++,
    source: (shadow, adopt, prefer) => async (table, key, sealedFor) => {
      const made = await shadow(table, key, sealedFor)
      if (made !== undefined && !prefer) return made
      await markParties()
      const row = await parts.store.read((view) => view.projection(table, key))
      if (row === undefined) return made
      const opening = sealedFor === undefined ? Promise.resolve(row).then(readRow) : openRow(parts, row, sealedFor)
      const value = await opening.catch((error: unknown) => {
        const id = `${table}/${key}`
        if (causeOfRow(key) !== undefined && !findings.has('projection', id)) findings.add({ what: 'altered', kind: 'projection', id, detail: 'The row does not open in its place.' })
        if (causeOfRow(key) !== undefined) adopt(table, key)
        throw error
      })
      const patient = sealedFor === undefined ? (value as { readonly patient?: string } | null)?.patient : sealedFor.patient
      if (provisional.get(key) === undefined && causeOfRow(key, `${JSON.stringify(value)} ${patient ?? ''}`) === undefined) return made
      // A key is what its name says, a subject what the vault says; anything else is not taken.
      if (table === subjectTable && !(await bound({ ...(value as unknown as SubjectRow), subject: key }, patient))) return made
      if (table === keyTable && jwkThumbprint((value as unknown as KeyRecord).jwk) !== key) return made
      adopt(table, key)
      return { version: 1, value, indexes: row.indexes }
    },
    async patientOf(entry, stored) {
      const head = stored.sealed === undefined ? undefined : readSealedHead(stored.sealed)
      if (await bound(entry, head?.patient)) {
        const cause = causes.get(entry.subject as string)
        if (cause !== undefined) mark(head?.patient, cause)
        return head?.patient
      }
      return patients.get(entry.subject as string) ?? storedPatient(entry.subject as string, entry)
    },
    hasKeys: (subject) => patients.has(subject),
    async settle(shadow) {
      await markParties()
      for (const [subject, chain] of chains) {
        const { custodian = '', network = '' } = subjectOf(chain) ?? {}
        const row = (await shadow(subjectTable, subject, undefined))?.value as unknown as SubjectRow | undefined
        mark(row?.patient ?? patients.get(subject) ?? (await storedPatient(subject, { custodian, network })), causes.get(subject) as string)
      }
    },
    list: () => [...unchecked].map(([entry, counts]) => ({ entry, ...counts })),
  }
}

function partyIn(row: Projection): string | undefined {
  try {
    return (readRow(row) as unknown as KeyRecord).party
  } catch {
    return undefined
  }
}
