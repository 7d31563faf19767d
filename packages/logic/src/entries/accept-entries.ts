import { equalBytes } from '@careledger/proof'
import { readStates } from '../log/entry-states.ts'
import { waitFor } from '../log/waiting.ts'
import { isLogicError, LogicError } from '../logic-error.ts'
import type { Parts } from '../parts.ts'
import { isStoreError, toLogicError } from '../to-logic-error.ts'
import { withLazyView } from './lazy-view.ts'
import { prepareWrite, rowSource, type PreparedWrite } from './prepare-write.ts'
import { readSignedEntry, type ReadEntry } from './read-signed-entry.ts'
import type { AcceptOptions, EntryReceipt, SignedEntry } from './signed-entry.ts'

/** Most entries in one call. */
export const acceptMax = 4096
/** How often a write is prepared again when a row it looked at changed meanwhile. */
const attemptsMax = 6

/**
 * Takes 1 to 4,096 signed entries, all or none, in one Write: form, custodian and commitment; author in force and each signature (a batch's
 * once); projection; sealing; store. The caller has authorised before and hands in its guards, claims and decisions. A retry (same ids, same
 * content) changes nothing and gives the same receipts. Receipts stand in the order given.
 *
 * Errors: INPUT_MALFORMED, INPUT_TOO_LARGE, COMMITMENT_MISMATCH, SIGNATURE_INVALID, KEY_UNKNOWN, KEY_REVOKED, CLOCK_SKEW, NOT_ALLOWED,
 * ENTRY_CONFLICT, STALE (a guard of the caller), BUSY, UNAVAILABLE: nothing was changed. OUTCOME_UNKNOWN: repeat with the same ids.
 */
export async function acceptEntries(parts: Parts, signed: readonly SignedEntry[], options: AcceptOptions): Promise<readonly EntryReceipt[]> {
  if (signed.length === 0) throw new LogicError('INPUT_MALFORMED', 'There is no entry.')
  if (signed.length > acceptMax) throw new LogicError('INPUT_TOO_LARGE', `One call takes at most ${acceptMax} entries.`, { details: { entriesMax: acceptMax } })
  const reads = signed.map((one) => readSignedEntry(parts, one))
  checkCall(reads, options.actor.party)
  const duplicates = await writeUntilFresh(parts, reads, options)
  if (duplicates.size < reads.length) parts.notices.stored(reads.length - duplicates.size)
  const wait = options.wait ?? 'stored'
  if (wait !== 'stored') await waitFor(parts, reads.map(({ entry }) => entry.id), wait, options.signal)
  return receiptsOf(parts, reads, duplicates, wait !== 'stored' || duplicates.size > 0)
}

function checkCall(reads: readonly ReadEntry[], party: string): void {
  const ids = new Set<string>()
  for (const { entry } of reads) {
    if (ids.has(entry.id)) throw new LogicError('INPUT_MALFORMED', 'One id stands twice in this call.', { details: { id: entry.id } })
    ids.add(entry.id)
    if (entry.author.party !== party) throw new LogicError('NOT_ALLOWED', 'Entries are handed in by their author.', { details: { id: entry.id } })
  }
}

/** Writes what is not there yet; gives the ids of what was. */
async function writeUntilFresh(parts: Parts, reads: readonly ReadEntry[], options: AcceptOptions): Promise<ReadonlySet<string>> {
  let refusal: unknown
  for (let attempt = 1; ; attempt++) {
    // The first attempt trusts known rows and that the ids are new: the store refuses if not, and only a refusal costs a look.
    const present = attempt === 1 ? new Set<string>() : await findPresent(parts, reads)
    if (refusal !== undefined && present.size === 0) throw toLogicError(refusal)
    const fresh = present.size === 0 ? reads : reads.filter(({ entry }) => !present.has(entry.id))
    if (fresh.length === 0) return present
    try {
      const { duplicates } = await writePrepared(parts, await prepare(parts, fresh, options))
      return new Set([...present, ...duplicates])
    } catch (error) {
      if (attempt === attemptsMax || refusal !== undefined || !isWorthALook(error)) throw toLogicError(error)
      if (isRowOfOurs(error, options)) forget(parts, error)
      else if (isLogicError(error)) refusal = await refusalOnFreshRows(parts, fresh, options, error)
      else if (!isStoreError(error, 'STORE_OUTCOME_UNKNOWN')) refusal = error
    }
  }
}

