import { Button } from '@mantine/core'
import { Link } from 'react-router'
import { Facts } from '../../components/facts.tsx'
import { Page, Section } from '../../components/page.tsx'
import { RichText } from '../../components/rich.tsx'
import { Outcome } from '../../components/states.tsx'
import { StatusBadge } from '../../components/status-badge.tsx'
import { usePreferences } from '../../session/preferences.tsx'
import type { Overview as Shape } from '../../session/shapes.ts'
import { LedgerTable } from './ledger-table.tsx'
import { inState, overviewSentences } from './overview-sentence.ts'
import { useOverview } from './use-overview.ts'

/** Is all final? One sentence, then a row for each ledger, then the log. */
export function Overview() {
  const { t, instant } = usePreferences()
  const overview = useOverview()
  const blocked = overview.data ? inState(overview.data.ledgers, 'blocked') : 0
  return (
    <Page title={t('operator.overviewTitle')}
      answer={overview.data ? <>{overviewSentences(t, overview.data).map((words) => <span key={words}><RichText text={words} /> </span>)}<span className="cl-note">{t('state.asOf', { time: instant(overview.data.at, 'time') })}</span></> : '\u00a0'}
      action={blocked > 0 && <Button component={Link} to="/platform/outbox?state=blocked">{t('operator.seeParked')}</Button>}>
      <Outcome result={overview} rows={4} height={160}>
        {(data) => <><Section title={t('operator.ledgersTitle')} plain><LedgerTable ledgers={data.ledgers} at={data.at} /></Section><div className="cl-tiles"><LogTile log={data.log} /></div></>}
      </Outcome>
    </Page>
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
