import { useEffect, useRef, useState, type KeyboardEvent } from 'react'
import { ActionIcon, NativeSelect } from '@mantine/core'
import { Icon } from '../../../components/icon.tsx'
import { usePreferences } from '../../../session/preferences.tsx'
import { drawPage, openPdf, textOf, troubleOf, type OpenPdf, type PdfTrouble } from './open-pdf.ts'
import { useZoom, zoomByKey, ZoomButtons } from './zoom.tsx'

/** A PDF page by page, drawn here and not by a plug-in, with what is written on it as text below. */
export function PdfView({ blob, title }: { readonly blob: Blob, readonly title: string }) {
  const { t } = usePreferences()
  const [open, setOpen] = useState<OpenPdf>()
  const [trouble, setTrouble] = useState<PdfTrouble>()
  useEffect(() => {
    let opened: OpenPdf | undefined
    let gone = false
    const begin = async (): Promise<void> => {
      opened = await openPdf(new Uint8Array(await blob.arrayBuffer()))
      if (gone) opened.close()
      else setOpen(opened)
    }
    begin().catch((error: unknown) => { if (!gone) setTrouble(troubleOf(error)) })
    return () => {
      gone = true
      opened?.close()
    }
  }, [blob])
  if (trouble !== undefined) return <p className="cl-notice" role="alert">{t(trouble === 'password' ? 'viewer.password' : 'viewer.brokenPdf')}</p>
  if (open === undefined) return <p className="cl-note cl-waiting" role="status">{t('viewer.opening')}</p>
  return <Pages open={open} title={title} />
}

function Pages({ open, title }: { readonly open: OpenPdf, readonly title: string }) {
  const { t, number } = usePreferences()
  const [at, setAt] = useState(1)
  const zoom = useZoom()
  const to = (page: number): void => setAt(Math.min(Math.max(page, 1), open.pages))
  const onKey = (event: KeyboardEvent<HTMLDivElement>): void => {
    const next = keyPage(event, at, open.pages, zoom.factor <= 1)
    if (next !== undefined) {
      event.preventDefault()
      event.currentTarget.scrollTo(0, 0)
      to(next)
    } else if (!zoomByKey(zoom, event)) return
    event.stopPropagation()
  }
  return (
    <div className="cl-viewer">
      <div className="cl-viewer-bar" role="group" aria-label={t('viewer.tools')}>
        <div className="cl-viewer-group">
          <ActionIcon variant="default" size={44} aria-label={t('viewer.previous')} disabled={at === 1} onClick={() => to(at - 1)}><span className="cl-flip"><Icon name="chevron" /></span></ActionIcon>
          <NativeSelect className="cl-viewer-page" aria-label={t('viewer.page')} value={at} onChange={(event) => to(Number(event.currentTarget.value))} data={Array.from({ length: open.pages }, (_, index) => ({ value: String(index + 1), label: t('viewer.pageOf', { page: number(index + 1), pages: number(open.pages) }) }))} />
          <ActionIcon variant="default" size={44} aria-label={t('viewer.next')} disabled={at === open.pages} onClick={() => to(at + 1)}><Icon name="chevron" /></ActionIcon>
        </div>
        <ZoomButtons zoom={zoom} />
      </div>
      <PageView open={open} at={at} factor={zoom.factor} title={title} onKey={onKey} />
      <p className="cl-note">{t('viewer.inert')} {t('viewer.keys')}</p>
    </div>
  )
}

/** The page that a key leads to; sideways keys turn pages where there is nothing to scroll sideways to. */
function keyPage({ code, ctrlKey, metaKey, altKey, currentTarget }: KeyboardEvent<HTMLDivElement>, at: number, pages: number, fits: boolean): number | undefined {
  if (ctrlKey || metaKey || altKey) return undefined
  const atEnd = currentTarget.scrollTop + currentTarget.clientHeight >= currentTarget.scrollHeight - 1
  if (code === 'ArrowRight') return fits ? at + 1 : undefined
  if (code === 'ArrowLeft') return fits ? at - 1 : undefined
  if (code === 'PageDown') return atEnd ? at + 1 : undefined
  if (code === 'PageUp') return currentTarget.scrollTop <= 0 ? at - 1 : undefined
  return code === 'Home' ? 1 : code === 'End' ? pages : undefined
}

function PageView({ open, at, factor, title, onKey }: { readonly open: OpenPdf, readonly at: number, readonly factor: number, readonly title: string, readonly onKey: (event: KeyboardEvent<HTMLDivElement>) => void }) {
  const { t, number } = usePreferences()
  const paper = useRef<HTMLDivElement>(null)
  const [width, setWidth] = useState(0)
  const [drawn, setDrawn] = useState<{ readonly at: number, readonly text: string }>()
  const [broken, setBroken] = useState<number>()
  useEffect(() => {
    const box = paper.current
    if (box === null) return undefined
    const watch = new ResizeObserver(() => setWidth(box.clientWidth - 2))
    watch.observe(box)
    return () => watch.disconnect()
  }, [])

  useEffect(() => {
    if (width <= 0) return undefined
    let gone = false
    let stop: (() => void) | undefined
    const draw = async (): Promise<void> => {
      const page = await open.page(at)
      if (gone) return
      // A canvas of its own for each drawing: the page before stays until this one is whole.
      const canvas = document.createElement('canvas')
      const task = drawPage(page, canvas, width * factor)
      stop = () => task.cancel()
      const [text] = await Promise.all([textOf(page), task.promise])
      if (gone) return
      const place = paper.current?.querySelector('.cl-viewer-canvas')
      place?.replaceChildren(canvas)
      setDrawn({ at, text })
    }
    draw().catch(() => { if (!gone) setBroken(at) })
    return () => {
      gone = true
      stop?.()
    }
  }, [open, at, factor, width])

  return (
    <>
      <div ref={paper} className="cl-viewer-paper" role="region" tabIndex={0} aria-label={t('viewer.region', { title })} aria-busy={drawn?.at !== at} onKeyDown={onKey}>
        {broken === at && <p className="cl-notice" role="alert">{t('viewer.brokenPage')}</p>}
        <div className="cl-viewer-canvas" role="img" aria-label={t('viewer.pageImage', { title, page: number(at), pages: number(open.pages) })} hidden={broken === at} />
      </div>
      <details className="cl-others"><summary>{t('viewer.text')}</summary><p className="cl-viewer-text">{drawn?.text === undefined || drawn.text === '' ? t('viewer.noText') : drawn.text}</p></details>
    </>
  )
}
