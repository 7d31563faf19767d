import { commit, instantText, newEntryId, newSalt, signEntry, toBase64url, entryBytes, type Entry } from '@careledger/proof'
import { acceptEntries } from '../entries/accept-entries.ts'
import { readRow } from '../entries/rows.ts'
import type { AcceptOptions } from '../entries/signed-entry.ts'
import { isLogicError } from '../logic-error.ts'
import type { Parts } from '../parts.ts'
import { createDecisionTally, DECISIONS_MEDIA_TYPE, decisionRangeBytes } from './decision-root.ts'
import { decisionCoverTable, logNetwork, type DecisionCover } from './log-network.ts'

/** Most decisions that one entry covers; their hashes keep its payload below what is stored beside the entry. */
export const coverMax = 10_000

/**
 * Writes one entry about the decisions that no entry covers yet and that are older than `decisionsSettleMs`; gives their number, 0 when there
 * are none or another process was faster. Errors: those of `acceptEntries`, and the store's.
 */
export async function recordDecisions(parts: Parts): Promise<number> {
  return record(parts, parts.now().getTime() - parts.settings.decisionsSettleMs)
}

/**
 * Covers every decision that is stored, however young, and waits until the log has the entries. For a process that no longer takes requests
 * and has the store to itself: where another one still writes, a decision with a smaller id may come later. Errors: those of `recordDecisions`.
 */
export async function coverDecisions(parts: Parts, options: { readonly signal?: AbortSignal | undefined } = {}): Promise<void> {
  while ((await record(parts, Infinity, { wait: 'sequenced', signal: options.signal })) === coverMax);
}

async function record(parts: Parts, settledBefore: number, options: Pick<AcceptOptions, 'wait' | 'signal'> = {}): Promise<number> {
  const range = await nextRange(parts, settledBefore)
  if (range === undefined) return 0
  const opening = { salt: newSalt(), mediaType: DECISIONS_MEDIA_TYPE, payload: decisionRangeBytes(range) }
  const { author, signer, custodian } = parts.system
  const entry: Entry = {
    v: 1, id: newEntryId(parts.now()), network: logNetwork.name, type: 'decisions-recorded', custodian,
    payload: toBase64url(commit(opening)), issuedAt: instantText(parts.now()), author,
  }
  try {
    await acceptEntries(parts, [{ entry: entryBytes(entry), signature: await signEntry(entry, signer), opening }], { actor: { party: author.party }, ...options })
    return range.count
  } catch (error) {
    if (isLogicError(error, 'STALE')) return 0
    throw error
  }
}

/** The decisions after the last covered one, as far as they have settled. */
async function nextRange(parts: Parts, settledBefore: number) {
  const covered = await parts.store.read((view) => view.projection(decisionCoverTable, 'newest'))
  let after = covered === undefined ? undefined : (readRow(covered) as unknown as DecisionCover).last
  const tally = createDecisionTally()
  for (let count = 0; count < coverMax; ) {
    const page = await parts.store.read((view) => view.decisions({ after, limit: 1000 }))
    for (const decision of page.rows) {
      if (decisionTime(decision.id) >= settledBefore) return tally.range()
      tally.add(decision)
      count++
    }
    if (page.next === undefined) break
    after = page.next
  }
  return tally.range()
}

/** The time in a UUIDv7, in milliseconds since 1970. */
export function decisionTime(id: string): number {
  return parseInt(id.slice(0, 8) + id.slice(9, 13), 16)
}
