import { useState } from 'react'
import { Button } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { Link } from 'react-router'
import { endDelegation } from '@careledger/client'
import { Page, Section } from '../../components/page.tsx'
import { EmptyState, ErrorState, Outcome } from '../../components/states.tsx'
import type { WordKey } from '../../i18n/translate.ts'
import { usePreferences } from '../../session/preferences.tsx'
import { useOperation } from '../../session/query.ts'
import { useClient } from '../../session/services.tsx'
import { useSession } from '../../session/session.tsx'
import type { DelegationItem } from '../../session/shapes.ts'
import { ChooseDelegate } from './choose-delegate.tsx'
import { useWardName } from './ward-name.tsx'

/** Who acts for the person and for whom the person acts. */
export function Care() {
  const { t } = usePreferences()
  const client = useClient()
  const { actor } = useSession()
  const list = useOperation(client.hospital.delegations.list, 'hospital.delegations.list', {})
  const [ended, setEnded] = useState(false)
  return (
    <Page title={t('care.title')} width="read" answer={t('care.answer')}>
      {ended && <p className="cl-notice" role="status">{t('care.ended')}</p>}
      <Outcome result={list} rows={3}>
        {({ forMe, byMe }) => (
          <>
            {actor?.roles.includes('patient') === true && (
              <Section title={t('care.forMe')}>
                {forMe.length === 0 ? <EmptyState icon="people" title={t('care.forMeNone')} why={t('care.forMeNoneWhy')} /> : <ul className="cl-lines">{forMe.map((item) => <Line key={item.id} item={item} side="forMe" onEnded={() => setEnded(true)} />)}</ul>}
                <ChooseDelegate />
              </Section>
            )}
            <Section title={t('care.byMe')}>
              {byMe.length === 0 ? <EmptyState icon="people" title={t('care.byMeNone')} why={t('care.byMeNoneWhy')} /> : <ul className="cl-lines">{byMe.map((item) => <Line key={item.id} item={item} side="byMe" onEnded={() => setEnded(true)} />)}</ul>}
            </Section>
          </>
        )}
      </Outcome>
    </Page>
  )
}

const basisWords = { 'chosen': 'care.basisChosen', 'parent': 'care.basisParent', 'legal-guardian': 'care.basisGuardian' } as const satisfies Readonly<Record<string, WordKey>>

function Line({ item, side, onEnded }: { readonly item: DelegationItem, readonly side: 'forMe' | 'byMe', readonly onEnded: () => void }) {
  const { t, instant } = usePreferences()
  const client = useClient()
  const queries = useQueryClient()
  const { actor } = useSession()
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>()
  const ward = useWardName(side === 'byMe' && item.state === 'active' ? item.patient : undefined)
  const name = side === 'forMe' ? item.delegateName : (ward ?? t('care.personAt', { place: item.custodianName }))
  const consents = side === 'byMe' && item.state === 'active' && item.scope.includes('consent') && actor?.roles.includes('patient') === true
  const date = instant(`${item.until}T00:00:00.000Z`, 'date')
  const basis = t(side === 'byMe' && item.basis === 'chosen' ? 'care.basisChosenBy' : basisWords[item.basis])
  const facts = [basis, t(item.scope.includes('consent') ? 'care.mayReadConsent' : 'care.mayRead'), t(item.state === 'active' ? 'care.until' : 'care.over', { date }), side === 'forMe' && item.custodianName]
  const end = async (): Promise<void> => {
    setBusy(true)
    setError(undefined)
    try {
      await endDelegation(client, item, item)
      onEnded()
      await queries.invalidateQueries()
    } catch (failure) {
      setError(failure)
      setBusy(false)
    }
  }
  return (
    <li className="cl-line">
      <div>
        <strong>{name}</strong>
        <span className="cl-note">{facts.filter(Boolean).join(' · ')}</span>
        {error !== undefined && <ErrorState error={error} />}
        <div className="cl-decide">
          {side === 'byMe' && item.state === 'active' && <Button component={Link} to={`/patients/${item.patient}`} variant="default">{t('care.open')}</Button>}
          {consents && <Button component={Link} to={`/me/sharing/new?for=${item.patient}`} variant="default">{t('privacy.shareFor')}</Button>}
          {consents && <Button component={Link} to={`/me/care/${item.patient}`} variant="default">{t('privacy.seeShared')}</Button>}
          <Button variant="subtle" loading={busy} aria-label={t('care.endOf', { name })} onClick={() => void end()}>{t('care.end')}</Button>
        </div>
      </div>
    </li>
  )
}
