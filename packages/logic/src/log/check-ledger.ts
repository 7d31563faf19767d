import type { ListedRecord } from '@careledger/ledger-spec'
import { equalBytes, fromUtf8, treeRoot, verifyPinnedCheckpoint, type Checkpoint } from '@careledger/proof'
import { LogicError } from '../logic-error.ts'
import type { LedgerTarget, Parts } from '../parts.ts'
import { raiseAnchored, readAnchored } from './anchored-row.ts'
import { pinnedLogs } from './log-keys.ts'
import { checkpointStream } from './sign-checkpoint.ts'
import { tilesOf } from './stored-tiles.ts'

/**
 * Reads the checkpoints that the ledger got since the last look and compares this log's own with the store: a larger one than the tree means
 * that the store was rolled back, one of another root that two histories were signed. Checkpoints of other logs, and ones that this log's key
 * did not sign, say nothing. Remembers how far it read. Errors: ROLLED_BACK, CORRUPTION, and every LedgerError.
 */
export async function checkLedger(parts: Parts, target: LedgerTarget): Promise<void> {
  const known = await parts.store.read((view) => readAnchored(view, target.name))
  let after = known?.position
  let newest = 0
  for (;;) {
    const page = await target.ledger.list(checkpointStream, { after, limit: target.ledger.describe().limits.pageMax })
    for (const record of page.records) {
      const own = await ownCheckpoint(parts, record)
      if (own !== undefined) await compare(parts, target, own)
      newest = Math.max(newest, own?.size ?? 0)
    }
    after = page.records.at(-1)?.position ?? after
    if (page.next === undefined) break
  }
  if (after !== known?.position || newest > (known?.size ?? 0)) await raiseAnchored(parts, target.name, { size: newest, position: after })
}

/** The checkpoint in a ledger record, if this log's key signed it. */
async function ownCheckpoint(parts: Parts, record: ListedRecord): Promise<Checkpoint | undefined> {
  if (record.data === undefined) return undefined
  try {
    return (await verifyPinnedCheckpoint(fromUtf8(record.data), pinnedLogs(parts))).checkpoint
  } catch {
    return undefined
  }
}

async function compare(parts: Parts, target: LedgerTarget, checkpoint: Checkpoint): Promise<void> {
  const { origin } = parts.log
  const { size, root } = await parts.store.read(async (view) => {
    const tree = await view.treeState(origin)
    return { size: tree.size, root: checkpoint.size <= tree.size && checkpoint.size > 0 ? await treeRoot(checkpoint.size, tilesOf(view, origin, tree.size)) : undefined }
  })
  const details = { ledger: target.name, onLedger: checkpoint.size, inStore: size }
  if (checkpoint.size > size) throw new LogicError('ROLLED_BACK', 'The ledger holds a newer checkpoint of this log than the store: the store was rolled back.', { details })
  if (root !== undefined && !equalBytes(root, checkpoint.root)) throw new LogicError('CORRUPTION', 'The ledger holds another history of this log than the store.', { details })
}
