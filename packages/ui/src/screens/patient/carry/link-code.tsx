import { CopyLine } from '../../../components/copy-line.tsx'
import { SourceText } from '../../../components/facts.tsx'
import { QrCode } from '../../../components/qr-code.tsx'
import { usePreferences } from '../../../session/preferences.tsx'

/** The code and, beside it, the link: an address whose key stands behind the #, which no browser sends. */
export function LinkCode({ text }: { readonly text: string }) {
  const { t } = usePreferences()
  const address = `${location.origin}/show#${text}`
  return (
    <div className="cl-code-box cl-code-beside">
      <QrCode text={address} alt={t('carry.qrAlt')} />
      <div>
        <div className="cl-decide"><CopyLine value={address} copy={t('carry.copyLink')} copied={t('carry.copied')} /></div>
        <p className="cl-note">{t('carry.linkSecret')}</p>
        <details><summary>{t('carry.linkText')}</summary><SourceText text={address} label={t('carry.linkText')} /></details>
      </div>
    </div>
  )
}
