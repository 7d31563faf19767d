/** What happened to something stored. */
export type FindingWhat = 'altered' | 'removed' | 'added' | 'swapped' | 'rolled-back' | 'unreadable'
export type FindingKind = 'entry' | 'sealed' | 'document' | 'projection' | 'leaf' | 'tile' | 'checkpoint' | 'decision' | 'outbox' | 'ledger' | 'vault'

export interface Finding {
  readonly what: FindingWhat
  readonly kind: FindingKind
  /** Entry id, `table/key`, log index, tile path, checkpoint size, outbox item, custodian of a vault: the row's own name. */
  readonly id: string
  /** In words, without anything from a payload. */
  readonly detail: string
}

/** A finding with what should stand there and what does, where that is known: two that hold each other's are swapped. */
export interface NewFinding extends Finding {
  readonly expected?: string | undefined
  readonly actual?: string | undefined
}

export interface Findings {
  add(finding: NewFinding): void
  /** Whether something of this kind was found: at this id, or at all. */
  has(kind: FindingKind, id?: string): boolean
  /** How many; more than are listed when there are many. */
  count(): number
  /** At most `findingsMax`, in the order found, swaps named as such. */
  list(): readonly Finding[]
}

export const findingsMax = 10_000

export function createFindings(): Findings {
  const found: NewFinding[] = []
  let count = 0
  const names = new Set<string>()
  return {
    has: (kind, id) => names.has(id === undefined ? kind : `${kind} ${id}`),
    add(finding) {
      names.add(finding.kind).add(`${finding.kind} ${finding.id}`)
      count++
      if (found.length < findingsMax) found.push(finding)
    },
    count: () => count,
    list() {
      const misplaced = new Map(found.flatMap((one) => (one.what === 'altered' && one.actual !== undefined ? [[`${one.kind} ${one.actual}`, one]] : [])))
      return found.map(({ expected, actual, ...finding }) => {
        const elsewhere = finding.what === 'altered' && expected !== undefined && expected !== actual ? misplaced.get(`${finding.kind} ${expected}`) : undefined
        return elsewhere === undefined ? finding : { ...finding, what: 'swapped', detail: `What belongs here stands at ${elsewhere.id}.` }
      })
    },
  }
}
