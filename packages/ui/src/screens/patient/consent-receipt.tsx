import { Button } from '@mantine/core'
import { Link } from 'react-router'
import { Page } from '../../components/page.tsx'
import { Rich } from '../../components/rich.tsx'
import { SaveReceipt } from '../consent/receipts.tsx'
import { usePreferences } from '../../session/preferences.tsx'
import type { ConsentTerms, Receipt } from '../../session/shapes.ts'
import { WhoseRecords } from '../care/ward-name.tsx'
import type { SharedFrom } from './consent-draft.ts'

export interface GivenConsent {
  readonly receipt: Receipt
  readonly terms: ConsentTerms
  readonly name: string
  readonly at: Date
  readonly from: SharedFrom
}

/** What was done, when it ends by itself, and the number to name it by. */
export function ConsentReceipt({ given, onAnother }: { readonly given: GivenConsent, readonly onAnother: () => void }) {
  const { t, instant } = usePreferences()
  return (
    <Page title={t('sharing.receiptTitle')} width="read" answer={given.name}>
      <div className="cl-receipt" role="status">
        <p><Rich k="sharing.receipt" values={{ date: instant(given.terms.expires, 'patient'), time: instant(given.at, 'time') }} /></p>
        {given.from.acting !== undefined && <p><WhoseRecords of={given.from} sentence /></p>}
        <p className="cl-note">{t('sharing.receiptNumber', { id: given.receipt.id })}</p>
        <SaveReceipt id={given.receipt.id} />
      </div>
      <div className="cl-decide">
        <Button component={Link} to={given.from.acting === undefined ? `/me/sharing/${given.receipt.id}` : `/me/care/${given.from.patient}`}>{t('sharing.backToList')}</Button>
        <Button variant="default" onClick={onAnother}>{t('sharing.another')}</Button>
      </div>
    </Page>
  )
}
