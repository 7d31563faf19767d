import { useEffect, useRef } from 'react'
import { usePreferences } from '../../../session/preferences.tsx'

/** What stands in the way, with the focus on it; each sentence stands at its field too. */
export function Problems({ title, problems }: { readonly title: string, readonly problems: readonly string[] }) {
  const { t } = usePreferences()
  const box = useRef<HTMLDivElement>(null)
  const words = problems.join('\n')
  useEffect(() => {
    if (words === '') return
    document.title = `${t('problem.title')}: ${title}`
    box.current?.focus()
  }, [words, title, t])
  if (problems.length === 0) return null
  return (
    <div ref={box} className="cl-problems" tabIndex={-1} role="alert">
      <h2>{t('problem.title')}</h2>
      <ul>{problems.map((problem) => <li key={problem}>{problem}</li>)}</ul>
    </div>
  )
}
