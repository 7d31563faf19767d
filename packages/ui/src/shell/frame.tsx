import { lazy, Suspense, useState, type ReactNode } from 'react'
import { Link, useLocation } from 'react-router'
import { usePreferences } from '../session/preferences.tsx'
import { useSession } from '../session/session.tsx'
import { usePeople } from '../session/people.ts'
import { IdleWatch } from '../session/idle.tsx'
import { RecoveryNotice } from '../screens/keys/recovery-notice.tsx'
import { LiveStrip } from '../session/live.tsx'
import { useTrust } from '../session/trust.ts'
import { Icon } from '../components/icon.tsx'
import { ErrorBoundary } from '../components/error-boundary.tsx'
import { Header } from './header.tsx'
import { KeyboardHelp } from './keyboard-help.tsx'
import { useShortcuts } from './shortcuts.ts'
import { destinationsOf, sectionOf } from './navigation.ts'

/** With the forms' kinds, which nobody needs who has not asked for it. */
const Palette = lazy(async () => ({ default: (await import('./palette.tsx')).Palette }))

/** Header, navigation and main part of every page. */
export function Frame({ children }: { readonly children: ReactNode }) {
  const { t } = usePreferences()
  const { actor } = useSession()
  const { pathname } = useLocation()
  const trust = useTrust()
  const people = usePeople()
  const demo = trust.data ? trust.data.demo || people.length > 0 : undefined
  const [palette, setPalette] = useState<boolean>()
  const [help, setHelp] = useState(false)
  const places = destinationsOf(actor)
  const section = sectionOf(places, pathname)
  useShortcuts({ places, onPalette: () => setPalette(true), onHelp: () => setHelp(true) })

  return (
    <div className="cl-frame" data-nav={places.length > 0 || undefined}>
      <a className="cl-skip" href="#main">{t('shell.skip')}</a>
      {demo !== false && <aside className="cl-strip" aria-label={t('shell.notice')}>{demo ? t('shell.demo') : '\u00a0'}</aside>}
      <Header onPalette={() => setPalette(true)} onHelp={() => setHelp(true)} />
      {places.length > 0 && (
        <nav className="cl-nav" aria-label={t('shell.mainNavigation')}>
          <ul>
            {places.map(({ to, word, icon }) => (
              <li key={to} data-beside={to === '/me/keys' || undefined}>
                <Link to={to} className={to === section ? 'cl-nav-link active' : 'cl-nav-link'} aria-current={to === pathname ? 'page' : to === section ? 'true' : undefined} title={t(word)}>
                  <Icon name={icon} size={22} />
                  <span className="cl-nav-word">{t(word)}</span>
                </Link>
              </li>
            ))}
          </ul>
        </nav>
      )}
      <main id="main" className="cl-main" tabIndex={-1}>
        <LiveStrip />
        <RecoveryNotice />
        <ErrorBoundary at={pathname}>{children}</ErrorBoundary>
      </main>
      {palette !== undefined && <Suspense><Palette open={palette} onClose={() => setPalette(false)} onHelp={() => setHelp(true)} /></Suspense>}
      <IdleWatch />
      <KeyboardHelp open={help} onClose={() => setHelp(false)} />
    </div>
  )
}
