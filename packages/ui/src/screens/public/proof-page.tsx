import { useParams } from 'react-router'
import { Page } from '../../components/page.tsx'
import { ProofPanel } from '../../records/proof-panel.tsx'
import { usePreferences } from '../../session/preferences.tsx'

/** The proof of one entry at an address of its own. */
export function ProofPage() {
  const { t } = usePreferences()
  const { entry = '' } = useParams()
  return <Page title={t('proof.title')} width="read"><div className="cl-card cl-section"><h2>{t('verify.result')}</h2><ProofPanel key={entry} id={entry} author={t('proof.nobody')} /></div></Page>
}
