import { Button } from '@mantine/core'
import { Link, useNavigate, useParams } from 'react-router'
import { DataTable, type Column } from '../../components/data-table.tsx'
import { WithPanel } from '../../components/detail-panel.tsx'
import { Page, Section } from '../../components/page.tsx'
import { Rich } from '../../components/rich.tsx'
import { EmptyState, Outcome } from '../../components/states.tsx'
import { StatusBadge } from '../../components/status-badge.tsx'
import { usePreferences } from '../../session/preferences.tsx'
import { useOperation } from '../../session/query.ts'
import { useClient } from '../../session/services.tsx'
import type { Move, NetworkOverview, Overview } from '../../session/shapes.ts'
import { isUnderWay } from './ledger-facts.ts'
import { LedgerPanel } from './ledger-panel.tsx'
import { LedgerTable, wayWord } from './ledger-table.tsx'
import { useOverview } from './use-overview.ts'

/** Which ledger each network is written to, how the ledgers do, and what moves or has moved. */
export function Ledgers() {
  const { t, instant } = usePreferences()
  const { ledger: name } = useParams()
  const navigate = useNavigate()
  const client = useClient()
  const overview = useOverview()
  const moves = useOperation(client.platform.moves.list, 'platform.moves.list', { limit: 20 }, { refetchMs: 2_000 })
  const underWay = (moves.data?.items ?? []).filter(isUnderWay)
  const open = overview.data?.ledgers.find((ledger) => ledger.name === name)
  return (
    <Page title={t('operator.ledgersTitle')}
      answer={overview.data ? <><AnswerWords overview={overview.data} moves={underWay} /> <span className="cl-note">{t('state.asOf', { time: instant(overview.data.at, 'time') })}</span></> : '\u00a0'}>
      <Outcome result={overview} rows={6}>
        {(data) => (
          <WithPanel panel={open && <LedgerPanel ledger={open} at={data.at} onClose={() => void navigate('/platform/ledgers', { preventScrollReset: true })} />}>
            <Section title={t('operator.networksTitle')} plain><Networks networks={data.networks} moves={underWay} several={data.ledgers.length > 1} /></Section>
            <Section title={t('operator.ledgersTitle')} plain><LedgerTable ledgers={data.ledgers} at={data.at} current={name} /></Section>
            <Section title={t('operator.movesTitle')} plain><Outcome result={moves} rows={2}>{({ items }) => <Moves moves={items} />}</Outcome></Section>
          </WithPanel>
        )}
      </Outcome>
    </Page>
  )
}

function AnswerWords({ overview, moves }: { readonly overview: Overview, readonly moves: readonly Move[] }) {
  const { t } = usePreferences()
  const [move] = moves
  if (move !== undefined) return <Rich k="operator.moving" values={{ network: move.network, to: move.to }} />
  return <>{t('operator.networksOn', { networks: t('operator.networkCount', { count: overview.networks.length }), ledgers: t('operator.ledgers', { count: overview.ledgers.length }) })}</>
}

function Networks({ networks, moves, several }: { readonly networks: readonly NetworkOverview[], readonly moves: readonly Move[], readonly several: boolean }) {
  const { t } = usePreferences()
  const columns: readonly [Column<NetworkOverview>, ...Column<NetworkOverview>[]] = [
    { key: 'network', head: t('operator.columnNetwork'), cell: ({ name }) => name },
    { key: 'ledgers', head: t('operator.ledger'), cell: ({ ledgers }) => <ul className="cl-plain-list">{ledgers.map(({ ledger, way, whole }) => <li key={`${ledger} ${way}`}>{ledger}, {t(wayWord(way))}{!whole && <> <StatusBadge status="moving" /></>}</li>)}</ul> },
    { key: 'configured', head: t('operator.columnConfigured'), wideOnly: true, cell: (network) => (differs(network) ? t('operator.configuredOther', { words: network.configured.map(({ ledger }) => ledger).join(', ') || '–' }) : t('operator.configuredSame')) },
    { key: 'act', head: t('operator.columnAct'), cell: ({ name }) => {
      const move = moves.find(({ network }) => network === name)
      if (move !== undefined) return <Link to={`/platform/ledgers/moves/${move.id}`}>{t('operator.seeMove')}</Link>
      return several ? <Button component={Link} size="compact-sm" variant="default" to={`/platform/ledgers/move/${name}`} aria-label={t('operator.moveOf', { network: name })}>{t('operator.moveNetwork')}</Button> : t('operator.oneLedgerOnly')
    } },
  ]
  if (networks.length === 0) return <EmptyState title={t('operator.networksNone')} why={t('operator.networksNoneWhy')} icon="log" />
  return <DataTable caption={t('operator.networksTable')} columns={columns} rows={networks} rowKey={({ name }) => name} />
}

function differs({ ledgers, configured }: NetworkOverview): boolean {
  const text = (legs: readonly { readonly ledger: string, readonly way: string }[]): string => legs.map(({ ledger, way }) => `${ledger} ${way}`).sort().join()
  return text(ledgers.filter(({ whole }) => whole)) !== text(configured)
}

function Moves({ moves }: { readonly moves: readonly Move[] }) {
  const { t, instant, number } = usePreferences()
  if (moves.length === 0) return <EmptyState title={t('operator.movesNone')} why={t('operator.movesNoneWhy')} icon="again" />
  const columns: readonly [Column<Move>, ...Column<Move>[]] = [
    { key: 'network', head: t('operator.columnNetwork'), cell: ({ network, to }) => t('operator.moveName', { network, to }) },
    { key: 'state', head: t('operator.columnState'), cell: (move) => <StatusBadge status={moveStatus(move)} /> },
    { key: 'copied', head: t('operator.columnCopied'), numeric: true, cell: ({ copied }) => number(copied), wideOnly: true },
    { key: 'checked', head: t('operator.columnChecked'), numeric: true, cell: ({ checked }) => number(checked), wideOnly: true },
    { key: 'started', head: t('operator.columnStarted'), cell: ({ startedAt }) => <span className="cl-nowrap">{instant(startedAt, 'clinical')}</span> },
  ]
  return <DataTable caption={t('operator.movesTitle')} columns={columns} rows={moves} rowKey={({ id }) => id} to={({ id }) => `/platform/ledgers/moves/${id}`} />
}

export function moveStatus(move: Move) {
  if (move.state === 'done') return 'finished' as const
  if (move.state === 'cancelled') return 'cancelled' as const
  if (move.state === 'halted') return 'halted' as const
  return move.paused ? 'paused' as const : 'moving' as const
}
