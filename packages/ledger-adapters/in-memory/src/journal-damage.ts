import { open } from 'node:fs/promises'
import { safeCause } from '@careledger/ledger-kit'
import { LedgerError } from '@careledger/ledger-spec'
import type { Block } from './block.ts'
import { CHECKSUM_OF_NOTHING, openLine, parseGenesis, readBlock, sealLine } from './journal-line.ts'
import { createJournalReader } from './journal-reader.ts'

/** One block that is not where, or not what, was written. */
export interface JournalDamage {
  readonly what: 'altered' | 'removed' | 'added' | 'swapped'
  readonly height: number
  /** Ids of the records that stand there now, as far as the line can be read. */
  readonly ids: readonly string[]
}

/** Most that are told of one journal. */
const damageMax = 1_000

/**
 * Reads a journal that may be damaged, changes nothing, and calls `onBlock` for whatever blocks can be read, by height. A sound one is read
 * as ever; of a damaged one the whole file is held in memory. LEDGER_UNAVAILABLE: it cannot be opened.
 */
export async function inspectJournal(path: string, onBlock: (block: Block) => void): Promise<{ readonly ledgerId: string; readonly damage: readonly JournalDamage[] }> {
  let ledgerId = '0'.repeat(32)
  const file = await open(path, 'r').catch((error: unknown) => {
    throw new LedgerError('LEDGER_UNAVAILABLE', 'The journal could not be opened', { cause: safeCause(error) })
  })
  try {
    const reader = createJournalReader({ genesis: (id) => { ledgerId = id }, block: onBlock })
    try {
      await reader.read(file)
      if (reader.next > 0) {
        reader.tail()
        return { ledgerId, damage: [] }
      }
    } catch (error) {
      if (!LedgerError.is(error, 'LEDGER_CORRUPTION')) throw error
    }
    const text = await file.readFile('utf8')
    return { ledgerId, damage: findDamage(text, reader.next, onBlock).slice(0, damageMax) }
  } finally {
    await file.close()
  }
}

interface Line {
  readonly text: string
  /** Which block it says it is; `undefined`: it is none. The genesis is 0. */
  readonly height: number | undefined
  readonly block?: Block | undefined
}

function findDamage(text: string, sound: number, onBlock: (block: Block) => void): readonly JournalDamage[] {
  const lines = text.split('\n').filter((line, at, all) => at < all.length - 1 || line !== '').map((line, at) => toLine(line, at))
  const byHeight = new Map<number, Line>()
  const damage = new Map<number, JournalDamage>()
  const name = (what: JournalDamage['what'], height: number, line?: Line): void => {
    if (!damage.has(height)) damage.set(height, { what, height, ids: line?.block?.records.map(({ id }) => id) ?? [] })
  }
  for (const line of lines) {
    if (line.height === undefined) continue
    if (byHeight.has(line.height)) name('added', line.height, line)
    else byHeight.set(line.height, line)
  }
  nameGaps(lines, byHeight, name)
  nameMisplaced([...byHeight.values()], name)
  nameAltered(byHeight, name)
  for (const height of [...byHeight.keys()].sort((a, b) => a - b)) {
    const block = byHeight.get(height)?.block
    if (block !== undefined && height >= sound) onBlock(block)
  }
  return [...damage.values()].sort((a, b) => a.height - b.height)
}

type Name = (what: JournalDamage['what'], height: number, line?: Line) => void

/** Heights that no line has: altered where a line stands in their place that is no block, removed otherwise. */
function nameGaps(lines: readonly Line[], byHeight: ReadonlyMap<number, Line>, name: Name): void {
  let last = -1
  for (let at = 0; at < lines.length; ) {
    let strange = 0
    while (at < lines.length && lines[at]?.height === undefined) {
      strange++
      at++
    }
    const next = lines[at]?.height ?? last + 1 + strange
    let gaps = 0
    for (let height = last + 1; height < next; height++) {
      if (byHeight.has(height)) continue
      gaps++
      name(strange > 0 ? 'altered' : 'removed', height)
    }
    if (strange > 0 && gaps === 0) name('added', last + 1)
    last = Math.max(last, lines[at]?.height ?? last)
    at++
  }
}

/** Lines in the order of the file whose heights are not in order: the ones that stand where another belongs. */
function nameMisplaced(lines: readonly Line[], name: Name): void {
  const heights = lines.map(({ height }) => height as number)
  const sorted = heights.toSorted((a, b) => a - b)
  lines.forEach((line, at) => { if (heights[at] !== sorted[at]) name('swapped', heights[at] as number, line) })
}

/**
 * Each line's checksum binds its text and the former line's checksum. Where it does not hold, the next line tells which of the two was
 * changed: it goes on from the checksum that was written.
 */
function nameAltered(byHeight: ReadonlyMap<number, Line>, name: Name): void {
  const sums = new Map<number, string>([[-1, CHECKSUM_OF_NOTHING]])
  for (const height of [...byHeight.keys()].sort((a, b) => a - b)) {
    const line = byHeight.get(height) as Line
    const former = sums.get(height - 1)
    const claimed = line.text.slice(0, 64)
    sums.set(height, claimed)
    if (former === undefined || openLine(former, line.text) !== undefined) continue
    name('altered', height, line)
    const next = byHeight.get(height + 1)
    const computed = sealLine(former, line.text.slice(65)).checksum
    if (next !== undefined && openLine(claimed, next.text) === undefined && openLine(computed, next.text) !== undefined) sums.set(height, computed)
  }
}

function toLine(text: string, at: number): Line {
  const json = text.slice(65)
  const block = readBlock(json)
  if (block !== undefined) return { text, height: block.height, block }
  if (at > 0) return { text, height: undefined }
  try {
    parseGenesis(json)
    return { text, height: 0 }
  } catch {
    return { text, height: undefined }
  }
}
