import { useEffect, useState } from 'react'
import { usePreferences } from '../session/preferences.tsx'

/** Digits take a third of the space in a numeric segment, which health cards rely on. */
interface Segment { readonly data: string, readonly mode: 'byte' | 'numeric' }

/** A QR code, dark on white with its quiet zone in every colour scheme, nothing drawn over it; the drawing library comes with the first code. */
export function QrCode({ text, alt }: { readonly text: string, readonly alt: string }) {
  const { t } = usePreferences()
  const [source, setSource] = useState<string>()
  useEffect(() => {
    let leaving = false
    void import('qrcode').then(async (library) => {
      const draw = library.toString ?? library.default.toString
      const svg = await draw(segmentsOf(text) as never, { type: 'svg', errorCorrectionLevel: 'L', margin: 4 })
      if (!leaving) setSource(`data:image/svg+xml,${encodeURIComponent(svg)}`)
    })
    return () => { leaving = true }
  }, [text])
  return (
    <div className="cl-qr">
      {source === undefined ? <span className="cl-waiting">{t('state.loading')}</span> : <img src={source} alt={alt} width={560} height={560} />}
    </div>
  )
}

/** SMART Health Cards: `shc:/` as bytes, the digits as numbers. */
function segmentsOf(text: string): readonly Segment[] {
  const digits = /^(shc:\/)(\d+)$/.exec(text)
  return digits ? [{ data: digits[1] as string, mode: 'byte' }, { data: digits[2] as string, mode: 'numeric' }] : [{ data: text, mode: 'byte' }]
}
