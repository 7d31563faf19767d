import { Icon } from '../../components/icon.tsx'
import type { WordKey } from '../../i18n/translate.ts'
import { usePreferences } from '../../session/preferences.tsx'
import { useClient } from '../../session/services.tsx'
import { useOperation } from '../../session/query.ts'
import { Outcome } from '../../components/states.tsx'
import { CertificateButton } from './certificate.tsx'

const steps: readonly WordKey[] = ['keeping.stepOrdered', 'keeping.stepRows', 'keeping.stepKeys', 'keeping.stepLog', 'keeping.stepLedger']

/** From the order to the certificate on the ledger, looked at until it is there. `certificate` absent: the instance still erases. */
export function ErasureSteps({ certificate, at }: { readonly certificate: string, readonly at?: string | undefined }) {
  const { t } = usePreferences()
  const client = useClient()
  const found = useOperation({ query: () => client.hospital.erasures.certificate.query({ id: certificate }).then(({ state }) => state, (error: { code?: string }) => { if (error.code === 'UNAVAILABLE') return 'stored' as const; throw error as Error }) }, 'hospital.erasures.certificate', { id: certificate }, { refetchMs: 2_000 })
  return (
    <Outcome result={found} rows={5}>
      {(state) => {
        const done = state === 'anchored' ? 5 : state === 'stored' ? 3 : 4
        return (
          <>
            <ol className="cl-lines" aria-label={t('keeping.steps')}>
              {steps.map((word, index) => <li key={word} className="cl-line"><span className="cl-badge" data-tone={index < done ? 'plain' : 'neutral'}><Icon name={index < done ? 'check' : 'clock'} size={16} /><span>{t(word)}</span></span></li>)}
            </ol>
            <p className="cl-note">{t('keeping.certificateHow')}</p>
            {done > 3 && <div className="cl-decide"><CertificateButton id={certificate} at={at} /></div>}
          </>
        )
      }}
    </Outcome>
  )
}
