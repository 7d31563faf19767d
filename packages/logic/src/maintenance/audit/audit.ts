import { createProjector } from '../../entries/projector.ts'
import { createSignatureVerifier } from '../../entries/verify-signatures.ts'
import { LogicError } from '../../logic-error.ts'
import { anchoredTable, readAnchored } from '../../log/anchored-row.ts'
import { checkpointItem } from '../../log/checkpoint-item.ts'
import { logNetwork } from '../../log/log-network.ts'
import type { LedgerTarget, Parts } from '../../parts.ts'
import { toLogicError } from '../../to-logic-error.ts'
import { readHistory, type HistoryItem } from '../history.ts'
import { createErasures, erasureType, replayEntry } from '../replay.ts'
import { checkEntry, type CheckedEntry } from './check-entry.ts'
import { createDecisionCheck } from './decision-check.ts'
import { createFindings, type Finding, type Findings } from './findings.ts'
import { createLeafCheck } from './leaf-check.ts'
import { createLedgerCheck } from './ledger-check.ts'
import { createOutboxCheck } from './outbox-check.ts'
import { createSealedCheck } from './sealed-check.ts'
import { createShadowRows } from './shadow-rows.ts'
import { createTreeCheck } from './tree-check.ts'

export interface AuditProgress {
  readonly phase: 'entries' | 'rows' | 'ledgers'
  readonly done: number
  readonly total: number
}
export interface AuditReport {
  /** Nothing was found. */
  readonly ok: boolean
  /** At most 10,000; `findingsTotal` counts all. */
  readonly findings: readonly Finding[]
  readonly findingsTotal: number
  readonly checked: { readonly entries: number; readonly leaves: number; readonly rows: number; readonly checkpoints: number; readonly decisions: number; readonly outbox: number; readonly documents: number }
  /** Decisions that are too young to be covered by an entry: a change of those would not be seen. */
  readonly decisionsUncovered: number
  /** Entries whose payload cannot be read because their patient was erased. */
  readonly erased: number
  /** Ledgers that did not answer, with the code. */
  readonly unchecked: readonly string[]
  readonly seconds: number
  readonly leavesPerSecond: number
}

/**
 * Checks everything stored against the log and the ledgers: entries and signatures, sealed payloads and documents, leaves and chains, tiles,
 * checkpoints, projections (by replaying every entry), decisions, outbox, and what the ledgers hold. One pass over the entries in log order;
 * of each it keeps a row of what the projections should be, and of each chain its head. Changes nothing. Run it on a store that is not
 * being written to: rows written meanwhile may be named. Errors: those of the store.
 */
export async function audit(parts: Parts, onProgress: (progress: AuditProgress) => void = () => {}): Promise<AuditReport> {
  const began = performance.now()
  const { origin } = parts.log
  const size = (await parts.store.read((view) => view.treeState(origin))).size
  const findings = createFindings()
  const tables = new Map([...parts.networks.values()].flatMap((network) => Object.entries(network.tables)))
  const erasures = createErasures()
  const sealed = createSealedCheck(parts, findings)
  const shadow = createShadowRows(parts, findings, tables)
  const tree = createTreeCheck(parts, findings, size)
  const leaves = createLeafCheck(parts, findings, size)
  const decisions = createDecisionCheck(parts, findings)
  const ledgers = parts.targets.map((target) => createLedgerCheck(parts, target, findings))
  const outboxes = parts.targets.map((target, place) => createOutboxCheck(parts, target, findings, size, (rows) => ledgers[place]!.rows(rows)))
  const verifier = createSignatureVerifier()
  const failed = new Set<string>()
  let entries = 0
  let leafCount = 0
  let nextIndex = 0
  let erased = 0

  const replay = async ({ id, stored }: HistoryItem, checked: CheckedEntry | undefined): Promise<void> => {
    const opened = stored === undefined || checked === undefined ? 'shut' : await sealed.check(stored, checked.entry)
    if (stored === undefined || checked === undefined || opened === 'shut') return void failed.add(id)
    const { entry, signature, entryHash } = checked
    try {
      const projector = createProjector(parts, shadow.source)
      if (entry.type === erasureType) erasures.erased(entry)
      if ((await replayEntry(parts, projector, stored, entry, { verifier, signature, entryHash, opened })) === 'erased') {
        erased++
        erasures.unopened(entry)
        return
      }
      shadow.apply(projector.touched())
      if (entry.network === logNetwork.name && opened !== undefined && opened !== 'erased') await decisions.covered(id, opened.payload)
    } catch (error) {
      failed.add(id)
      refusalFinding(findings, id, error, checked)
    }
  }

  for await (const page of readHistory(parts)) {
    const checked = page.map(({ id, stored, leaf }) => {
      if (stored !== undefined) return checkEntry(findings, stored)
      findings.add({ what: 'removed', kind: 'entry', id, detail: `The entry of leaf ${leaf?.index ?? '?'} is missing.` })
      return undefined
    })
    const placed = page.flatMap(({ leaf }, place) => (leaf === undefined || leaf.index >= size ? [] : [{ leaf, checked: checked[place] }]))
    if (placed.length > 0) {
      const hashes = await leaves.page(placed)
      await tree.push(hashes)
      nextIndex = (placed.at(-1)?.leaf.index ?? 0) + 1
      const first = nextIndex - hashes.length
      const known = placed.flatMap(({ leaf, checked: one }) => (one === undefined ? [] : [{ id: one.entry.id, network: one.entry.network, chain: leaf.chain, leafHash: hashes[leaf.index - first] as Uint8Array }]))
      for (const outbox of outboxes) await outbox.page(known)
    }
    for (const [place, item] of page.entries()) await replay(item, checked[place])
    entries += page.length
    leafCount += placed.length
    onProgress({ phase: 'entries', done: entries, total: Math.max(size, entries) })
  }

  await leavesMissing(parts, findings, nextIndex, size)
  const checkpoints = await tree.finish()
  await leaves.finish()
  await sealed.finish()
  for (const id of erasures.uncovered()) {
    const emptied = sealed.emptied.has(id)
    failed.add(id)
    findings.add({ what: emptied ? 'removed' : 'unreadable', kind: 'sealed', id, detail: emptied ? 'The sealed payload is missing.' : 'The patient\'s keys are gone, but no entry says that the patient was erased.' })
  }
  const rows = await shadow.compare(tables, (key) => [...failed].some((id) => key.includes(id)))
  onProgress({ phase: 'rows', done: rows, total: rows })
  const covered = await decisions.finish()
  let outbox = 0
  for (const [place, one] of outboxes.entries()) {
    const { seen, finalSize } = await one.finish()
    outbox += seen
    await checkAnchored(parts, parts.targets[place] as LedgerTarget, findings, finalSize)
  }
  await checkContradictions(parts, findings)
  const documents = await checkDocuments(parts, findings, sealed.documents)
  const unchecked = (await Promise.all(ledgers.map((one) => one.finish()))).flatMap((problem) => problem ?? [])
  onProgress({ phase: 'ledgers', done: parts.targets.length, total: parts.targets.length })

  const seconds = (performance.now() - began) / 1000
  return {
    ok: findings.count() === 0, findings: findings.list(), findingsTotal: findings.count(),
    checked: { entries, leaves: leafCount, rows, checkpoints, decisions: covered.seen, outbox, documents },
    decisionsUncovered: covered.uncovered, erased, unchecked, seconds, leavesPerSecond: Math.round(leafCount / seconds),
  }
}