/** Refusals of identity and vault come out as LogicErrors, the store's as they are. */
async function prepare(parts: Parts, reads: readonly ReadEntry[], options: AcceptOptions): Promise<PreparedWrite> {
  try {
    return await withLazyView(parts.store, (view) => prepareWrite(parts, reads, rowSource(parts, view), options))
  } catch (error) {
    throw isStoreError(error) ? error : toLogicError(error)
  }
}

/** A refusal that rests on remembered rows is only believed when the rows as they stand now give it again; `undefined`: they do not. */
async function refusalOnFreshRows(parts: Parts, reads: readonly ReadEntry[], options: AcceptOptions, refusal: unknown): Promise<unknown> {
  parts.knownRows.clear()
  try {
    await prepare(parts, reads, options)
    return undefined
  } catch (error) {
    return isLogicError(error) ? error : refusal
  }
}

/** Documents first, so that no stored entry ever misses its own; they are taken back when the Write is refused. */
async function writePrepared(parts: Parts, { write, documents }: PreparedWrite): Promise<{ readonly duplicates: readonly string[] }> {
  try {
    for (const { id, bytes } of documents) await parts.documents.put(id, bytes)
    const result = await parts.store.write(write)
    if (result.duplicates.length > 0) await dropDocuments(parts, documents)
    return result
  } catch (error) {
    if (!isStoreError(error, 'STORE_OUTCOME_UNKNOWN')) await dropDocuments(parts, documents)
    throw error
  }
}

/** Best effort: what stays behind is ciphertext that nothing names, and `sweepDocuments` finds it. */
async function dropDocuments(parts: Parts, documents: PreparedWrite['documents']): Promise<void> {
  await Promise.allSettled(documents.map(({ id }) => parts.documents.delete(id)))
}

/** Ids that are stored with the same content. Errors: ENTRY_CONFLICT naming the first with another. */
async function findPresent(parts: Parts, reads: readonly ReadEntry[]): Promise<Set<string>> {
  const present = new Set<string>()
  for (let from = 0; from < reads.length; from += 1000) {
    const page = reads.slice(from, from + 1000)
    const stored = await parts.store.read((view) => view.entries(page.map(({ entry }) => entry.id)))
    page.forEach(({ entry, entryHash }, place) => {
      const found = stored[place]
      if (found === undefined) return
      if (!equalBytes(found.entryHash, entryHash)) throw new LogicError('ENTRY_CONFLICT', 'Another entry has this id.', { details: { id: entry.id } })
      present.add(entry.id)
    })
  }
  return present
}

function isWorthALook(error: unknown): boolean {
  if (isLogicError(error)) return !['SIGNATURE_INVALID', 'CORRUPTION', 'BUSY', 'UNAVAILABLE', 'CLOSED'].includes(error.code)
  return isStoreError(error, 'STORE_STALE', 'STORE_CONFLICT', 'STORE_CLAIMED', 'STORE_OUTCOME_UNKNOWN')
}

/** A row that this package looked at has changed: read it again. One that the caller guards has changed: the caller decides again. */
function isRowOfOurs(error: unknown, options: AcceptOptions): boolean {
  if (!isStoreError(error, 'STORE_STALE')) return false
  const { table, key } = (error as { details: { table?: unknown; key?: unknown } }).details
  return !(options.guards ?? []).some((guard) => guard.table === table && guard.key === key)
}

function forget(parts: Parts, error: unknown): void {
  const { table, key } = (error as { details: { table?: unknown; key?: unknown } }).details
  if (typeof table === 'string' && typeof key === 'string') parts.knownRows.forget(table, key)
  else parts.knownRows.clear()
}

async function receiptsOf(parts: Parts, reads: readonly ReadEntry[], duplicates: ReadonlySet<string>, look: boolean): Promise<readonly EntryReceipt[]> {
  const receipts: EntryReceipt[] = []
  for (let from = 0; from < reads.length; from += 1000) {
    const ids = reads.slice(from, from + 1000).map(({ entry }) => entry.id)
    const states = look ? await parts.store.read((view) => readStates(parts, view, ids)) : []
    ids.forEach((id, place) => receipts.push({ id, state: states[place]?.state ?? 'stored', index: states[place]?.index, duplicate: duplicates.has(id) }))
  }
  return receipts
}
