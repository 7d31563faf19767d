import { Link } from 'react-router'
import { explainInWords } from '@careledger/client'
import { kindName } from '../../records/kinds.ts'
import { ErrorState, LoadingState } from '../../components/states.tsx'
import { usePreferences } from '../../session/preferences.tsx'
import { useClient } from '../../session/services.tsx'
import { useOperation } from '../../session/query.ts'

/** Why one decision was made, in sentences: rule, consent in its version, limits. `passing`: where its reader may pass the consent on, if the patient allowed it. */
export function WhyAllowed({ decision, passing }: { readonly decision: string, readonly passing?: string }) {
  const { t, language, instant } = usePreferences()
  const client = useClient()
  const explained = useOperation(client.hospital.access.explain, 'hospital.access.explain', { id: decision })
  return (
    <section className="cl-cheat">
      <h3>{t('emergency.why')}</h3>
      {explained.error !== null && <ErrorState error={explained.error} onRetry={() => void explained.refetch()} />}
      {explained.data === undefined && explained.error === null && <LoadingState rows={3} height={28} />}
      {explained.data && explainInWords(explained.data, { language, typeName: (type) => kindName(t, type), instant: (at) => instant(at, 'patient') }).map((sentence) => <p key={sentence}>{sentence}</p>)}
      {passing !== undefined && explained.data?.consent?.terms.passOn === true && <p><Link to={passing}>{t('privacy.passLink')}</Link></p>}
    </section>
  )
}
