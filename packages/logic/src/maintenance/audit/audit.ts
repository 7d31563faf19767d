import type { Contradiction, StoredEntry } from '@careledger/data-spec'
import { parseEntry, verifyPinnedCheckpoint, type Entry } from '@careledger/proof'
import { createProjector, type RowSource } from '../../entries/projector.ts'
import { isOfExport } from '../../exports/export-rows.ts'
import { LogicError } from '../../logic-error.ts'
import { anchoredTable, readAnchored } from '../../log/anchored-row.ts'
import { checkpointItem } from '../../log/checkpoint-item.ts'
import { pinnedLogs } from '../../log/log-keys.ts'
import { logNetwork } from '../../log/log-network.ts'
import type { LedgerTarget, Parts } from '../../parts.ts'
import { toLogicError } from '../../to-logic-error.ts'
import { readHistory, type HistoryItem } from '../history.ts'
import { createErasures, erasureType, replayEntry } from '../replay.ts'
import { createBatchVerifier } from './batch-verifier.ts'
import { checkEntry, type CheckedEntry } from './check-entry.ts'
import { createDamage, type Damage, type UncheckedBecause } from './damage.ts'
import { createDecisionCheck } from './decision-check.ts'
import { createFindings, type Finding, type Findings } from './findings.ts'
import { createLeafCheck } from './leaf-check.ts'
import { createLedgerCheck } from './ledger-check.ts'
import { createOutboxCheck } from './outbox-check.ts'
import { checkRoutes } from './routes-check.ts'
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
  /** Entries that cannot be read because their patient was erased, as a `subject-erased` entry says. */
  readonly erased: number
  /** What depends on an entry that was found damaged or missing; the finding stands for it. */
  readonly uncheckedBecause: readonly UncheckedBecause[]
  /** Ledgers that did not answer, with the code; what needs the keys of a vault that did not open. */
  readonly unchecked: readonly string[]
  /** What is stored and no audit can judge, because nothing that is signed says what it should be. The same for every store. */
  readonly notCovered: readonly string[]
  readonly seconds: number
  readonly leavesPerSecond: number
}

export interface AuditOptions {
  readonly onProgress?: ((progress: AuditProgress) => void) | undefined
  /** Vaults that did not open, by custodian, with the reason: each is a finding, and nothing is checked that needs keys. */
  readonly shutVaults?: ReadonlyMap<string, string> | undefined
}

/** See the threat model for what each means. */
const notCovered = [
  'claims (single-use values of the last minutes and hours): no entry says which were used',
  'ended sessions: a session that was ended and one that expired leave the same',
  'the lease of the sequencer: who works now',
  'row versions, outbox order, times, attempts, receipts and reasons: how the work went, not what was recorded',
] as const

/**
 * Checks everything stored against the log and the ledgers: entries and signatures, sealed payloads and documents, leaves and chains, tiles,
 * checkpoints, projections (by replaying every entry), decisions, outbox, and what the ledgers hold. One pass over the entries in log order;
 * of each it keeps a row of what the projections should be, and of each chain its head. Changes nothing. Run it on a store that is not
 * being written to: rows written meanwhile may be named. Errors: those of the store.
 */
