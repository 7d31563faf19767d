import { Button } from '@mantine/core'
import { Link } from 'react-router'
import { Facts } from '../../components/facts.tsx'
import { Page } from '../../components/page.tsx'
import { RichText } from '../../components/rich.tsx'
import { Outcome } from '../../components/states.tsx'
import { StatusBadge } from '../../components/status-badge.tsx'
import { usePreferences } from '../../session/preferences.tsx'
import type { LedgerOverview, Overview as Shape } from '../../session/shapes.ts'
import { inState, overviewSentences } from './overview-sentence.ts'
import { useOverview } from './use-overview.ts'

/** Is all final? One sentence, then a tile for each ledger and one for the log. */
export function Overview() {
  const { t, instant } = usePreferences()
  const overview = useOverview()
  const blocked = overview.data ? inState(overview.data.ledgers, 'blocked') : 0
  return (
    <Page title={t('operator.overviewTitle')}
      answer={overview.data ? <>{overviewSentences(t, overview.data).map((words) => <span key={words}><RichText text={words} /> </span>)}<span className="cl-note">{t('state.asOf', { time: instant(overview.data.at, 'time') })}</span></> : '\u00a0'}
      action={blocked > 0 && <Button component={Link} to="/platform/outbox?state=blocked">{t('operator.seeParked')}</Button>}>
      <Outcome result={overview} rows={4} height={160}>
        {(data) => <div className="cl-tiles">{data.ledgers.map((ledger) => <LedgerTile key={ledger.name} ledger={ledger} />)}<LogTile log={data.log} /></div>}
      </Outcome>
    </Page>
  )
}

function LedgerTile({ ledger }: { readonly ledger: LedgerOverview }) {
  const { t, instant, number } = usePreferences()
  const waiting = (ledger.outbox['waiting'] ?? 0) + (ledger.outbox['sent'] ?? 0)
  const blocked = ledger.outbox['blocked'] ?? 0
  const height = (value: string | undefined): string => (value === undefined ? t('operator.notReported') : number(Number(value)))
  return (
    <section className="cl-card cl-tile" aria-label={ledger.name}>
      <div className="cl-section-head"><h2>{ledger.name}</h2><StatusBadge status={!ledger.health.ok ? 'bad' : blocked > 0 ? 'parked' : 'good'} filled={!ledger.health.ok} /></div>
      <Facts columns facts={[
        { label: t('operator.kind'), value: ledger.kind },
        { label: t('operator.way'), value: t(ledger.way === 'indexed' ? 'operator.wayIndexed' : 'operator.wayCheckpoints') },
        { label: t('operator.height'), value: height(ledger.health.height) },
        { label: t('operator.finalHeight'), value: height(ledger.health.finalHeight) },
        { label: t('state.final'), value: number(ledger.outbox['final'] ?? 0) },
        { label: t('state.waiting'), value: number(waiting) },
        { label: t('state.parked'), value: number(blocked) },
        { label: t('operator.oldest'), value: ledger.oldestNotFinal === undefined ? t('operator.oldestNone') : t('operator.since', { time: instant(ledger.oldestNotFinal, 'clinical') }) },
        { label: t('operator.networks'), value: ledger.networks.join(', ') || '–' },
      ]} />
      {ledger.health.problems.map(({ code, message }) => <p key={code} className="cl-field-problem" lang="en">{message} <span className="cl-code">{code}</span></p>)}
    </section>
  )
}

function LogTile({ log }: { readonly log: Shape['log'] }) {
  const { t, instant, number } = usePreferences()
  return (
    <section className="cl-card cl-tile" aria-label={t('operator.logCard')}>
      <div className="cl-section-head"><h2>{t('operator.logCard')}</h2><StatusBadge status={log.checkpointSize === undefined ? 'unknown' : log.witnesses < log.witnessThreshold ? 'bad' : 'good'} /></div>
      <Facts columns facts={[
        { label: t('operator.size'), value: number(log.size) },
        { label: t('operator.unsequenced'), value: number(log.waiting) },
        { label: t('operator.checkpoint'), value: log.checkpointSize === undefined ? t('operator.logUnsigned') : `${number(log.checkpointSize)}${log.checkpointAt === undefined ? '' : ` · ${instant(log.checkpointAt, 'time')}`}` },
        { label: t('operator.witnesses'), value: t('operator.witnessesOf', { n: log.witnesses, threshold: log.witnessThreshold }) },
        { label: t('operator.origin'), value: <code>{log.origin}</code> },
      ]} />
    </section>
  )
}
