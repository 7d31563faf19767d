import type { Guard, NewOutboxRow, Projection, WaitingEntry } from '@careledger/data-spec'
import { epochKey, ledgerBlind, ledgerKey, ledgerRecordId, recordDigest, toHex } from '@careledger/proof'
import { readRow } from '../entries/rows.ts'
import { subjectTable, type SubjectRow } from '../entries/find-patient.ts'
import type { Parts } from '../parts.ts'
import { indexedTargets, readRoutes, routesGuard } from '../routes/routes.ts'

/** An entry with its place in the log. */
export interface PlacedEntry {
  readonly id: string
  readonly network: string
  readonly chain: string
  readonly leafHash: Uint8Array
}

/** What one entry looks like on a ledger: hex as the port wants it. */
export interface LeafRecord {
  readonly recordId: string
  readonly key?: string | undefined
  readonly digest: string
  /** Epoch of the subject's ledger key; absent where the record has none. */
  readonly epoch?: number | undefined
}

/** The subject in a chain's name (`network/custodian/subject`); `undefined` for `network/custodian`. */
export function subjectOf(chain: string): { readonly network: string; readonly custodian: string; readonly subject: string } | undefined {
  const [network, custodian, subject] = chain.split('/')
  return network === undefined || custodian === undefined || subject === undefined ? undefined : { network, custodian, subject }
}

/** The record of an entry without subject, or whose subject's keys are gone: found by the entry's id, hidden by nothing. */
export function plainRecord(entry: Pick<PlacedEntry, 'id' | 'leafHash'>): LeafRecord {
  return { recordId: entry.id.replaceAll('-', ''), digest: toHex(recordDigest(entry.leafHash)) }
}

/** The record under an epoch's key. `key` is the epoch key, 32 bytes; `listedBy`, its ledger key in hex, is derived unless it is known. */
export function hiddenRecord(entry: Pick<PlacedEntry, 'id' | 'leafHash'>, key: Uint8Array, epoch: number, listedBy: string = toHex(ledgerKey(key))): LeafRecord {
  return {
    recordId: toHex(ledgerRecordId(key, entry.id)),
    key: listedBy,
    digest: toHex(recordDigest(entry.leafHash, ledgerBlind(key, entry.leafHash))),
    epoch,
  }
}

/**
 * Outbox rows of entries for every indexed ledger of their networks, in log order, and guards on the routes and on the subjects whose epoch
 * the records were derived from: a move, or a withdrawal that starts the next epoch, that commits first makes `assign` fail, and the
 * records are derived anew.
 */
export async function outboxRowsOf(parts: Parts, placed: readonly PlacedEntry[]): Promise<{ readonly rows: readonly NewOutboxRow[]; readonly guards: readonly Guard[] }> {
  const routes = await parts.store.read((view) => readRoutes(parts, view))
  const targets = new Map([...new Set(placed.map(({ network }) => network))].map((network) => [network, indexedTargets(routes, network)]))
  const due = placed.filter(({ network }) => (targets.get(network) ?? []).length > 0)
  const { records, guards } = await deriveRecords(parts, due)
  const createdAt = parts.now()
  const rows = due.flatMap((entry, place) =>
    (targets.get(entry.network) ?? []).map((target) => ({ target, item: entry.id, stream: entry.network, ...(records[place] as LeafRecord), createdAt })))
  return { rows, guards: [routesGuard(routes), ...guards] }
}

/** The records of entries under their subjects' epochs as they are now, in the order given, and guards on those epochs. */
export async function deriveRecords(parts: Parts, entries: readonly PlacedEntry[]): Promise<{ readonly records: readonly LeafRecord[]; readonly guards: readonly Guard[] }> {
  const subjects = await readSubjects(parts, entries)
  const keys = await epochKeys(parts, subjects)
  const records = entries.map((entry) => {
    const subject = subjectOf(entry.chain)?.subject
    const known = subject === undefined ? undefined : keys.get(subject)
    return known === undefined ? plainRecord(entry) : hiddenRecord(entry, known.key, known.epoch)
  })
  return { records, guards: [...subjects].map(([subject, row]) => ({ table: subjectTable, key: subject, version: row?.version })) }
}

async function readSubjects(parts: Parts, entries: readonly Pick<WaitingEntry, 'chain'>[]): Promise<ReadonlyMap<string, Projection | undefined>> {
  const subjects = [...new Set(entries.flatMap((entry) => subjectOf(entry.chain)?.subject ?? []))]
  const rows: (Projection | undefined)[] = []
  for (let from = 0; from < subjects.length; from += 1000) {
    rows.push(...(await parts.store.read((view) => view.projections(subjectTable, subjects.slice(from, from + 1000)))))
  }
  return new Map(subjects.map((subject, place) => [subject, rows[place]]))
}

/** The current epoch key of each subject; none for a subject whose keys were destroyed. */
async function epochKeys(parts: Pick<Parts, 'vaults'>, subjects: ReadonlyMap<string, Projection | undefined>): Promise<ReadonlyMap<string, { readonly key: Uint8Array; readonly epoch: number }>> {
  const keys = new Map<string, { readonly key: Uint8Array; readonly epoch: number }>()
  for (const [subject, row] of subjects) {
    if (row === undefined) continue
    const { patient, custodian, network, epoch } = readRow(row) as unknown as SubjectRow
    const secret = patient === undefined ? undefined : await (await parts.vaults.get(custodian)?.patient(patient))?.subjectSecret(network)
    if (secret !== undefined) keys.set(subject, { key: epochKey(secret, epoch), epoch })
  }
  return keys
}