export async function audit(parts: Parts, { onProgress = () => {}, shutVaults = new Map() }: AuditOptions = {}): Promise<AuditReport> {
  const began = performance.now()
  const keyless = shutVaults.size > 0
  const { origin } = parts.log
  const { size, newest } = await parts.store.read(async (view) => {
    const [tree, checkpoint] = await Promise.all([view.treeState(origin), view.checkpoint(origin)])
    return { size: tree.size, newest: checkpoint }
  })
  const findings = createFindings()
  const tables = new Map([...parts.networks.values()].flatMap((network) => Object.entries(network.tables)))
  const erasures = createErasures()
  const damage = createDamage(parts, findings)
  const sealed = createSealedCheck(parts, findings)
  const shadow = createShadowRows(parts, findings, tables)
  const tree = createTreeCheck(parts, findings, size)
  const leaves = createLeafCheck(parts, findings, size)
  const decisions = createDecisionCheck(parts, findings)
  const ledgers = parts.targets.map((target) => createLedgerCheck(parts, target, findings))
  const outboxes = parts.targets.map((target, place) => createOutboxCheck(parts, target, findings, size, damage, (rows) => ledgers[place]!.rows(rows)))
  const verifier = createBatchVerifier()
  let entries = 0
  let leafCount = 0
  let nextIndex = 0

  const replay = async ({ id, stored, leaf }: HistoryItem, checked: CheckedEntry | undefined): Promise<void> => {
    const opened = stored === undefined || checked === undefined ? 'shut' : await sealed.check(stored, checked.entry)
    if (stored === undefined || checked === undefined || opened === 'shut') return damage.found(id, { entry: checked?.entry, stored, leaf })
    const { entry, signature, entryHash } = checked
    if (entry.type === erasureType) {
      erasures.erased(entry)
      if (entry.subject !== undefined) damage.covered(entry.subject)
    }
    const run = async (source: RowSource): Promise<void> => {
      const projector = createProjector(parts, source)
      const findPatient = async (): Promise<string | undefined> => {
        const patient = await damage.patientOf(entry, stored)
        if (patient !== undefined && damage.causeOf(entry) === undefined) throw new LogicError('NOT_ALLOWED', 'There is no such subject here.', { details: { id } })
        return patient
      }
      if ((await replayEntry(parts, projector, stored, entry, { verifier, signature, entryHash, opened, findPatient })) === 'erased') {
        erasures.unopened(entry)
        return damage.unopened(entry)
      }
      shadow.apply(projector.touched())
    }
    try {
      const cause = damage.causeOf(entry)
      if (cause === undefined && !damage.any()) await run(shadow.source)
      else await run(damage.source(shadow.source, shadow.adopt, false)).catch(() => run(damage.source(shadow.source, shadow.adopt, true)))
      if (entry.network === logNetwork.name && typeof opened === 'object' && 'payload' in opened) await decisions.covered(id, opened.payload)
    } catch (error) {
      const refusal = toLogicError(error)
      if (!(refusal instanceof LogicError)) throw error
      const cause = refusal.code === 'SIGNATURE_INVALID' ? undefined : damage.causeOf(entry)
      if (cause !== undefined) return damage.follows(entry, cause)
      damage.found(id, { entry })
      refusalFinding(findings, id, refusal, checked)
    }
  }

  const signedSize = newest === undefined ? 0 : await verifyPinnedCheckpoint(newest.note, pinnedLogs(parts)).then(({ checkpoint }) => checkpoint.size, () => 0)
  if (signedSize > size) findings.add({ what: 'rolled-back', kind: 'tile', id: 'size', detail: 'The tree is smaller than its newest signed checkpoint.' })
  await checkVaults(parts, findings, shutVaults)
  const contradictions = await parts.store.maintenance.contradictions()
  const unplaced = await markUnplaced(parts, contradictions, damage, sealed.documents)

  for await (const page of ahead(readHistory(parts))) {
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
      const known = placed.flatMap(({ leaf, checked: one }) => (one === undefined ? [] : [{ index: leaf.index, id: one.entry.id, network: one.entry.network, chain: leaf.chain, leafHash: hashes[leaf.index - first] as Uint8Array }]))
      for (const outbox of outboxes) await outbox.page(known)
    }
    if (!keyless) for (const [place, item] of page.entries()) await replay(item, checked[place])
    entries += page.length
    leafCount += placed.length
    onProgress({ phase: 'entries', done: entries, total: Math.max(size, entries) })
  }

  await leavesMissing(parts, findings, nextIndex, size)
  const checkpoints = await tree.finish()
  await leaves.finish()
  await sealed.finish()
  for (const entry of erasures.uncovered()) nameUnopened(findings, damage, entry, sealed.emptied.has(entry.id))
  if (!keyless) await damage.settle(shadow.source)
  const rows = keyless ? 0 : await shadow.compare(damage)
  onProgress({ phase: 'rows', done: rows, total: rows })
  const covered = keyless ? { seen: 0, uncovered: 0 } : await decisions.finish()
  let outbox = 0
  for (const [place, one] of outboxes.entries()) {
    const { seen, finalSize } = await one.finish()
    outbox += seen
    await checkAnchored(parts, parts.targets[place] as LedgerTarget, findings, finalSize)
  }
  if (!keyless) await checkRoutes(parts, findings)
  checkContradictions(contradictions, findings, unplaced)
  const documents = keyless ? 0 : await checkDocuments(parts, findings, sealed.documents)
  const unchecked = [...shutVaults.keys()].map((custodian) => `vault ${custodian}: without its keys no payload, row, document or decision was checked`).concat((await Promise.all(ledgers.map((one) => one.finish()))).flatMap((problem) => problem ?? []))
  onProgress({ phase: 'ledgers', done: parts.targets.length, total: parts.targets.length })

  const seconds = (performance.now() - began) / 1000
  return {
    ok: findings.count() === 0, findings: findings.list(), findingsTotal: findings.count(),
    checked: { entries, leaves: leafCount, rows, checkpoints, decisions: covered.seen, outbox, documents },
    decisionsUncovered: covered.uncovered, erased: erasures.covered(), uncheckedBecause: damage.list(), unchecked, notCovered, seconds, leavesPerSecond: Math.round(leafCount / seconds),
  }
}

/** Vaults that did not open, and what the others say of themselves. */
async function checkVaults(parts: Parts, findings: Findings, shut: ReadonlyMap<string, string>): Promise<void> {
  for (const [custodian, reason] of shut) findings.add({ what: 'altered', kind: 'vault', id: custodian, detail: reason })
  for (const custodian of parts.vaults.keys()) {
    for (const problem of (await parts.vaults.get(custodian)?.health())?.problems ?? []) findings.add({ what: 'altered', kind: 'vault', id: custodian, detail: problem })
  }
}

