import { DataTable, type Column } from '../../components/data-table.tsx'
import { Section } from '../../components/page.tsx'
import { Outcome } from '../../components/states.tsx'
import { StatusBadge } from '../../components/status-badge.tsx'
import { usePreferences } from '../../session/preferences.tsx'
import { useOperation } from '../../session/query.ts'
import { useClient } from '../../session/services.tsx'
import type { WordKey } from '../../i18n/translate.ts'
import type { Running } from '../../session/shapes.ts'
import { backupStatus, processSentence } from './running-facts.ts'

type Process = Running['processes'][number]

const roleWords = { all: 'running.all', api: 'running.api', worker: 'running.worker' } as const
const sequencerWords: Readonly<Record<string, WordKey>> = { leading: 'running.leading', standby: 'running.standby' }

/** Who runs the instance, and what would bring it back: parts of the health page. */
export function RunningParts() {
  const { t } = usePreferences()
  const client = useClient()
  const running = useOperation(client.platform.running, 'platform.running', {}, { refetchMs: 10_000 })
  return (
    <>
      <Section title={t('running.processes')} plain><Outcome result={running} rows={2}>{(answer) => <Processes running={answer} />}</Outcome></Section>
      <Section title={t('running.backup')}><Outcome result={running} rows={2}>{(answer) => <Backup running={answer} />}</Outcome></Section>
    </>
  )
}

function Processes({ running }: { readonly running: Running }) {
  const { t, instant } = usePreferences()
  const { key, values } = processSentence(running)
  const columns: readonly [Column<Process>, ...Column<Process>[]] = [
    { key: 'role', head: t('running.role'), cell: ({ role, sequencer = '' }) => <>{t(roleWords[role])}{sequencerWords[sequencer] && <span className="cl-note">, {t(sequencerWords[sequencer])}</span>}</> },
    { key: 'state', head: t('running.state'), cell: ({ alive }) => <StatusBadge status={alive ? 'good' : 'bad'} filled={!alive} /> },
    { key: 'version', head: t('running.version'), cell: ({ version }) => <code>{version}</code> },
    { key: 'since', head: t('running.since'), cell: ({ since }) => <span className="cl-nowrap">{instant(since, 'clinical')}</span>, wideOnly: true },
    { key: 'seen', head: t('running.seen'), cell: ({ seen }) => <span className="cl-nowrap">{instant(seen, 'clinical')}</span> },
    { key: 'place', head: t('running.place'), cell: ({ host, pid }) => <code>{host} · {pid}</code>, wideOnly: true },
  ]
  return (
    <>
      <p className="cl-note">{t(key, values)}</p>
      <DataTable caption={t('running.table')} columns={columns} rows={running.processes} rowKey={({ id }) => id} />
    </>
  )
}

function Backup({ running: { backup, rehearsal } }: { readonly running: Running }) {
  const { t, instant } = usePreferences()
  const status = backupStatus({ backup, rehearsal })
  return (
    <>
      <StatusBadge status={status} filled={status === 'bad'} />
      {backup === undefined
        ? <p>{t('running.backupNone')} <code>careledger backup</code></p>
        : <p>{t('running.backupAt', { time: instant(backup.at, 'clinical'), n: backup.logSize })}</p>}
      {rehearsal === undefined
        ? <p>{t('running.rehearsalNone')} <code>careledger rehearse</code></p>
        : rehearsal.ok
          ? <p>{t('running.rehearsalGood', { time: instant(rehearsal.at, 'clinical'), point: instant(rehearsal.recoveryPoint, 'clinical'), seconds: rehearsal.seconds })}</p>
          : <p>{t('running.rehearsalBad', { time: instant(rehearsal.at, 'clinical') })} <code>careledger rehearse</code></p>}
    </>
  )
}
