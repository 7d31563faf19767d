import { useEffect, useRef, type ReactNode } from 'react'
import { ActionIcon } from '@mantine/core'
import { usePreferences } from '../session/preferences.tsx'
import { Icon } from './icon.tsx'

/**
 * The right panel, beside the list and not over it; on phones a page of its own. It takes the focus when it opens, Esc closes it, and
 * the focus goes back to what opened it.
 */
export function DetailPanel({ title, onClose, children, id }: { readonly title: string, readonly onClose: () => void, readonly children: ReactNode, readonly id: string }) {
  const { t } = usePreferences()
  const heading = useRef<HTMLHeadingElement>(null)
  const opener = useRef<Element | null>(null)
  const close = useRef(onClose)
  useEffect(() => { close.current = onClose })

  useEffect(() => {
    opener.current ??= document.activeElement
    heading.current?.focus({ preventScroll: true })
    if (isPageOfItsOwn()) window.scrollTo(0, 0)
  }, [id])

  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.code === 'Escape' && !event.defaultPrevented && !event.isComposing) close.current()
    }
    document.addEventListener('keydown', onKey)
    return () => {
      document.removeEventListener('keydown', onKey)
      const back = opener.current
      if (!(back instanceof HTMLElement) || !back.isConnected) return
      back.focus({ preventScroll: true })
      if (isPageOfItsOwn()) back.scrollIntoView({ block: 'center' })
    }
  }, [])

  return (
    <aside className="cl-panel" aria-label={title}>
      <div className="cl-panel-head">
        <h2 ref={heading} tabIndex={-1}>{title}</h2>
        <ActionIcon variant="subtle" size={44} aria-label={t('shell.close')} onClick={onClose}><Icon name="close" /></ActionIcon>
      </div>
      <div className="cl-panel-body">{children}</div>
    </aside>
  )
}

/** On phones the panel takes the place of the list. */
function isPageOfItsOwn(): boolean {
  return matchMedia('(max-width: 767px)').matches
}

/** A list with, when something is open, its panel beside it. */
export function WithPanel({ panel, children }: { readonly panel: ReactNode, readonly children: ReactNode }) {
  return <div className="cl-with-panel" data-open={panel ? true : undefined}><div className="cl-with-panel-list">{children}</div>{panel}</div>
}
