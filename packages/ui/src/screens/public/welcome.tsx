import { useState } from 'react'
import { Link, useNavigate } from 'react-router'
import { Because } from '../keys/because.tsx'
import { Icon } from '../../components/icon.tsx'
import { Page, Section } from '../../components/page.tsx'
import { EmptyState, ErrorState, Outcome } from '../../components/states.tsx'
import { initials } from '../../i18n/names.ts'
import { usePreferences } from '../../session/preferences.tsx'
import { usePeopleQuery } from '../../session/people.ts'
import { problemCode } from '../../session/problem.ts'
import { useSession } from '../../session/session.tsx'
import type { DemoPerson } from '../../session/shapes.ts'
import { canWord, homeOf, roleWord } from '../../shell/navigation.ts'

/** Choose who to be: one click signs a challenge with that person's key. */
export function Welcome() {
  const { t } = usePreferences()
  return (
    <Page title={t('welcome.title')} answer={t('welcome.answer')}>
      <Because />
      <People />
      <Section title={t('welcome.otherWays')} plain>
        <ul className="cl-ways">
          <li><Link className="cl-way" to="/sign-in"><Icon name="key" size={24} /><span><strong>{t('welcome.ownKey')}</strong><span className="cl-note">{t('welcome.ownKeyHint')}</span></span></Link></li>
          <li><Link className="cl-way" to="/verify"><Icon name="verify" size={24} /><span><strong>{t('welcome.verify')}</strong><span className="cl-note">{t('welcome.verifyHint')}</span></span></Link></li>
          <li><Link className="cl-way" to="/show"><Icon name="qr" size={24} /><span><strong>{t('welcome.show')}</strong><span className="cl-note">{t('welcome.showHint')}</span></span></Link></li>
        </ul>
      </Section>
    </Page>
  )
}

/** Cards by network. `stay`: signing in keeps the address, for whoever came to a page first. */
export function People({ stay = false }: { readonly stay?: boolean }) {
  const { t } = usePreferences()
  const people = usePeopleQuery()
  if (people.error !== null && problemCode(people.error) === 'NOT_ALLOWED') return <EmptyState title={t('welcome.noDemo')} why={t('welcome.noDemoWhy')} icon="key" />
  return (
    <Outcome result={people} rows={4} height={96}>
      {({ items }) => (
        <Section title={t('welcome.lookAround')} plain>
          <p className="cl-note">{t('welcome.lookHint')}</p>
          {(['hospital', 'platform'] as const).map((network) => <Network key={network} network={network} people={items.filter((person) => person.network === network)} stay={stay} />)}
        </Section>
      )}
    </Outcome>
  )
}

function Network({ network, people, stay }: { readonly network: 'hospital' | 'platform', readonly people: readonly DemoPerson[], readonly stay: boolean }) {
  const { t } = usePreferences()
  const { signInWith } = useSession()
  const navigate = useNavigate()
  const [busy, setBusy] = useState<string>()
  const [error, setError] = useState<unknown>()
  if (people.length === 0) return null

  const enter = async (person: DemoPerson): Promise<void> => {
    setBusy(person.party)
    setError(undefined)
    try {
      const actor = await signInWith(person.key)
      if (!stay) await navigate(homeOf(actor))
    } catch (failure) {
      setError(failure)
      setBusy(undefined)
    }
  }
  return (
    <>
      <h3>{t(network === 'hospital' ? 'welcome.networkHospital' : 'welcome.networkPlatform')}</h3>
      <ul className="cl-people">
        {people.map((person) => (
          <li key={person.party}>
            <button type="button" className="cl-person-card" aria-busy={busy === person.party} disabled={busy !== undefined} onClick={() => void enter(person)}>
              <span className="cl-avatar" data-initials={initials(person.name)} />
              <span className="cl-person-card-words">
                <strong>{person.name}</strong>
                <span>{[person.roles[0] && t(roleWord(person.roles[0])), person.organisationName].filter(Boolean).join(' · ')}</span>
                <span className="cl-note">{busy === person.party ? t('welcome.signingIn', { name: person.name }) : person.roles[0] && t(canWord(person.roles[0]))}</span>
              </span>
            </button>
          </li>
        ))}
      </ul>
      {error !== undefined && <ErrorState error={error} />}
    </>
  )
}
