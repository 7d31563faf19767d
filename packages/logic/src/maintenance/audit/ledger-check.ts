import type { OutboxRow } from '@careledger/data-spec'
import { LedgerError } from '@careledger/ledger-spec'
import { equalBytes, fromUtf8, parseCheckpoint, treeRoot, verifyPinnedCheckpoint } from '@careledger/proof'
import { pinnedLogs } from '../../log/log-keys.ts'
import { checkpointStream } from '../../log/sign-checkpoint.ts'
import { tilesOf } from '../../log/stored-tiles.ts'
import type { LedgerTarget, Parts } from '../../parts.ts'
import type { Findings } from './findings.ts'

/** Asks one ledger for what the outbox says is final there, and for checkpoints of this log that the store does not have. */
export interface LedgerCheck {
  rows(rows: readonly OutboxRow[]): Promise<void>
  /** Why the ledger could not be asked, if it could not. */
  finish(): Promise<string | undefined>
}

export function createLedgerCheck(parts: Parts, target: LedgerTarget, findings: Findings): LedgerCheck {
  let problem: string | undefined
  const asking = async (body: () => Promise<void>): Promise<void> => {
    if (problem !== undefined) return
    try {
      await body()
    } catch (error) {
      if (!LedgerError.is(error)) throw error
      problem = `${target.name}: ${error.code}`
      if (error.code === 'LEDGER_CORRUPTION') findings.add({ what: 'altered', kind: 'ledger', id: `${target.name}/${String(error.details['height'] ?? '')}`, detail: 'The ledger contradicts itself.' })
    }
  }
  return {
    rows: (rows) => asking(async () => {
      const { pageMax } = target.ledger.describe().limits
      for (const stream of new Set(rows.map((row) => row.stream))) {
        const ofStream = rows.filter((row) => row.stream === stream)
        for (let from = 0; from < ofStream.length; from += pageMax) {
          const page = ofStream.slice(from, from + pageMax)
          const records = await target.ledger.getMany(stream, page.map((row) => row.recordId))
          page.forEach((row, place) => {
            const record = records[place]
            const id = `${target.name}/${row.item}`
            if (record === undefined) findings.add({ what: 'removed', kind: 'ledger', id, detail: 'The outbox says final, but the ledger does not show the record.' })
            else if (record.digest !== row.digest || record.key !== row.key || !sameData(record.data, row.data)) findings.add({ what: 'altered', kind: 'ledger', id, detail: 'The ledger holds another record than the outbox.', expected: row.digest, actual: record.digest })
          })
        }
      }
    }),
    async finish() {
      await asking(() => compareCheckpoints(parts, target, findings))
      await asking(() => namePlaces(target, findings))
      return problem
    },
  }
}

/** Places of the ledger that it says are not what was written; it gave what could be read of the rest. */
async function namePlaces({ name, ledger }: LedgerTarget, findings: Findings): Promise<void> {
  for (const { code, message, details = {} } of (await ledger.health()).problems) {
    if (code !== 'LEDGER_CORRUPTION') continue
    const what = changes.find((change) => change === details['what']) ?? 'altered'
    findings.add({ what, kind: 'ledger', id: `${name}/${details['height'] === undefined ? '' : `block ${String(details['height'])}`}`, detail: message })
  }
}

const changes = ['altered', 'removed', 'added', 'swapped'] as const

/** Every checkpoint on the ledger that this log signed is of a state of the stored tree. */
async function compareCheckpoints(parts: Parts, target: LedgerTarget, findings: Findings): Promise<void> {
  for (let after: string | undefined; ; ) {
    const page = await target.ledger.list(checkpointStream, { after, limit: target.ledger.describe().limits.pageMax })
    for (const record of page.records) {
      const checkpoint = record.data === undefined ? undefined : await verifyPinnedCheckpoint(fromUtf8(record.data), pinnedLogs(parts)).then((signed) => signed.checkpoint, () => undefined)
      if (checkpoint === undefined || checkpoint.size === 0) continue
      const root = await storedRoot(parts, checkpoint.size)
      const id = String(checkpoint.size)
      if (root === 'smaller') findings.add({ what: 'rolled-back', kind: 'checkpoint', id, detail: `The ledger ${target.name} holds a newer checkpoint than the store.` })
      else if (root !== undefined && !equalBytes(root, checkpoint.root)) findings.add({ what: 'altered', kind: 'ledger', id: `${target.name}/${id}`, detail: 'The ledger holds a checkpoint of another history.' })
    }
    if (page.next === undefined) return
    after = page.next
  }
}

/** The root at a size: of the checkpoint stored for it, whose own check stands elsewhere, or by the tiles. `smaller`: the tree has not got that far. */
async function storedRoot(parts: Parts, size: number): Promise<Uint8Array | 'smaller' | undefined> {
  const { origin } = parts.log
  return parts.store.read(async (view) => {
    const [tree, checkpoint] = await Promise.all([view.treeState(origin), view.checkpoint(origin, size)])
    if (size > tree.size) return 'smaller'
    try {
      return checkpoint === undefined ? await treeRoot(size, tilesOf(view, origin, tree.size)) : parseCheckpoint(checkpoint.note).root
    } catch {
      return undefined
    }
  })
}

function sameData(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a === undefined || b === undefined ? a === b : equalBytes(a, b)
}
