import type { KeyVault } from '@careledger/identity'
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

/** The opened charts of this process, bounded in bytes and in time. Nothing is decided here and nothing stands here that a decision rests on. */
export interface OpenedCharts {
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
/** What an object takes beside its text, and how much larger a parsed row or payload is than its bytes (with its text); measured generously. */
const objectBytes = 400
const rowFactor = 4
const payloadFactor = 8

interface Kept {
  readonly custodian: string
  readonly mark: string
  readonly chart: OpenedChart
  bytes: number
  usedAt: number
  /** It was dropped: whoever still holds it adds nothing. */
  gone: boolean
}

/** `bytesMax` 0: nothing is kept. `elapsedMs` never runs backwards. */
export function createOpenedCharts({ bytesMax = openedBytesMax, elapsedMs = () => performance.now() }: { readonly bytesMax?: number | undefined; readonly elapsedMs?: (() => number) | undefined } = {}): OpenedCharts {
  const charts = new Map<string, Kept>()
  let bytes = 0
  let hits = 0
  let misses = 0

  const drop = (patient: string): void => {
    const kept = charts.get(patient)
    if (kept === undefined) return
    kept.gone = true
    bytes -= kept.bytes
    charts.delete(patient)
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
  const asked = (open: boolean): void => void (open ? hits++ : misses++)

  return {
    of({ custodian, patient }, given) {
      const mark = toBase64url(given)
      let kept = charts.get(patient)
      if (kept === undefined || kept.mark !== mark || kept.custodian !== custodian) {
        drop(patient)
        const made: Kept = { custodian, mark, bytes: objectBytes, usedAt: 0, gone: bytesMax === 0, chart: createChart((more) => take(made, more), () => (made.gone ? 0 : Math.max(0, bytesMax / 4 - made.bytes)), asked) }
        kept = made
        bytes += made.gone ? 0 : made.bytes
      } else charts.delete(patient)
      kept.usedAt = elapsedMs()
      if (!kept.gone) charts.set(patient, kept)
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
