import { DetailPanel } from '../../components/detail-panel.tsx'
import { Facts, Hash } from '../../components/facts.tsx'
import { StatusBadge } from '../../components/status-badge.tsx'
import { usePreferences } from '../../session/preferences.tsx'
import type { LedgerOverview } from '../../session/shapes.ts'
import { ledgerStatus, lengthWords, waitingOn } from './ledger-facts.ts'
import { LedgerMembers } from './ledger-members.tsx'
import { wayWord } from './ledger-table.tsx'

/** Everything that is known of one ledger, and who may use it. */
export function LedgerPanel({ ledger, at, onClose }: { readonly ledger: LedgerOverview, readonly at: string, readonly onClose: () => void }) {
  const { t, instant, number } = usePreferences()
  const { health, networks, finalMs, cost, heightSince, oldestNotFinal } = ledger
  const height = (value: string | undefined): string => (value === undefined ? t('operator.notReported') : number(Number(value)))
  const since = (value: string): string => t('operator.sinceFor', { time: instant(value, 'time'), length: lengthWords(t, new Date(at).getTime() - new Date(value).getTime()) })
  return (
    <DetailPanel title={ledger.name} id={ledger.name} onClose={onClose}>
      <StatusBadge status={ledgerStatus(ledger)} filled={!health.ok} />
      {health.problems.map(({ code, message }) => <p key={code} className="cl-field-problem" lang="en">{message} <span className="cl-code">{code}</span></p>)}
      <Facts facts={[
        { label: t('operator.kind'), value: <span lang="en">{ledger.kind}</span> },
        { label: t('operator.columnNetworks'), value: networks.length === 0 ? t('operator.unused') : networks.map(({ network, way }) => `${network}, ${t(wayWord(way))}`).join(' · ') },
        { label: t('operator.height'), value: height(health.height) },
        { label: t('operator.heightAge'), value: heightSince === undefined ? t('state.notKnown') : since(heightSince) },
        { label: t('operator.finalHeight'), value: height(health.finalHeight) },
        { label: t('operator.finality'), value: t(ledger.append === 'ordered' ? 'operator.finalOrdered' : 'operator.finalFirst', { time: lengthWords(t, ledger.finalWithinMs) }) },
        { label: t('operator.columnFinal'), value: finalMs === undefined ? t('state.notKnown') : t('operator.finalMs', { p50: lengthWords(t, finalMs.p50), p99: lengthWords(t, finalMs.p99), count: finalMs.count }) },
        { label: t('operator.columnCost'), value: cost === undefined ? t('operator.costNone') : `${number(Number(cost.per1000))} ${cost.unit}` },
        { label: t('operator.checkpoint'), value: ledger.anchoredSize === undefined ? t('operator.anchoredNone') : number(ledger.anchoredSize) },
        { label: t('state.final'), value: number(ledger.outbox['final'] ?? 0) },
        { label: t('state.waiting'), value: number(waitingOn(ledger)) },
        { label: t('state.parked'), value: number(ledger.outbox['blocked'] ?? 0) },
        { label: t('operator.oldest'), value: oldestNotFinal === undefined ? t('operator.oldestNone') : since(oldestNotFinal) },
        { label: t('operator.ledgerId'), value: <Hash value={ledger.ledgerId} short /> },
        { label: t('operator.capabilities'), value: <span lang="en">{ledger.capabilities.join(', ') || '–'}</span> },
      ]} />
      <h3>{t('operator.ledgerMembers')}</h3>
      <LedgerMembers ledger={ledger.name} />
    </DetailPanel>
  )
}
