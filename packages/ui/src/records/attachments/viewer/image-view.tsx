import { useState } from 'react'
import { usePreferences } from '../../../session/preferences.tsx'
import { useZoom, zoomByKey, ZoomButtons } from './zoom.tsx'

/** An image that can be looked at closely. What the browser cannot draw is said to be so. */
export function ImageView({ url, title }: { readonly url: string, readonly title: string }) {
  const { t } = usePreferences()
  const zoom = useZoom()
  const [broken, setBroken] = useState(false)
  if (broken) return <p className="cl-notice" role="alert">{t('viewer.brokenImage')}</p>
  return (
    <div className="cl-viewer">
      <div className="cl-viewer-bar" role="group" aria-label={t('viewer.tools')}><ZoomButtons zoom={zoom} /></div>
      <div className="cl-viewer-paper" role="region" tabIndex={0} aria-label={t('viewer.region', { title })} onKeyDown={(event) => { if (zoomByKey(zoom, event)) event.stopPropagation() }}>
        <img className="cl-attachment-image" style={{ width: zoom.factor === 1 ? undefined : `${zoom.factor * 100}%`, maxWidth: zoom.factor === 1 ? '100%' : 'none' }} src={url} alt={t('attachment.image', { title })} onError={() => setBroken(true)} />
      </div>
    </div>
  )
}
