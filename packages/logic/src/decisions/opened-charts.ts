import type { Guard, Seen } from '@careledger/data-spec'
import { createBoundedMap, type KeyVault } from '@careledger/identity'
import { toBase64url } from '@careledger/proof'
import type { Opening } from '../entries/network-definition.ts'
import type { RecordRow } from '../hospital/tables.ts'

/** A `record` row, opened. */
export interface OpenedRow {
  /** Entry id. */
  readonly id: string
  readonly row: RecordRow
}

/**
 * What of one patient's chart lies open in this process, so that it need not be opened again. It belongs to one mark (`RowMark` of the chart), that
 * is, to one state of the patient's rows: whoever reads another mark in its snapshot gets another one. Only a permit leads here.
 */
export interface OpenedChart {
  /** Every row, newest first by entry id; `undefined`: not all of them are open. */
  readonly rows: readonly OpenedRow[] | undefined
  row(id: string): RecordRow | undefined
  opening(id: string): Opening | undefined
  /** Whether to open the whole: it is asked for, or a part of it for the second time. Never again once it was found to be too large. */
  worthOpening(whole: boolean): boolean
  tooLarge(): void
  /** `bytes`: of the rows' plaintexts. */
  keepRows(rows: readonly OpenedRow[], bytes: number): void
  keepRow(id: string, row: RecordRow, bytes: number): void
  keepOpening(id: string, opening: Opening): void
  /** Bytes of plaintext rows that it may still take; what has no room is opened each time. */
  readonly room: number
}

/** An answer that was given, with everything that must still be so for the same answer to be given again. */
export interface KeptAnswer<A extends object = object, D = unknown> {
  readonly answer: A
  /** The decision that it was given under. */
  readonly decision: D
  readonly guards: readonly Guard[]
  readonly seen: readonly Seen[]
  /** Milliseconds since 1970; exclusive. */
  readonly until: number
}

/**
 * The opened charts of this process, bounded in bytes and in time, and answers that were made of them. Nothing is decided here: a kept answer is given out
 * by nobody but `keptAnswer`, which has the store look at all that it rests on.
 */
export interface OpenedCharts {
  /** Whether anything is kept at all. */
  readonly keeps: boolean
  /** A name holds caller and question. */
  answer(name: string): KeptAnswer | undefined
  /** Notes that it was asked; whether it was before. */
  askedBefore(name: string): boolean
  /** Kept with the chart, as long as that has this mark and there is room: at most 100 of one chart. */
  keepAnswer(name: string, mark: { readonly patient: string; readonly value: Uint8Array }, answer: KeptAnswer): void
  dropAnswer(name: string): void
  /** For `authorize` alone, once it has permitted. `mark`: as the snapshot has it. */
  of(whose: { readonly custodian: string; readonly patient: string }, mark: Uint8Array): OpenedChart
  forget(patient: string): void
  /** Drops what nobody used for five minutes, and every chart whose keys are gone: another process may have erased the patient. */
  sweep(vaults: Pick<ReadonlyMap<string, KeyVault>, 'get'>): Promise<void>
  figures(): OpenedFigures
}

export interface OpenedFigures {
  readonly charts: number
  readonly bytes: number
  /** Charts and payloads that were open when they were asked for, and that were not. */
  readonly hits: number
  readonly misses: number
}

/** Held in memory at most, as counted here; a chart takes a quarter of it at most. */
export const openedBytesMax = 128 * 1024 * 1024
const idleMs = 300_000
const answersMax = 100
const namesMax = 10_000
/** What an object takes beside its text, and how much larger a parsed row or payload is than its bytes (with its text); measured generously. */
const objectBytes = 400
const rowFactor = 4
const payloadFactor = 8

interface Kept {
  readonly custodian: string
  readonly mark: string
  readonly chart: OpenedChart
  /** Names of the answers kept with it, the one kept longest ago first, and what they take. */
  readonly answers: Map<string, number>
  bytes: number
  usedAt: number
  /** It was dropped: whoever still holds it adds nothing. */
  gone: boolean
}

