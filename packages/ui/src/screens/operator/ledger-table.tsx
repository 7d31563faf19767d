import { DataTable, type Column } from '../../components/data-table.tsx'
import { MinutesStrip } from '../../components/minutes-strip.tsx'
import { StatusBadge } from '../../components/status-badge.tsx'
import { usePreferences } from '../../session/preferences.tsx'
import type { LedgerOverview } from '../../session/shapes.ts'
import { byUrgency, ledgerStatus, lengthWords, waitingOn } from './ledger-facts.ts'

/** A row for each ledger: how it is, what is written to it, how far it is, what waits, how fast and at what cost. */
export function LedgerTable({ ledgers, at, current }: { readonly ledgers: readonly LedgerOverview[], readonly at: string, readonly current?: string | undefined }) {
  const { t, number } = usePreferences()
  const since = (instant: string): string => lengthWords(t, new Date(at).getTime() - new Date(instant).getTime())
  const columns: readonly [Column<LedgerOverview>, ...Column<LedgerOverview>[]] = [
    { key: 'name', head: t('operator.ledger'), cell: ({ name }) => name },
    { key: 'state', head: t('operator.columnState'), cell: (ledger) => <StatusBadge status={ledgerStatus(ledger)} filled={!ledger.health.ok} /> },
    { key: 'networks', head: t('operator.columnNetworks'), wideOnly: true, cell: ({ networks }) => (networks.length === 0 ? t('operator.unused') : <ul className="cl-plain-list">{networks.map(({ network, way, whole }) => <li key={`${network} ${way}`}>{network}, {t(wayWord(way))}{!whole && <> <StatusBadge status="moving" /></>}</li>)}</ul>) },
    { key: 'height', head: t('operator.height'), numeric: true, wideOnly: true, cell: ({ health, heightSince }) => <TwoLines first={health.height === undefined ? t('operator.notReported') : number(Number(health.height))} second={heightSince && t('operator.for', { time: since(heightSince) })} /> },
    { key: 'waiting', head: t('state.waiting'), numeric: true, cell: (ledger) => <TwoLines first={number(waitingOn(ledger))} second={ledger.oldestNotFinal && t('operator.oldestFor', { time: since(ledger.oldestNotFinal) })} /> },
    { key: 'final', head: t('operator.columnFinal'), numeric: true, wideOnly: true, cell: ({ finalMs }) => (finalMs === undefined ? t('state.notKnown') : <TwoLines first={lengthWords(t, finalMs.p50)} second={t('operator.p99', { time: lengthWords(t, finalMs.p99) })} />) },
    { key: 'cost', head: t('operator.columnCost'), numeric: true, wideOnly: true, cell: ({ cost }) => (cost === undefined ? t('state.notKnown') : <TwoLines first={number(Number(cost.per1000))} second={cost.unit} />) },
    { key: 'hour', head: t('operator.columnHour'), cell: ({ minutes }) => <MinutesStrip minutes={minutes} /> },
  ]
  return <DataTable caption={t('operator.ledgersTable')} columns={columns} rows={byUrgency(ledgers)} rowKey={({ name }) => name} to={({ name }) => `/platform/ledgers/${name}`} current={current} />
}

export function wayWord(way: 'indexed' | 'checkpointed') {
  return way === 'indexed' ? 'operator.indexed' : 'operator.checkpointed'
}

function TwoLines({ first, second }: { readonly first: string, readonly second?: string | undefined }) {
  return <span className="cl-two-lines"><span>{first}</span>{second !== undefined && <span className="cl-note">{second}</span>}</span>
}
