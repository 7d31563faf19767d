import type { OutboxRow, ReadView } from '@careledger/data-spec'
import { epochKey, leafHash, ledgerBlind, toBase64url, type ProofAnchor } from '@careledger/proof'
import type { LedgerTarget, Parts } from '../parts.ts'
import { checkpointItem } from './checkpoint-item.ts'
import type { FoundEntry } from './logged-entry.ts'

/** What the outbox knows to be final: rows of one item, with their ledgers. */
export interface FinalRow {
  readonly target: LedgerTarget
  readonly row: OutboxRow
  readonly for: 'record' | 'checkpoint'
}

/** Final records of a checkpoint, and of the entry when asked for. */
export async function finalRows(parts: Parts, view: ReadView, size: number, entryId: string | undefined): Promise<readonly FinalRow[]> {
  const [checkpoint, record] = await Promise.all([view.outboxOf(checkpointItem(parts.log.origin, size)), entryId === undefined ? [] : view.outboxOf(entryId)])
  const targets = new Map(parts.targets.map((target) => [target.name, target]))
  const final = (rows: readonly OutboxRow[], kind: FinalRow['for']): readonly FinalRow[] =>
    rows.flatMap((row) => {
      const target = targets.get(row.target)
      return target === undefined || row.state !== 'final' ? [] : [{ target, row, for: kind }]
    })
  return [...final(checkpoint, 'checkpoint'), ...final(record, 'record')]
}

/**
 * Anchors with the ledger's own evidence where it gives some; a ledger that does not answer costs the evidence only. `secret` is the
 * subject's, to disclose with what a record's digest was hidden.
 */
export async function toAnchors(rows: readonly FinalRow[], found: FoundEntry, secret: Uint8Array | undefined): Promise<readonly ProofAnchor[]> {
  return Promise.all(rows.map(async ({ target, row, for: kind }) => {
    const { ledgerId, kind: ledgerKind } = target.ledger.describe()
    const evidence = await evidenceOf(target, row)
    const blind = kind === 'record' && row.epoch !== undefined && secret !== undefined ? toBase64url(ledgerBlind(epochKey(secret, row.epoch), leafHash(found.leaf.leafInput))) : undefined
    return {
      ledgerId, kind: ledgerKind, stream: row.stream, id: row.recordId, digest: row.digest, for: kind,
      ...(blind === undefined ? {} : { blind }), ...(evidence === undefined ? {} : { evidence }),
    }
  }))
}

/** `<format> <base64url bytes>`, where the ledger gives evidence and it fits the file. */
async function evidenceOf(target: LedgerTarget, row: OutboxRow): Promise<string | undefined> {
  if (!target.ledger.describe().capabilities.has('evidence')) return undefined
  const evidence = await target.ledger.evidence.evidence(row.stream, row.recordId).catch(() => undefined)
  const text = evidence === undefined ? undefined : `${evidence.format} ${toBase64url(evidence.bytes)}`
  return text === undefined || text.length > 65_536 ? undefined : text
}
