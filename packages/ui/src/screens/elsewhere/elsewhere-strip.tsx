import { Button } from '@mantine/core'
import { Link } from 'react-router'
import { Icon } from '../../components/icon.tsx'
import { useElsewhere } from '../../session/elsewhere.tsx'
import { usePreferences } from '../../session/preferences.tsx'

/** On a chart that another hospital keeps: where it is from and as of when, before anything of it. */
export function ElsewhereStrip({ at, onAgain }: { readonly at: number, readonly onAgain: () => void }) {
  const { t, instant } = usePreferences()
  const place = useElsewhere()
  if (place === undefined) return null
  return (
    <section className="cl-notice cl-elsewhere" aria-label={t('elsewhere.title')}>
      <p><Icon name="building" size={18} /> <strong>{t('elsewhere.from', { place: place.title, time: instant(new Date(at), 'time') })}</strong></p>
      <p className="cl-note">{t('elsewhere.fromWhy', { place: place.title })}</p>
      <p className="cl-decide"><Button variant="default" size="sm" onClick={onAgain}>{t('elsewhere.again')}</Button><Link to="/elsewhere">{t('elsewhere.back')}</Link></p>
    </section>
  )
}