/** The next page is read while the present one is looked at. */
async function* ahead<T>(pages: AsyncGenerator<T>): AsyncGenerator<T> {
  let next = pages.next()
  try {
    for (;;) {
      const { value, done } = await next
      if (done === true) return
      next = pages.next()
      next.catch(() => undefined)
      yield value
    }
  } finally {
    await next.catch(() => undefined)
  }
}

/** What the write path would have refused cannot have come in by it. */
function refusalFinding(findings: Findings, id: string, refusal: LogicError, { sound }: CheckedEntry): void {
  if (!sound) return
  const what = refusal.code === 'SIGNATURE_INVALID' ? 'altered' : 'added'
  findings.add({ what, kind: 'entry', id, detail: `The write path would refuse this entry: ${refusal.message}` })
}

/** An entry that does not open and that no erasure covers. One without a payload has nothing to open: it follows the one that has. */
function nameUnopened(findings: Findings, damage: Damage, entry: Entry, emptied: boolean): void {
  const cause = damage.causeOf(entry)
  if (entry.payload === undefined && cause !== undefined && cause !== entry.id) return damage.follows(entry, cause)
  damage.found(entry.id, { entry })
  const keys = entry.subject !== undefined && damage.hasKeys(entry.subject)
  if (emptied) findings.add({ what: 'removed', kind: 'sealed', id: entry.id, detail: 'The sealed payload is missing.' })
  else if (keys) findings.add({ what: 'altered', kind: 'sealed', id: entry.id, detail: 'The sealed payload does not name the patient of its subject.' })
  else findings.add({ what: 'unreadable', kind: 'sealed', id: entry.id, detail: 'The patient\'s keys are gone, but no entry says that the patient was erased.' })
}

/** Entries that have no place in the log and do not wait for one: their leaf was taken away, or they were added. They are not replayed, so what they made is doubtful. Gives their ids. */
async function markUnplaced(parts: Parts, contradictions: readonly Contradiction[], damage: Damage, documents: Set<string>): Promise<ReadonlySet<string>> {
  const unplaced = new Set<string>()
  for (const { kind, id } of contradictions) {
    if (kind !== 'place') continue
    const { stored, leaf } = await parts.store.read(async (view) => ({ stored: (await view.entries([id]))[0], leaf: await view.leafOf(parts.log.origin, id) }))
    if (stored === undefined || leaf !== undefined) continue
    unplaced.add(id)
    const entry = readEntry(stored)
    damage.found(id, { entry, stored })
    if (stored.documentId !== undefined) documents.add(stored.documentId)
  }
  return unplaced
}

function readEntry(stored: StoredEntry): Entry | undefined {
  try {
    return parseEntry(stored.canonical)
  } catch {
    return undefined
  }
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
function checkContradictions(contradictions: readonly Contradiction[], findings: Findings, unplaced: ReadonlySet<string>): void {
  for (const { kind, id } of contradictions) {
    if (kind === 'index' && !findings.has('projection', id)) findings.add({ what: 'altered', kind: 'projection', id, detail: 'The row is not found by what it carries, or by what it does not.' })
    if (kind === 'count' && !findings.has('outbox')) findings.add({ what: 'altered', kind: 'outbox', id, detail: 'The kept count of outbox rows is wrong.' })
    if (kind === 'place' && !findings.has('leaf') && !findings.has('entry', id)) {
      if (unplaced.has(id)) findings.add({ what: 'added', kind: 'entry', id, detail: 'The entry has no index and does not wait for one, and the log has no gap.' })
      else findings.add({ what: 'altered', kind: 'leaf', id, detail: 'The entry has both an index and a place among the waiting, or waits and is not there.' })
    }
    if (kind === 'head' && !findings.has('leaf')) findings.add({ what: 'added', kind: 'leaf', id: `head of ${id.split('/').slice(0, 2).join('/')}`, detail: 'A chain has a head and no such leaf.' })
    if (kind === 'tree' && !findings.has('leaf') && !findings.has('tile')) findings.add({ what: 'added', kind: 'tile', id: `tree of ${id}`, detail: 'A log has a tree of another size than its leaves.' })
  }
}

/** Documents that no entry names. */
async function checkDocuments(parts: Parts, findings: Findings, named: ReadonlySet<string>): Promise<number> {
  let seen = 0
  for (let after: string | undefined; ; ) {
    const ids = await parts.documents.list({ after, limit: 1000 })
    seen += ids.length
    for (const id of ids) if (!named.has(id) && !(await isOfExport(parts, id))) findings.add({ what: 'added', kind: 'document', id, detail: 'No entry names this document. A crash while writing may have left it; sweep it.' })
    after = ids.at(-1)
    if (after === undefined) return seen
  }
}
