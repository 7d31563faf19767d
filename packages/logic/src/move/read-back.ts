import type { OutboxRow } from '@careledger/data-spec'
import type { Ledger, LedgerRecord } from '@careledger/ledger-spec'
import { equalBytes } from '@careledger/proof'
import { checkpointItem, checkpointItemSize } from '../log/checkpoint-item.ts'
import { checkpointStream } from '../log/sign-checkpoint.ts'
import { createRecordCheck } from '../maintenance/audit/outbox-check.ts'
import type { LedgerTarget, Parts } from '../parts.ts'
import { networkOf, outboxOfAll, placedEntry } from './copy-page.ts'
import type { Move, MoveFinding } from './move-row.ts'

/** What reading back gives: how many records were compared, and what is not as it should be. */
export interface ReadBack {
  readonly checked: number
  readonly findings: readonly MoveFinding[]
  readonly findingsTotal: number
}

const findingsMax = 100

/**
 * Reads the new ledger back and compares it with store and log: each record listed is, byte for byte, the one of its outbox row; and every
 * entry of the network below `mark`, walked in the log's order, was among them. On a checkpointed ledger the same for checkpoints, from the
 * first one that was handed to it. Records of others in the stream say nothing. Keeps one bit for each entry of the log in memory.
 * `onPage` is called after each page and ends the reading by throwing. Errors: those of store and ledger.
 */
export async function readBack(parts: Parts, target: LedgerTarget, move: Pick<Move, 'network' | 'way'>, mark: number, onPage: (checked: number) => Promise<void>): Promise<ReadBack> {
  const findings: MoveFinding[] = []
  let findingsTotal = 0
  const find = (what: MoveFinding['what'], item: string): void => {
    findingsTotal++
    if (findings.length < findingsMax) findings.push({ what, item })
  }
  let checked = 0
  const report = async (count: number): Promise<void> => {
    checked += count
    await onPage(checked)
  }
  const expected = await finalCheckpoints(parts, target.name)
  const sizes = new Set<number>()
  await listAll(parts, target, checkpointStream, async (row, record) => {
    const size = checkpointItemSize(parts.log.origin, row.item)
    if (size === undefined) return
    sizes.add(size)
    if (!isRecordOf(row, record)) find('altered', row.item)
  }, report)
  for (const size of expected) if (!sizes.has(size)) find('lost', checkpointItem(parts.log.origin, size))
  if (move.way === 'indexed') {
    const seen = new Uint8Array(Math.ceil(mark / 8))
    await listAll(parts, target, move.network, async (row, record, index) => {
      if (index !== undefined && index < mark) seen[index >> 3] = (seen[index >> 3] as number) | (1 << (index & 7))
      if (!isRecordOf(row, record)) find('altered', row.item)
    }, report)
    await walkEntries(parts, target.name, move.network, mark, (index) => ((seen[index >> 3] as number) & (1 << (index & 7))) !== 0, find)
  }
  return { checked, findings, findingsTotal }
}

/** The same for the entries of a network between two sizes of the log, by their record ids. */
export async function readBackTail(parts: Parts, target: LedgerTarget, network: string, from: number, to: number): Promise<readonly MoveFinding[]> {
  const findings: MoveFinding[] = []
  for (let next = from; next < to; next += pageOf(target.ledger)) {
    const rows = await parts.store.read(async (view) => {
      const leaves = (await view.leaves(parts.log.origin, { from: next, limit: Math.min(pageOf(target.ledger), to - next) })).filter(({ chain }) => networkOf(chain) === network)
      return (await outboxOfAll(view, leaves.map(({ id }) => id))).map((known, place) => ({ id: leaves[place]?.id as string, row: known.find((one) => one.target === target.name) }))
    })
    const handed = rows.flatMap(({ row }) => row ?? [])
    const records = handed.length === 0 ? [] : await target.ledger.getMany(network, handed.map(({ recordId }) => recordId))
    for (const { id, row } of rows) if (row === undefined) findings.push({ what: 'lost', item: id })
    handed.forEach((row, place) => {
      const record = records[place]
      if (record === undefined) findings.push({ what: 'lost', item: row.item })
      else if (!isRecordOf(row, record)) findings.push({ what: 'altered', item: row.item })
    })
  }
  return findings
}

function pageOf(ledger: Ledger): number {
  return Math.min(1000, ledger.describe().limits.pageMax)
}

type OnRecord = (row: OutboxRow, record: LedgerRecord, index: number | undefined) => Promise<void>

/** Every final record of a stream that has an outbox row of this ledger. */
async function listAll(parts: Parts, { name, ledger }: LedgerTarget, stream: string, onRecord: OnRecord, onPage: (count: number) => Promise<void>): Promise<void> {
  for (let after: string | undefined; ; ) {
    const page = await ledger.list(stream, { after, limit: pageOf(ledger) })
    const known = await parts.store.read((view) => Promise.all(page.records.map(async ({ id }) => {
      const row = await view.outboxByRecord(name, id)
      return { row, index: row === undefined ? undefined : (await view.leafOf(parts.log.origin, row.item))?.index }
    })))
    for (const [place, record] of page.records.entries()) {
      const { row, index } = known[place] as (typeof known)[number]
      if (row !== undefined && row.stream === stream) await onRecord(row, record, index)
    }
    await onPage(known.filter(({ row }) => row !== undefined).length)
    if (page.next === undefined) return
    after = page.next
  }
}

/** Every entry of the network below `mark`: the list has shown its record, and the row that the record was compared with is the entry's. */
async function walkEntries(parts: Parts, target: string, network: string, mark: number, shown: (index: number) => boolean, find: (what: MoveFinding['what'], item: string) => void): Promise<void> {
  const isTrue = createRecordCheck(parts)
  for (let from = 0; from < mark; from += 1000) {
    const { leaves, rows } = await parts.store.read(async (view) => {
      const page = (await view.leaves(parts.log.origin, { from, limit: Math.min(1000, mark - from) })).filter(({ chain }) => networkOf(chain) === network)
      return { leaves: page, rows: await outboxOfAll(view, page.map(({ id }) => id)) }
    })
    for (const [place, leaf] of leaves.entries()) {
      const row = rows[place]?.find((one) => one.target === target)
      if (row === undefined || !shown(leaf.index)) find('lost', leaf.id)
      else if (!(await isTrue(placedEntry(leaf), row))) find('altered', leaf.id)
    }
  }
}

/** Sizes of the checkpoints that the outbox says are final on the ledger. */
async function finalCheckpoints(parts: Parts, target: string): Promise<readonly number[]> {
  const sizes: number[] = []
  for (let after: string | undefined; ; ) {
    const page = await parts.store.read((view) => view.outboxRows({ target, state: 'final', after, limit: 1000 }))
    sizes.push(...page.rows.flatMap(({ item }) => checkpointItemSize(parts.log.origin, item) ?? []))
    if (page.next === undefined) return sizes
    after = page.next
  }
}

function isRecordOf(row: OutboxRow, record: LedgerRecord): boolean {
  const sameData = row.data === undefined || record.data === undefined ? row.data === record.data : equalBytes(row.data, record.data)
  return record.digest === row.digest && record.key === row.key && sameData
}
