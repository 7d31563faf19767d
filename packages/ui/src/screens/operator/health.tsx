import { DataTable, type Column } from '../../components/data-table.tsx'
import { Page } from '../../components/page.tsx'
import { Rich } from '../../components/rich.tsx'
import { Outcome } from '../../components/states.tsx'
import { StatusBadge, type Status } from '../../components/status-badge.tsx'
import type { Translate } from '../../i18n/translate.ts'
import { usePreferences } from '../../session/preferences.tsx'
import type { Overview } from '../../session/shapes.ts'
import { RunningParts } from './running.tsx'
import { useOverview } from './use-overview.ts'

interface Part {
  readonly name: string
  readonly status: Status
  readonly detail: string
  readonly problems: readonly string[]
}

/** Every part of the platform with its state, unknown ones above the good. */
export function Health() {
  const { t, instant } = usePreferences()
  const overview = useOverview()
  const parts = overview.data ? toParts(t, overview.data) : []
  const bad = parts.filter(({ status }) => status !== 'good').length
  const columns: readonly [Column<Part>, ...Column<Part>[]] = [
    { key: 'part', head: t('operator.part'), cell: ({ name }) => name },
    { key: 'state', head: t('operator.columnState'), cell: ({ status }) => <StatusBadge status={status} filled={status === 'bad'} /> },
    { key: 'detail', head: t('operator.columnDetail'), cell: ({ detail }) => detail },
    { key: 'problems', head: t('operator.problems'), cell: ({ problems }) => (problems.length > 0 ? <span lang="en">{problems.join(' ')}</span> : t('operator.problemsNone')), wideOnly: true },
  ]
  return (
    <Page title={t('operator.healthTitle')} answer={overview.data ? <>{bad > 0 ? <Rich k="operator.healthBad" values={{ count: bad }} /> : t('operator.healthGood')} <span className="cl-note">{t('state.asOf', { time: instant(overview.data.at, 'time') })}</span></> : '\u00a0'}>
      <Outcome result={overview} rows={4}>{() => <DataTable caption={t('operator.healthTable')} columns={columns} rows={parts} rowKey={({ name }) => name} />}</Outcome>
      <RunningParts />
    </Page>
  )
}

function toParts(t: Translate, { store, log, ledgers }: Overview): readonly Part[] {
  const durability = { 'power-loss': 'operator.durabilityPowerLoss', 'process-death': 'operator.durabilityProcess', 'none': 'operator.durabilityNone' } as const
  const logStatus: Status = log.checkpointSize === undefined ? 'unknown' : log.witnesses < log.witnessThreshold ? 'bad' : 'good'
  const parts: readonly Part[] = [
    { name: t('operator.store'), status: store.ok ? 'good' : 'bad', detail: t(durability[store.durability]), problems: store.problems },
    { name: t('operator.logCard'), status: logStatus, detail: `${t('operator.witnesses')}: ${t('operator.witnessesOf', { n: log.witnesses, threshold: log.witnessThreshold })}`, problems: [] },
    ...ledgers.map(({ name, health, capabilities }): Part => ({ name, status: health.ok ? 'good' : 'bad', detail: capabilities.length > 0 ? `${t('operator.capabilities')}: ${capabilities.join(', ')}` : t('operator.capabilitiesNone'), problems: health.problems.map(({ code, message }) => `${code}: ${message}`) })),
  ]
  const order: readonly Status[] = ['bad', 'unknown', 'good']
  return parts.toSorted((a, b) => order.indexOf(a.status) - order.indexOf(b.status))
}
