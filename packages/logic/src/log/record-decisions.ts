import { commit, createDecisionTally, DECISIONS_MEDIA_TYPE, decisionRangeBytes, entryBytes, instantText, newEntryId, newSalt, signEntries, toBase64url, type DecisionRange, type Entry, type EntrySignature } from '@careledger/proof'
import { acceptEntries } from '../entries/accept-entries.ts'
import { readRow } from '../entries/rows.ts'
import type { AcceptOptions } from '../entries/signed-entry.ts'
import { isLogicError } from '../logic-error.ts'
import type { Parts } from '../parts.ts'
import { decisionCoverTable, logNetwork, type DecisionCover } from './log-network.ts'

/** Most decisions that one entry covers; their hashes keep its payload below what is stored beside the entry. */
const coverMax = 10_000
/** Most entries written together. */
const rangesMax = 64

/**
 * Writes one entry for each second (`decisionsEveryMs`) whose decisions no entry covers yet and are older than `decisionsSettleMs`: the Merkle
 * root of that second's decisions. Gives the number of decisions, 0 when there are none or another process was faster; `more`: call again at
 * once. Errors: those of `acceptEntries`, and the store's.
 */
export async function recordDecisions(parts: Parts): Promise<{ readonly covered: number; readonly more: boolean }> {
  const { decisionsSettleMs, decisionsEveryMs } = parts.settings
  const settled = parts.now().getTime() - decisionsSettleMs
  // Where nothing is waited for, neither is the end of a second.
  return decisionsSettleMs === 0 ? record(parts, settled, Infinity) : record(parts, settled - (settled % decisionsEveryMs), decisionsEveryMs)
}

/**
 * Covers every decision that is stored, however young, and waits until the log has the entries. For a process that no longer takes requests
 * and has the store to itself: where another one still writes, a decision with a smaller id may come later. Errors: those of `recordDecisions`.
 */
export async function coverDecisions(parts: Parts, options: { readonly signal?: AbortSignal | undefined } = {}): Promise<void> {
  while ((await record(parts, Infinity, parts.settings.decisionsEveryMs, { wait: 'sequenced', signal: options.signal })).more);
}

async function record(parts: Parts, settledBefore: number, windowMs: number, options: Pick<AcceptOptions, 'wait' | 'signal'> = {}): Promise<{ readonly covered: number; readonly more: boolean }> {
  const { ranges, more } = await nextRanges(parts, settledBefore, windowMs)
  if (ranges.length === 0) return { covered: 0, more: false }
  const { author, signer, custodian } = parts.system
  const openings = ranges.map((range) => ({ salt: newSalt(), mediaType: DECISIONS_MEDIA_TYPE, payload: decisionRangeBytes(range) }))
  const entries = openings.map((opening): Entry => ({
    v: 1, id: newEntryId(parts.now()), network: logNetwork.name, type: 'decisions-recorded', custodian,
    payload: toBase64url(commit(opening)), issuedAt: instantText(parts.now()), author,
  }))
  const signatures = await signEntries(entries, signer)
  const signed = entries.map((entry, place) => ({ entry: entryBytes(entry), signature: signatures[place] as EntrySignature, opening: openings[place] }))
  try {
    await acceptEntries(parts, signed, { actor: { party: author.party }, ...options })
    return { covered: ranges.reduce((sum, { count }) => sum + count, 0), more }
  } catch (error) {
    if (isLogicError(error, 'STALE')) return { covered: 0, more: false }
    throw error
  }
}

/** The decisions after the last covered one, as far as they have settled, each range within one window of time. */
async function nextRanges(parts: Parts, settledBefore: number, windowMs: number): Promise<{ readonly ranges: readonly DecisionRange[]; readonly more: boolean }> {
  const covered = await parts.store.read((view) => view.projection(decisionCoverTable, 'newest'))
  let after = covered === undefined ? undefined : (readRow(covered) as unknown as DecisionCover).last
  const ranges: DecisionRange[] = []
  let tally = createDecisionTally()
  let window: number | undefined
  let count = 0
  const close = (): void => {
    const range = tally.range()
    if (range !== undefined) ranges.push(range)
    tally = createDecisionTally()
    count = 0
  }
  for (;;) {
    const page = await parts.store.read((view) => view.decisions({ after, limit: 1000 }))
    for (const decision of page.rows) {
      const at = decisionTime(decision.id)
      if (at >= settledBefore) return close(), { ranges, more: false }
      const own = Math.floor(at / windowMs)
      if (own !== window || count === coverMax) close()
      if (ranges.length === rangesMax) return { ranges, more: true }
      window = own
      tally.add(decision)
      count++
    }
    if (page.next === undefined) return close(), { ranges, more: false }
    after = page.next
  }
}

/** The time in a UUIDv7, in milliseconds since 1970. */
export function decisionTime(id: string): number {
  return parseInt(id.slice(0, 8) + id.slice(9, 13), 16)
}
