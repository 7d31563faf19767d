import { readFigures, type LogStatus, type Parts } from '@careledger/logic'
import { Counter, Gauge } from 'prom-client'
import type { Metrics } from './metrics.ts'

/** What one process says of the instance beside its requests. */
export interface InstanceWatch {
  readonly parts: Parts
  readonly role: string
  readonly version: string
  readonly log: () => Pick<LogStatus, 'sequencer' | 'problem' | 'decisionsProblem' | 'moveProblem'>
}

const SEQUENCER = ['starting', 'leading', 'standby', 'failing', 'stopped', 'elsewhere'] as const
const LEDGER = ['final', 'slow', 'down', 'unknown'] as const
const OUTBOX = ['waiting', 'sent', 'blocked', 'final'] as const

/**
 * Adds figures of log, outbox, ledgers, decisions and store, asked for when they are scraped. Labels are the ledgers' names in the
 * configuration and closed sets. Where the store gives none, its figures are left out and `careledger_figures_failed` is 1. Gives the function
 * that ends it.
 */
export function watchInstance(metrics: Metrics, { parts, role, version, log }: InstanceWatch): () => void {
  const { registry } = metrics
  const gauge = (name: string, help: string, labelNames: readonly string[] = []) => new Gauge({ name: `careledger_${name}`, help, labelNames: [...labelNames], registers: [registry] })
  gauge('process_info', 'Role and version of this process.', ['role', 'version']).set({ role, version }, 1)
  const sequencer = gauge('sequencer_state', 'What the sequencer does in this process.', ['state'])
  const problem = gauge('log_problem', 'Whether the newest round of a part of the log failed in this process.', ['part'])
  const ledgers = gauge('ledger_state', 'How a ledger did in this minute, as this process saw it.', ['ledger', 'state'])
  const queue = gauge('store_writes', 'Writes that wait or are under way in this process.')
  const charts = gauge('opened_charts', 'Charts that lie open in this process.')
  const chartBytes = gauge('opened_chart_bytes', 'What opened charts take of this process\'s memory, estimated generously.')
  const chartAsks = gauge('opened_chart_asks', 'Charts and payloads that were asked for, by whether they lay open; since the start.', ['found'])
  const shared = sharedGauges(gauge)
  const failed = gauge('figures_failed', 'Whether the store refused to give the figures of log, outbox and decisions.')
  const stored = new Counter({ name: 'careledger_entries_stored_total', help: 'Entries that this process stored.', registers: [registry] })
  const sequenced = new Counter({ name: 'careledger_entries_sequenced_total', help: 'Entries that this process gave an index.', registers: [registry] })
  const final = new Counter({ name: 'careledger_records_final_total', help: 'Ledger records that this process saw become final.', labelNames: ['ledger'], registers: [registry] })

  const collect = async (): Promise<void> => {
    const status = log()
    for (const state of SEQUENCER) sequencer.set({ state }, status.sequencer === state ? 1 : 0)
    for (const [part, code] of [['sequencer', status.problem], ['decisions', status.decisionsProblem], ['move', status.moveProblem]] as const) problem.set({ part }, code === undefined ? 0 : 1)
    for (const { name } of parts.targets) {
      const now = parts.meters(name).read(parts.now()).minutes.at(-1)
      for (const state of LEDGER) ledgers.set({ ledger: name, state }, now === state ? 1 : 0)
    }
    queue.set(parts.store.load?.().writes ?? 0)
    const opened = parts.openedCharts.figures()
    charts.set(opened.charts)
    chartBytes.set(opened.bytes)
    chartAsks.set({ found: 'yes' }, opened.hits)
    chartAsks.set({ found: 'no' }, opened.misses)
    try {
      await shared.collect(parts)
      failed.set(0)
    } catch {
      failed.set(1)
      shared.reset()
    }
  }
  const ends = [
    metrics.beforeScrape(collect),
    parts.notices.on('stored', (count) => stored.inc(count)),
    parts.notices.on('sequenced', (leaves) => sequenced.inc(leaves.length)),
    parts.notices.on('final', (ledger, items) => final.inc({ ledger }, items.length)),
  ]
  return () => { for (const end of ends) end() }
}

/** What the store says, the same in every process. */
function sharedGauges(gauge: (name: string, help: string, labelNames?: readonly string[]) => Gauge) {
  const size = gauge('log_entries', 'Entries in the log.')
  const waiting = gauge('log_waiting', 'Entries that wait for an index, counted up to 10,000.')
  const behind = gauge('checkpoint_entries_behind', 'Entries that the newest signed checkpoint does not have.')
  const rows = gauge('outbox_rows', 'Outbox rows by ledger and state.', ['ledger', 'state'])
  const oldest = gauge('outbox_oldest_seconds', 'Age of the oldest outbox row that is not final.', ['ledger'])
  const uncovered = gauge('decisions_uncovered_seconds', 'Age of the oldest decision that no entry of the log covers.')
  return {
    async collect(parts: Parts): Promise<void> {
      const figures = await readFigures(parts)
      size.set(figures.logSize)
      waiting.set(figures.waiting)
      behind.set(figures.checkpointBehind)
      uncovered.set(figures.uncoveredSeconds)
      for (const { name: ledger } of parts.targets) {
        const own = figures.outbox.filter(({ target }) => target === ledger)
        for (const state of OUTBOX) rows.set({ ledger, state }, own.find((row) => row.state === state)?.count ?? 0)
        oldest.set({ ledger }, Math.max(0, ...own.map(({ state, oldestSeconds = 0 }) => (state === 'final' ? 0 : oldestSeconds))))
      }
    },
    reset(): void {
      for (const one of [size, waiting, behind, rows, oldest, uncovered]) one.reset()
    },
  }
}
