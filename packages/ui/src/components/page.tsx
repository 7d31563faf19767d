import { useEffect, useRef, type ReactNode } from 'react'
import { useLocation, useNavigationType } from 'react-router'
import { usePreferences } from '../session/preferences.tsx'

interface PageProps {
  readonly title: string
  /** The one line that answers the reader's question before any data. */
  readonly answer?: ReactNode
  readonly status?: ReactNode
  /** The one primary action. */
  readonly action?: ReactNode
  /** Reading pages are 720 pixels wide, work pages 1440. */
  readonly width?: 'read' | 'work'
  /** What counts as one place, so that a tab of it takes no focus away; by default the path. */
  readonly place?: string
  readonly children?: ReactNode
}

let lastPath: string | undefined

/** Head and content of a page. The title goes to the tab; on a change of route the focus moves to the one h1. */
export function Page({ title, answer, status, action, width = 'work', place, children }: PageProps) {
  const { t } = usePreferences()
  const { pathname } = useLocation()
  const way = useNavigationType()
  const heading = useRef<HTMLHeadingElement>(null)

  useEffect(() => {
    document.title = `${title} · ${t('shell.brand')}`
  }, [title, t])

  useEffect(() => {
    const here = place ?? pathname
    if (lastPath !== undefined && lastPath !== here) {
      heading.current?.focus({ preventScroll: true })
      // Going back, the browser finds the old place by itself.
      if (way !== 'POP') window.scrollTo(0, 0)
    }
    lastPath = here
  }, [place, pathname, way])

  return (
    <div className="cl-page" data-width={width}>
      <div className="cl-page-head">
        <div className="cl-page-words">
          <h1 ref={heading} tabIndex={-1}>{title}</h1>
          {answer !== undefined && <div className="cl-answer">{answer}</div>}
        </div>
        {(status !== undefined || action !== undefined) && <div className="cl-page-act">{status}{action}</div>}
      </div>
      {children}
    </div>
  )
}

/** A titled part of a page. */
export function Section({ title, action, children, plain = false }: { readonly title: string, readonly action?: ReactNode, readonly plain?: boolean, readonly children: ReactNode }) {
  return (
    <section className={plain ? 'cl-section' : 'cl-section cl-card'}>
      <div className="cl-section-head"><h2>{title}</h2>{action}</div>
      {children}
    </section>
  )
}
