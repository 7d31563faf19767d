import type { NewOutboxRow } from '@careledger/data-spec'
import { checkpointBody, checkpointLedgerData, checkpointRecordId, cosignCheckpoint, rootOfFrontier, sha256, signCheckpoint, signingLog, toHex, type TreeState } from '@careledger/proof'
import type { Parts } from '../parts.ts'
import { pinnedLogs } from './log-keys.ts'
import { checkpointItem } from './checkpoint-item.ts'

/** Stream of checkpoints on every ledger. */
export const checkpointStream = 'checkpoints'

/** Signs a tree state with the log's key and lets the platform's own witness cosign it. Gives the note. */
export async function signTree(parts: Parts, tree: TreeState): Promise<string> {
  const note = await signCheckpoint(checkpointBody({ origin: parts.log.origin, size: tree.size, root: rootOfFrontier(tree) }), parts.log.signer)
  return parts.cosigner === undefined ? note : cosignCheckpoint(note, parts.cosigner.name, parts.cosigner.signer, parts.now())
}

/** One outbox row of a checkpoint for each named ledger. The data is body and log signature only, so that it is the same whoever cosigns. */
export function checkpointRows(parts: Parts, targets: readonly string[], size: number, note: string): readonly NewOutboxRow[] {
  const data = checkpointLedgerData(note, signingLog(note, pinnedLogs(parts))?.key ?? parts.log.signer.publicJwk)
  const row = {
    item: checkpointItem(parts.log.origin, size), stream: checkpointStream, recordId: toHex(checkpointRecordId(parts.log.origin, size)),
    digest: toHex(sha256(data)), data, createdAt: parts.now(),
  }
  return targets.map((target) => ({ ...row, target }))
}
