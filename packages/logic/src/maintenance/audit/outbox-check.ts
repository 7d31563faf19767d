import type { OutboxRow } from '@careledger/data-spec'
import { epochKey, equalBytes, leafHash, ledgerKey, sha256, toHex, verifyPinnedCheckpoint } from '@careledger/proof'
import { subjectTable, type SubjectRow } from '../../entries/find-patient.ts'
import { readRow } from '../../entries/rows.ts'
import { checkpointItemSize } from '../../log/checkpoint-item.ts'
import { hiddenRecord, plainRecord, subjectOf, type LeafRecord, type PlacedEntry } from '../../log/leaf-records.ts'
import { pinnedLogs } from '../../log/log-keys.ts'
import { checkpointRows } from '../../log/sign-checkpoint.ts'
import type { LedgerTarget, Parts } from '../../parts.ts'
import { mayHold, mustHold, readRoutes, type Routes } from '../../routes/routes.ts'
import type { Damage } from './damage.ts'
import type { Findings } from './findings.ts'

/** Walks one ledger's outbox beside the log: every entry has its row, every row its entry or checkpoint. Final rows go to `onFinal`. */
export interface OutboxCheck {
  page(placed: readonly (PlacedEntry & { readonly index: number })[]): Promise<void>
  /** Gives the number of rows seen, and the size of the largest checkpoint that is final on the ledger, 0 for none. */
  finish(): Promise<{ readonly seen: number; readonly finalSize: number }>
}

/** Rows read ahead of the log at most; beyond it a missing one is asked for by itself. */
const aheadMax = 20_000

export function createOutboxCheck(parts: Parts, target: LedgerTarget, findings: Findings, size: number, damage: Damage, onFinal: (rows: readonly OutboxRow[]) => Promise<void>): OutboxCheck {
  const ahead = new Map<string, OutboxRow>()
  const keys = createSubjectKeys(parts)
  let known: Promise<Routes> | undefined
  const readOnce = (): Promise<Routes> => (known ??= parts.store.read((view) => readRoutes(parts, view)))
  let after: string | undefined
  let ended = false
  let seen = 0
  let finalSize = 0

  const readMore = async (): Promise<void> => {
    const page = await parts.store.read((view) => view.outboxRows({ target: target.name, after, limit: 1000 }))
    after = page.next
    ended = page.next === undefined
    seen += page.rows.length
    for (const row of page.rows) ahead.set(row.item, row)
    await onFinal(page.rows.filter((row) => row.state === 'final'))
    for (const row of page.rows) {
      const checkpoint = checkpointItemSize(parts.log.origin, row.item)
      if (checkpoint === undefined) continue
      ahead.delete(row.item)
      if (row.state === 'final') finalSize = Math.max(finalSize, checkpoint)
      await checkCheckpointRow(parts, target, findings, row, checkpoint)
    }
  }

  return {
    async page(placed) {
      const routes = await readOnce()
      for (const entry of placed) {
        if (!mustHold(routes, target.name, entry.network, entry.index)) continue
        while (!ahead.has(entry.id) && !ended && ahead.size < aheadMax) await readMore()
        const row = ahead.get(entry.id) ?? (await parts.store.read((view) => view.outboxOf(entry.id))).find((candidate) => candidate.target === target.name)
        ahead.delete(entry.id)
        if (row === undefined) findings.add({ what: 'removed', kind: 'outbox', id: `${target.name}/${entry.id}`, detail: 'An entry of the log has no outbox row for this ledger.' })
        else await checkRow(keys, target, findings, entry, row)
      }
    },
    async finish() {
      while (!ended) await readMore()
      const routes = await readOnce()
      for (const row of ahead.values()) {
        const leaf = await parts.store.read((view) => view.leafOf(parts.log.origin, row.item))
        const cause = damage.causeOfRow(row.item)
        if (leaf === undefined && cause !== undefined) damage.rowUnchecked(cause)
        else if (leaf === undefined) findings.add({ what: 'added', kind: 'outbox', id: `${target.name}/${row.item}`, detail: 'The outbox row is of no entry of the log.' })
        else if (leaf.index >= size) continue
        else if (!mayHold(routes, target.name, row.stream)) findings.add({ what: 'added', kind: 'outbox', id: `${target.name}/${row.item}`, detail: 'The network of this row was never indexed on this ledger.' })
        // From a move that is under way or was cancelled: nothing rests on the row, but it has to be the record of its entry.
        else await checkRow(keys, target, findings, { id: row.item, network: row.stream, chain: leaf.chain, leafHash: leafHash(leaf.leafInput) }, row)
      }
      return { seen, finalSize }
    },
  }
}

