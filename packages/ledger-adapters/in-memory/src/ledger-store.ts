import { randomBytes } from 'node:crypto'
import { LedgerError } from '@careledger/ledger-spec'
import type { NewRecord } from '@careledger/ledger-spec'
import type { Block } from './block.ts'
import { openJournalFile, type JournalFile } from './journal-file.ts'
import { inspectJournal, type JournalDamage } from './journal-damage.ts'
import { openJournalFollower, type JournalFollower } from './journal-follower.ts'
import { createLedgerState, type LedgerState } from './ledger-state.ts'
import type { CheckedSettings } from './settings.ts'

/** What every client of one ledger shares: its state, and the one place where blocks are made. */
export interface LedgerStore {
  readonly ledgerId: string
  readonly state: LedgerState
  /** Set for a read-only ledger. */
  readonly follower: JournalFollower | undefined
  readonly readOnly: boolean
  /** What an inspected journal has that was not written so. */
  readonly damage: readonly JournalDamage[]
  /** One block, durable when resolved. False: an id of it is taken or being written, nothing stands. */
  commit(stream: string, records: readonly NewRecord[], writer: string): Promise<boolean>
  /** Members of a private stream; `undefined` for a public one. */
  members(stream: string): ReadonlySet<string> | undefined
  /** LEDGER_CONFLICT when the stream has records or other members. */
  openPrivate(stream: string, members: readonly string[]): void
  problem(): string | undefined
  close(): Promise<void>
}

interface Draft {
  readonly stream: string
  readonly records: readonly NewRecord[]
  readonly writer: string
  readonly resolve: (accepted: boolean) => void
  readonly reject: (error: unknown) => void
}

export async function openLedgerStore(settings: CheckedSettings, now: () => number): Promise<LedgerStore> {
  const state = createLedgerState({ finalAfterMs: settings.finalAfterMs, now })
  const { journal } = settings
  if (journal?.inspect === true) {
    const { ledgerId, damage } = await inspectJournal(journal.path, state.apply)
    return { ...blockMaker(state, undefined, now), ledgerId, follower: undefined, readOnly: true, damage }
  }
  if (journal?.readOnly === true) {
    const follower = await openJournalFollower(journal.path, state.apply)
    return { ...blockMaker(state, undefined, now), ledgerId: follower.ledgerId, follower, readOnly: true, damage: [], close: follower.close }
  }
  const file = journal === undefined ? undefined : await openJournalFile(journal.path, state.apply)
  return { ...blockMaker(state, file, now), ledgerId: file?.ledgerId ?? randomBytes(16).toString('hex'), follower: undefined, readOnly: false, damage: [] }
}

/** Takes all drafts that wait, writes them in one go, then shows them: group commit across streams and clients. */
function blockMaker(state: LedgerState, file: JournalFile | undefined, now: () => number): Omit<LedgerStore, 'ledgerId' | 'follower' | 'readOnly' | 'damage'> {
  const privateMembers = new Map<string, ReadonlySet<string>>()
  const taken = new Set<string>()
  let drafts: Draft[] = []
  let working: Promise<void> | undefined

  function commit(stream: string, records: readonly NewRecord[], writer: string): Promise<boolean> {
    const names = records.map((record) => `${stream}/${record.id}`)
    if (records.some((record, index) => state.find(stream, record.id) !== undefined || taken.has(names[index] ?? ''))) return Promise.resolve(false)
    for (const name of names) taken.add(name)
    return new Promise<boolean>((resolve, reject) => {
      drafts.push({ stream, records, writer, resolve, reject })
      working ??= work().finally(() => { working = undefined })
    }).finally(() => { for (const name of names) taken.delete(name) })
  }

  async function work(): Promise<void> {
    await Promise.resolve()
    while (drafts.length > 0) {
      const batch = drafts
      drafts = []
      await write(batch)
    }
  }

  async function write(batch: readonly Draft[]): Promise<void> {
    const at = now()
    const blocks = batch.map(({ stream, records, writer }, index): Block => ({ height: state.height() + 1 + index, at, stream, writer, records }))
    try {
      const standing = file === undefined ? blocks.length : await file.append(blocks)
      for (const block of blocks.slice(0, standing)) state.apply(block)
      for (const draft of batch.slice(0, standing)) draft.resolve(true)
      const refused = new LedgerError('LEDGER_UNAVAILABLE', 'The disk did not take the append')
      for (const draft of batch.slice(standing)) draft.reject(refused)
    } catch (error) {
      for (const draft of batch) draft.reject(error)
    }
  }

  return {
    state,
    commit,
    members: (stream) => privateMembers.get(stream),
    openPrivate(stream, members) {
      const there = privateMembers.get(stream)
      const same = there !== undefined && there.size === new Set(members).size && members.every((member) => there.has(member))
      if (same) return
      if (there !== undefined || state.hasRecords(stream)) throw new LedgerError('LEDGER_CONFLICT', 'The stream exists already', { details: { stream } })
      privateMembers.set(stream, new Set(members))
    },
    problem: () => file?.problem(),
    async close() {
      await working
      await file?.close()
    },
  }
}