/** What the write path would have refused cannot have come in by it. */
function refusalFinding(findings: Findings, id: string, error: unknown, { sound }: CheckedEntry): void {
  const refusal = toLogicError(error)
  if (!(refusal instanceof LogicError)) throw error
  if (!sound) return
  const what = refusal.code === 'SIGNATURE_INVALID' ? 'altered' : 'added'
  findings.add({ what, kind: 'entry', id, detail: `The write path would refuse this entry: ${refusal.message}` })
}

/** The leaves end before the tree does. What the newest checkpoint says decides which of them is right. */
async function leavesMissing(parts: Parts, findings: Findings, from: number, size: number): Promise<void> {
  const newest = await parts.store.read((view) => view.checkpoint(parts.log.origin))
  const end = Math.min(size, newest?.size ?? size)
  for (let index = from; index < Math.min(end, from + 1000); index++) findings.add({ what: 'removed', kind: 'leaf', id: String(index), detail: 'A leaf at the end of the log is missing.' })
  if (from < size && end <= from) findings.add({ what: 'altered', kind: 'tile', id: 'size', detail: 'The size of the tree is larger than its leaves and its newest checkpoint.' })
}

/** What is said to be final of the checkpoints was handed to the ledger, and is no less than what the outbox knows to be final. */
async function checkAnchored(parts: Parts, target: LedgerTarget, findings: Findings, finalSize: number): Promise<void> {
  const { size, handed } = await parts.store.read(async (view) => {
    const row = await readAnchored(view, target.name)
    const rows = row === undefined || row.size === 0 ? [] : await view.outboxOf(checkpointItem(parts.log.origin, row.size))
    return { size: row?.size, handed: rows.some((candidate) => candidate.target === target.name) }
  })
  const id = `${anchoredTable}/${target.name}`
  if (size === undefined && finalSize > 0) findings.add({ what: 'removed', kind: 'projection', id, detail: 'The row that names the newest final checkpoint is missing.' })
  else if (size !== undefined && size < finalSize) findings.add({ what: 'rolled-back', kind: 'projection', id, detail: 'The row names an older checkpoint than the newest that is final.' })
  else if (size !== undefined && size > 0 && !handed) findings.add({ what: 'altered', kind: 'projection', id, detail: 'The row names a checkpoint that was never handed to the ledger.' })
}

/** What the store keeps twice, and where it says two things; not where a row of it was found already. */
async function checkContradictions(parts: Parts, findings: Findings): Promise<void> {
  for (const { kind, id } of await parts.store.maintenance.contradictions()) {
    if (kind === 'index' && !findings.has('projection', id)) findings.add({ what: 'altered', kind: 'projection', id, detail: 'The row is not found by what it carries, or by what it does not.' })
    if (kind === 'count' && !findings.has('outbox')) findings.add({ what: 'altered', kind: 'outbox', id, detail: 'The kept count of outbox rows is wrong.' })
    if (kind === 'place' && !findings.has('leaf')) findings.add({ what: 'altered', kind: 'leaf', id, detail: 'The entry has both an index and a place among the waiting, or neither.' })
  }
}

/** Documents that no entry names. */
async function checkDocuments(parts: Parts, findings: Findings, named: ReadonlySet<string>): Promise<number> {
  let seen = 0
  for (let after: string | undefined; ; ) {
    const ids = await parts.documents.list({ after, limit: 1000 })
    seen += ids.length
    for (const id of ids) if (!named.has(id)) findings.add({ what: 'added', kind: 'document', id, detail: 'No entry names this document. A crash while writing may have left it; sweep it.' })
    after = ids.at(-1)
    if (after === undefined) return seen
  }
}
