import { ActionIcon, Button, Menu, useComputedColorScheme, useMantineColorScheme } from '@mantine/core'
import { Link, useLocation, useNavigate } from 'react-router'
import { useQueryClient } from '@tanstack/react-query'
import { usePreferences } from '../session/preferences.tsx'
import { useSession } from '../session/session.tsx'
import { usePeople } from '../session/people.ts'
import { initials } from '../i18n/names.ts'
import { Icon } from '../components/icon.tsx'
import { LiveDot } from '../session/live.tsx'
import { homeOf, roleWord, type Role } from './navigation.ts'
import { usePersonName } from './person-name.ts'

export function Header({ onPalette, onHelp }: { readonly onPalette: () => void, readonly onHelp: () => void }) {
  const { t, language, setLanguage } = usePreferences()
  const { actor } = useSession()
  const { setColorScheme } = useMantineColorScheme()
  const scheme = useComputedColorScheme('light')
  const { pathname } = useLocation()
  const other = language === 'en' ? 'ko' : 'en'
  return (
    <header className="cl-header" aria-label={t('shell.header')}>
      <Link className="cl-mark" to={homeOf(actor)}><Icon name="verify" size={26} /><span>{t('shell.brand')}</span></Link>
      <div className="cl-header-act">
        <LiveDot />
        {actor && (
          <Button variant="default" className="cl-search" onClick={onPalette} leftSection={<Icon name="search" size={18} />} rightSection={<kbd className="cl-kbd">Ctrl K</kbd>}>{t('shell.search')}</Button>
        )}
        <Button variant="subtle" className="cl-language" lang={other} onClick={() => setLanguage(other)}>{t('shell.otherLanguage')}</Button>
        <ActionIcon variant="subtle" size={44} aria-label={t(scheme === 'dark' ? 'shell.toLight' : 'shell.toDark')} onClick={() => setColorScheme(scheme === 'dark' ? 'light' : 'dark')}>
          <Icon name={scheme === 'dark' ? 'sun' : 'moon'} size={22} />
        </ActionIcon>
        {actor ? <PersonMenu onHelp={onHelp} /> : pathname !== '/' && <Link className="cl-sign-in" to="/">{t('shell.enter')}</Link>}
      </div>
    </header>
  )
}

/** Acting as, and the switch that keeps the page. */
function PersonMenu({ onHelp }: { readonly onHelp: () => void }) {
  const { t } = usePreferences()
  const { actor, signInWith, signOut } = useSession()
  const people = usePeople()
  const name = usePersonName()
  const navigate = useNavigate()
  const queries = useQueryClient()
  if (!actor) return null
  const words = (roles: readonly Role[], place: string | undefined): string => [roles[0] && t(roleWord(roles[0])), place].filter(Boolean).join(' · ')
  return (
    <Menu position="bottom-end" width={300} shadow="md" withinPortal={false} withInitialFocusPlaceholder={false}>
      <Menu.Target>
        <button type="button" className="cl-person">
          <span className="cl-avatar" data-initials={initials(name)} />
          <span className="cl-person-words"><span className="cl-note">{t('shell.actingAs')}</span><span className="cl-person-name">{name}</span></span>
        </button>
      </Menu.Target>
      <Menu.Dropdown className="cl-person-menu">
        <div className="cl-menu-who"><strong>{name}</strong><span className="cl-note">{words(actor.roles, actor.organisationName)}</span></div>
        {people.length > 0 && <Menu.Label>{t('shell.switchTo')}</Menu.Label>}
        {people.filter(({ party }) => party !== actor.party).map((person) => (
          <Menu.Item key={person.party} onClick={() => void signInWith(person.key).then(() => queries.invalidateQueries(), () => navigate('/'))}>
            <span className="cl-menu-person"><span>{person.name}</span><span className="cl-note">{words(person.roles, person.organisationName)}</span></span>
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item leftSection={<Icon name="log" size={18} />} onClick={onHelp}>{t('shell.keysTitle')}</Menu.Item>
        <Menu.Item leftSection={<Icon name="key" size={18} />} component={Link} to="/me/keys">{t('shell.keys')}</Menu.Item>
        <Menu.Item leftSection={<Icon name="verify" size={18} />} component={Link} to="/verify">{t('shell.verify')}</Menu.Item>
        <Menu.Item leftSection={<Icon name="qr" size={18} />} component={Link} to="/show">{t('shell.show')}</Menu.Item>
        <Menu.Item leftSection={<Icon name="out" size={18} />} onClick={() => { void signOut(); void navigate('/') }}>{t('shell.signOut')}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
