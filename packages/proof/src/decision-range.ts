import { concat, toBase64url, utf8 } from './bytes.ts'
import { canonicalBytes, parseCanonical } from './canonical-json.ts'
import { taggedHash } from './hash.ts'
import { leafHash } from './leaf.ts'
import { appendLeaves, rootOfFrontier, type TreeState } from './tree-state.ts'

/** A decision as the store keeps it: its id, the patient it is about, and the canonical bytes of the record. */
export interface LoggedDecision {
  readonly id: string
  readonly about?: string | undefined
  readonly bytes: Uint8Array
}

export const DECISIONS_MEDIA_TYPE = 'application/careledger-decisions+json'

/** What a `decisions-recorded` entry says of decisions that stand next to each other in the order of their ids. */
export interface DecisionRange {
  /** Ids of the first and the last; both inclusive. */
  readonly first: string
  readonly last: string
  readonly count: number
  /** RFC 9162 root over `H("decision", id, about or nothing, bytes)` in that order; base64url. */
  readonly root: string
  /** The first 16 bytes of each of these hashes, joined; base64url. They name the decision that was changed. */
  readonly hashes: string
}

/** `H("decision", id, about or nothing, bytes)`, 32 bytes. */
export const decisionHash = (decision: LoggedDecision): Uint8Array => taggedHash('decision', utf8(decision.id), utf8(decision.about ?? ''), decision.bytes)

/** Adds decisions, one after another, and keeps 16 bytes of each. */
export const createDecisionTally = (): { add(decision: LoggedDecision): void; range(): DecisionRange | undefined } => {
  let tree: TreeState = { size: 0, frontier: [] }
  let first: string | undefined
  let last = ''
  const hashes: Uint8Array[] = []
  return {
    add(decision) {
      const hash = decisionHash(decision)
      tree = appendLeaves(tree, [leafHash(hash)])
      hashes.push(hash.slice(0, 16))
      first ??= decision.id
      last = decision.id
    },
    range: () => (first === undefined ? undefined : { first, last, count: tree.size, root: toBase64url(rootOfFrontier(tree)), hashes: toBase64url(concat(...hashes)) }),
  }
}

export const decisionRangeBytes = (range: DecisionRange): Uint8Array => canonicalBytes({ v: 1, ...range })

/** `undefined` for anything that `decisionRangeBytes` would not write. */
export const parseDecisionRange = (bytes: Uint8Array): DecisionRange | undefined => {
  try {
    const { v, first, last, count, root, hashes, ...rest } = parseCanonical(bytes) as Record<string, unknown>
    if (v !== 1 || Object.keys(rest).length > 0) return undefined
    if (typeof first !== 'string' || typeof last !== 'string' || typeof count !== 'number' || typeof root !== 'string' || typeof hashes !== 'string') return undefined
    return first <= last && count > 0 ? { first, last, count, root, hashes } : undefined
  } catch {
    return undefined
  }
}
