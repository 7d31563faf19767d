import { useParams } from 'react-router'
import { Page } from '../../components/page.tsx'
import { Outcome } from '../../components/states.tsx'
import { usePreferences } from '../../session/preferences.tsx'
import { useOperation } from '../../session/query.ts'
import { useClient } from '../../session/services.tsx'
import { DelegateForm } from './choose-delegate.tsx'

/** A records clerk enters a parent or legal guardian of a patient, by papers that were shown. */
export function EnterParent() {
  const { t } = usePreferences()
  const client = useClient()
  const { patient = '' } = useParams()
  const place = useOperation(client.hospital.writing.prepare, 'hospital.writing.prepare', { patient })
  return (
    <Page title={t('care.addFor')} width="read" answer={t('care.addForHint')}>
      <Outcome result={place} rows={4}>{({ subject, custodian }) => <DelegateForm places={[{ subject, custodian }]} bases={['parent', 'legal-guardian']} submit={t('care.record')} />}</Outcome>
    </Page>
  )
}