/** Whether an outbox row is the record of its entry, as far as the subject's keys are there to tell. Keeps what it has derived. */
export function createRecordCheck(parts: Parts): (entry: PlacedEntry, row: OutboxRow) => Promise<boolean> {
  const keys = createSubjectKeys(parts)
  return async (entry, row) => isRecordOf(await expectedRecord(keys, entry, row.epoch), entry, row)
}

function isRecordOf(expected: LeafRecord | 'unknown', entry: PlacedEntry, row: OutboxRow): boolean {
  const stream = row.stream === entry.network && row.data === undefined
  return expected === 'unknown' ? stream : stream && expected.recordId === row.recordId && expected.key === row.key && expected.digest === row.digest
}

async function checkRow(keys: SubjectKeys, target: LedgerTarget, findings: Findings, entry: PlacedEntry, row: OutboxRow): Promise<void> {
  const expected = await expectedRecord(keys, entry, row.epoch)
  if (isRecordOf(expected, entry, row)) return
  findings.add({
    what: 'altered', kind: 'outbox', id: `${target.name}/${row.item}`, detail: 'The outbox row is not the record of its entry.',
    ...(expected === 'unknown' ? {} : { expected: expected.recordId, actual: row.recordId }),
  })
}

/** `unknown`: the subject's keys are gone, so that its record cannot be derived again. */
async function expectedRecord(keys: SubjectKeys, entry: PlacedEntry, epoch: number | undefined): Promise<LeafRecord | 'unknown'> {
  const key = await keys(entry.chain, epoch)
  if (key === undefined || epoch === undefined) return key === 'gone' ? 'unknown' : plainRecord(entry)
  return key === 'gone' ? 'unknown' : hiddenRecord(entry, key.key, epoch, key.listedBy)
}

/** The epoch key of a chain's subject; `undefined`: the chain has no subject; `gone`: the subject's keys are destroyed. */
type SubjectKeys = (chain: string, epoch: number | undefined) => Promise<EpochKey | 'gone' | undefined>
interface EpochKey { readonly key: Uint8Array; readonly listedBy: string }

/** Keeps the keys of at most so many subjects and epochs. */
const keysMax = 10_000

function createSubjectKeys(parts: Parts): SubjectKeys {
  const known = new Map<string, EpochKey | 'gone'>()
  return async (chain, epoch = 0) => {
    const subject = subjectOf(chain)
    if (subject === undefined) return undefined
    const name = `${chain}/${epoch}`
    const held = known.get(name)
    if (held !== undefined) return held
    const row = await parts.store.read((view) => view.projection(subjectTable, subject.subject))
    const patient = row === undefined ? undefined : (readRow(row) as unknown as SubjectRow).patient
    const secret = patient === undefined ? undefined : await (await parts.vaults.get(subject.custodian)?.patient(patient))?.subjectSecret(subject.network)
    const key = secret === undefined ? undefined : epochKey(secret, epoch)
    const found = key === undefined ? 'gone' : { key, listedBy: toHex(ledgerKey(key)) }
    if (known.size >= keysMax) known.clear()
    known.set(name, found)
    return found
  }
}

async function checkCheckpointRow(parts: Parts, target: LedgerTarget, findings: Findings, row: OutboxRow, size: number): Promise<void> {
  const id = `${target.name}/${row.item}`
  const checkpoint = await parts.store.read((view) => view.checkpoint(parts.log.origin, size))
  if (checkpoint === undefined) return findings.add({ what: 'removed', kind: 'checkpoint', id: String(size), detail: 'The outbox names a checkpoint that is not stored.' })
  // A stored note that was changed is named by the check of the tree; the row is then compared with nothing.
  const intact = await verifyPinnedCheckpoint(checkpoint.note, pinnedLogs(parts)).then(({ checkpoint: signed }) => signed.size === size, () => false)
  if (!intact) return
  const expected = checkpointRows(parts, [target.name], size, checkpoint.note)[0]
  const same = row.data !== undefined && expected?.data !== undefined && equalBytes(row.data, expected.data) && row.recordId === expected.recordId && row.digest === toHex(sha256(row.data)) && row.stream === expected.stream && row.key === undefined
  if (!same) findings.add({ what: 'altered', kind: 'outbox', id, detail: 'The outbox row is not the record of its checkpoint.' })
}
