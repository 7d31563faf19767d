import { Link } from 'react-router'
import { RichText } from '../../components/rich.tsx'
import { StatusBadge } from '../../components/status-badge.tsx'
import { usePreferences } from '../../session/preferences.tsx'
import { visitReason, visitSentence, type Visit } from './access-visits.ts'

/** One visit as a sentence with its reason and time; a link where there is more to see. */
export function VisitLine({ visit, to, current = false }: { readonly visit: Visit, readonly to?: string, readonly current?: boolean }) {
  const { t, instant } = usePreferences()
  const { latest } = visit
  const sentence = <RichText text={visitSentence(t, visit)} />
  return (
    <li className="cl-line" data-outcome={latest.decision.outcome} data-current={current || undefined}>
      <div>
        {to ? <Link className="cl-row-link" to={to} preventScrollReset aria-current={current ? 'true' : undefined}>{sentence}</Link> : <span>{sentence}</span>}
        <span className="cl-note">{instant(latest.at, 'patient')} · {visitReason(t, visit)}</span>
      </div>
      {latest.decision.outcome === 'refused' && <StatusBadge status="refused" />}
    </li>
  )
}