/** `bytesMax` 0: nothing is kept. `elapsedMs` never runs backwards. */
export function createOpenedCharts({ bytesMax = openedBytesMax, elapsedMs = () => performance.now() }: { readonly bytesMax?: number | undefined; readonly elapsedMs?: (() => number) | undefined } = {}): OpenedCharts {
  const charts = new Map<string, Kept>()
  const answers = new Map<string, { readonly patient: string; readonly answer: KeptAnswer }>()
  const asked = createBoundedMap<string, true>(namesMax)
  let bytes = 0
  let hits = 0
  let misses = 0

  const drop = (patient: string): void => {
    const kept = charts.get(patient)
    if (kept === undefined) return
    kept.gone = true
    bytes -= kept.bytes
    charts.delete(patient)
    for (const name of kept.answers.keys()) answers.delete(name)
  }
  const dropAnswer = (name: string): void => {
    const kept = charts.get(answers.get(name)?.patient ?? '')
    const freed = kept?.answers.get(name) ?? 0
    answers.delete(name)
    if (kept?.answers.delete(name) !== true) return
    kept.bytes -= freed
    bytes -= freed
  }
  const use = (patient: string, kept: Kept): void => {
    kept.usedAt = elapsedMs()
    charts.delete(patient)
    charts.set(patient, kept)
  }
  /** Whether there is room; makes it by dropping those used longest ago. */
  const take = (kept: Kept, more: number): boolean => {
    if (kept.gone || kept.bytes + more > bytesMax / 4) return false
    kept.bytes += more
    bytes += more
    for (const [patient, other] of charts) {
      if (bytes <= bytesMax) break
      if (other !== kept) drop(patient)
    }
    return true
  }
  const count = (open: boolean): void => void (open ? hits++ : misses++)

  return {
    keeps: bytesMax > 0,
    answer(name) {
      const found = answers.get(name)
      const kept = found === undefined ? undefined : charts.get(found.patient)
      if (found === undefined || kept === undefined) return undefined
      use(found.patient, kept)
      return found.answer
    },
    askedBefore(name) {
      const before = asked.get(name) === true
      if (!before) asked.set(name, true)
      return before
    },
    keepAnswer(name, { patient, value }, answer) {
      const kept = charts.get(patient)
      if (kept === undefined || kept.mark !== toBase64url(value) || kept.answers.has(name)) return
      const size = 2 * sizeOf(answer.answer) + name.length + objectBytes * (4 + answer.seen.length)
      if (!take(kept, size)) return
      kept.answers.set(name, size)
      answers.set(name, { patient, answer })
      const [oldest] = kept.answers.keys()
      if (kept.answers.size > answersMax && oldest !== undefined) dropAnswer(oldest)
    },
    dropAnswer,
    of({ custodian, patient }, given) {
      const mark = toBase64url(given)
      let kept = charts.get(patient)
      if (kept === undefined || kept.mark !== mark || kept.custodian !== custodian) {
        drop(patient)
        const made: Kept = { custodian, mark, bytes: objectBytes, usedAt: 0, gone: bytesMax === 0, answers: new Map(), chart: createChart((more) => take(made, more), () => (made.gone ? 0 : Math.max(0, bytesMax / 4 - made.bytes)), count) }
        kept = made
        bytes += made.gone ? 0 : made.bytes
      }
      if (!kept.gone) use(patient, kept)
      return kept.chart
    },
    forget: drop,
    async sweep(vaults) {
      for (const [patient, { custodian, usedAt }] of [...charts]) {
        if (elapsedMs() - usedAt > idleMs || (await vaults.get(custodian)?.patient(patient)) === undefined) drop(patient)
      }
    },
    figures: () => ({ charts: charts.size, bytes, hits, misses }),
  }
}

/** Bytes of a plain value in memory, roughly: its texts, and something for every member. */
function sizeOf(value: unknown): number {
  if (typeof value === 'string') return value.length + 16
  if (typeof value !== 'object' || value === null) return 8
  if (value instanceof Uint8Array) return value.length
  let size = 40
  for (const member of Object.values(value)) size += 8 + sizeOf(member)
  return size
}

function createChart(take: (bytes: number) => boolean, room: () => number, asked: (open: boolean) => void): OpenedChart {
  const openings = new Map<string, Opening>()
  const single = new Map<string, RecordRow>()
  let rows: readonly OpenedRow[] | undefined
  let before: 'nothing' | 'part' | 'too large' = 'nothing'
  return {
    get rows() {
      asked(rows !== undefined)
      return rows
    },
    row: (id) => single.get(id),
    opening(id) {
      const opening = openings.get(id)
      asked(opening !== undefined)
      return opening
    },
    worthOpening(whole) {
      if (before === 'too large') return false
      const worth = whole || before === 'part'
      before = 'part'
      return worth
    },
    tooLarge: () => void (before = 'too large'),
    keepRows(all, bytes) {
      if (rows !== undefined || !take(bytes * rowFactor + all.length * 2 * objectBytes)) return
      rows = all
      for (const { id, row } of all) single.set(id, row)
    },
    keepRow(id, row, bytes) {
      if (!single.has(id) && take(bytes * rowFactor + objectBytes)) single.set(id, row)
    },
    keepOpening(id, opening) {
      if (!openings.has(id) && take(opening.payload.length * payloadFactor + objectBytes)) openings.set(id, opening)
    },
    get room() {
      return room() / rowFactor
    },
  }
}
