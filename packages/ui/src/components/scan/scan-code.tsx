import { useEffect, useRef, useState } from 'react'
import { Button } from '@mantine/core'
import { usePreferences } from '../../session/preferences.tsx'
import { createCodeReader } from './read-code.ts'

/** Between two looks. */
const lookMs = 150

/** Reads a QR code with the camera, beside files and pasted text. Nothing where the browser gives no camera; it is let go as soon as a code was found. */
export function ScanCode({ onText }: { readonly onText: (text: string) => void }) {
  const { t } = usePreferences()
  const [stage, setStage] = useState<'closed' | 'open' | 'refused'>('closed')
  if (typeof navigator.mediaDevices?.getUserMedia !== 'function') return null
  return (
    <div className="cl-scan">
      {stage === 'open'
        ? <Camera onText={(text) => { setStage('closed'); onText(text) }} onRefused={() => setStage('refused')} onClose={() => setStage('closed')} />
        : <Button variant="default" onClick={() => setStage('open')}>{t('show.scan')}</Button>}
      {stage === 'refused' && <p className="cl-field-problem" role="alert">{t('show.scanRefused')}</p>}
    </div>
  )
}

function Camera({ onText, onRefused, onClose }: { readonly onText: (text: string) => void, readonly onRefused: () => void, readonly onClose: () => void }) {
  const { t } = usePreferences()
  const video = useRef<HTMLVideoElement>(null)
  useEffect(() => {
    let stream: MediaStream | undefined
    let timer: number | undefined
    let over = false
    const run = async (): Promise<void> => {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' }, audio: false })
      const read = await createCodeReader()
      if (over || video.current === null) return stop()
      video.current.srcObject = stream
      await video.current.play()
      const look = async (): Promise<void> => {
        const text = video.current === null ? undefined : await read(video.current).catch(() => undefined)
        if (over) return
        if (text !== undefined && text !== '') return onText(text)
        timer = window.setTimeout(() => void look(), lookMs)
      }
      await look()
    }
    const stop = (): void => stream?.getTracks().forEach((track) => track.stop())
    run().catch(() => { if (!over) onRefused() })
    return () => {
      over = true
      window.clearTimeout(timer)
      stop()
    }
  }, [])
  return (
    <>
      <video ref={video} className="cl-scan-picture" muted playsInline aria-label={t('show.scanPicture')} />
      <p className="cl-note" role="status">{t('show.scanHow')}</p>
      <Button variant="default" onClick={onClose}>{t('show.scanStop')}</Button>
    </>
  )
}
