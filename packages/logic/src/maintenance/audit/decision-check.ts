import type { Decision } from '@careledger/data-spec'
import { createDecisionTally, decisionHash, fromBase64url, parseDecisionRange, toHex, type DecisionRange } from '@careledger/proof'
import type { Parts } from '../../parts.ts'
import type { Findings } from './findings.ts'

/** Compares stored decisions with the entries that say which there were, entry after entry. */
export interface DecisionCheck {
  /** The payload of a `decisions-recorded` entry, in log order. */
  covered(entryId: string, payload: Uint8Array): Promise<void>
  /** Gives how many decisions were looked at, and how many of them no entry covers yet. */
  finish(): Promise<{ readonly seen: number; readonly uncovered: number }>
}

export function createDecisionCheck(parts: Parts, findings: Findings): DecisionCheck {
  let last: string | undefined
  let seen = 0

  /** Decisions after the last one covered, up to `end`. */
  async function* between(end: string | undefined): AsyncGenerator<Decision> {
    for (let after = last; ; ) {
      const page = await parts.store.read((view) => view.decisions({ after, limit: 1000 }))
      for (const decision of page.rows) {
        if (end !== undefined && decision.id > end) return
        yield decision
      }
      if (page.next === undefined) return
      after = page.next
    }
  }

  return {
    async covered(entryId, payload) {
      const range = parseDecisionRange(payload)
      if (range === undefined) return
      const found: Decision[] = []
      for await (const decision of between(range.last)) {
        seen++
        if (decision.id < range.first) findings.add({ what: 'added', kind: 'decision', id: decision.id, detail: 'A decision stands where the log says there was none.' })
        else found.push(decision)
      }
      last = range.last
      const tally = createDecisionTally()
      found.forEach((decision) => tally.add(decision))
      if (tally.range()?.root !== range.root) compare(findings, entryId, range, found)
    },
    async finish() {
      let uncovered = 0
      for await (const _ of between(undefined)) uncovered++
      return { seen: seen + uncovered, uncovered }
    },
  }
}

/** Aligns what the entry names with what is stored. */
function compare(findings: Findings, entryId: string, range: DecisionRange, found: readonly Decision[]): void {
  const bytes = fromBase64url(range.hashes)
  const expected = Array.from({ length: range.count }, (_, place) => toHex(bytes.subarray(place * 16, place * 16 + 16)))
  const actual = found.map(shortHash)
  const [isExpected, isThere] = [new Set(expected), new Set(actual)]
  const changed: { readonly decision: Decision; readonly expected: string }[] = []
  let place = 0
  for (const [at, decision] of found.entries()) {
    while (place < expected.length && expected[place] !== actual[at] && isExpected.has(actual[at] as string) && !isThere.has(expected[place] as string)) {
      findings.add({ what: 'removed', kind: 'decision', id: `${entryId}#${place++}`, detail: 'A decision that the log names is missing.' })
    }
    if (expected[place] === actual[at]) place++
    else if (found.length - at > expected.length - place || place >= expected.length || isThere.has(expected[place] as string)) findings.add({ what: 'added', kind: 'decision', id: decision.id, detail: 'A decision stands where the log says there was none.' })
    else changed.push({ decision, expected: expected[place++] as string })
  }
  for (; place < expected.length; place++) findings.add({ what: 'removed', kind: 'decision', id: `${entryId}#${place}`, detail: 'A decision that the log names is missing.' })
  for (const one of changed) {
    const other = changed.length > 100 ? undefined : changed.find((two) => two !== one && shortHash({ ...two.decision, id: one.decision.id }) === one.expected)
    findings.add({ what: other === undefined ? 'altered' : 'swapped', kind: 'decision', id: one.decision.id, detail: other === undefined ? 'The decision is not the one that was recorded.' : `What belongs here stands at ${other.decision.id}.` })
  }
}

function shortHash(decision: Decision): string {
  return toHex(decisionHash(decision).subarray(0, 16))
}
