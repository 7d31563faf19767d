import { useEffect, useRef } from 'react'
import { Icon } from '../../components/icon.tsx'
import { usePreferences } from '../../session/preferences.tsx'
import type { ChartSummary, Decision } from '../../session/shapes.ts'
import { AccessWords } from '../doctor/access-words.tsx'
import { Born, Sex } from '../doctor/patient-table.tsx'

/** Stays in sight while the chart scrolls: name without label, then what can harm; unknown is written out. */
export function Banner({ banner, decision }: { readonly banner: ChartSummary['banner'], readonly decision: Decision }) {
  const { t } = usePreferences()
  const section = useBannerHeight()
  const { allergies } = banner
  const alert = allergies !== undefined && allergies.length > 0
  return (
    <section ref={section} className="cl-banner" aria-label={t('patient.banner')}>
      <p className="cl-banner-name">{banner.name ?? t('patient.nameNotShared')}</p>
      <dl>
        <div data-alert={alert || undefined}>
          <dt>{alert && <Icon name="triangle" size={16} />}{t('patient.allergies')}</dt>
          <dd>{allergies === undefined ? t('patient.allergiesUnknown') : alert ? allergies.join(', ') : t('patient.allergiesNone')}</dd>
        </div>
        <div><dt>{t('patient.born')}</dt><dd><Born date={banner.birthDate} /></dd></div>
        <div><dt>{t('patient.sex')}</dt><dd><Sex gender={banner.gender} /></dd></div>
        <div><dt>{t('patient.number')}</dt><dd>{banner.localNumber ?? t('state.notKnown')}</dd></div>
        <div data-wide><dt>{t('patient.access')}</dt><dd><AccessWords access={decision} /></dd></div>
      </dl>
    </section>
  )
}

/** Tells the stylesheet how high the banner is, so that what sticks or is scrolled to stands below it and never under it. */
function useBannerHeight() {
  const section = useRef<HTMLElement>(null)
  useEffect(() => {
    const root = document.documentElement
    const observer = new ResizeObserver(() => root.style.setProperty('--cl-banner-height', `${section.current?.offsetHeight ?? 0}px`))
    if (section.current) observer.observe(section.current)
    return () => {
      observer.disconnect()
      root.style.removeProperty('--cl-banner-height')
    }
  }, [])
  return section
}
