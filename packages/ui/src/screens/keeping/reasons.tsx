import type { ErasureCase } from '@careledger/client'
import { usePreferences } from '../../session/preferences.tsx'

/** Why something must be kept: the legal basis, until when, and where the law can be read. */
export function Reasons({ reasons }: { readonly reasons: ErasureCase['reasons'] }) {
  const { t, clinicalDate } = usePreferences()
  return (
    <ul className="cl-lines">
      {reasons.map(({ kind, basis, until, source }, index) => (
        <li key={`${basis}-${index}`} className="cl-line">
          <div>
            <span>{basis}</span>
            <span className="cl-note">{kind === 'hold' || until === undefined ? t('keeping.reasonHold') : t('keeping.reasonUntil', { date: clinicalDate(until) })}{source !== undefined && <> · <a href={source} target="_blank" rel="noreferrer" aria-label={`${t('keeping.law')}: ${basis}`}>{t('keeping.law')}</a></>}</span>
          </div>
        </li>
      ))}
    </ul>
  )
}
