import type { RefObject } from 'react'
import { usePreferences } from '../../../session/preferences.tsx'
import type { DraftProblem } from './draft-problems.ts'

/** "There is a problem", with the same sentences as at the fields; each leads to its field. */
export function ErrorSummary({ problems, summary }: { readonly problems: readonly DraftProblem[], readonly summary: RefObject<HTMLDivElement | null> }) {
  const { t } = usePreferences()
  if (problems.length === 0) return null
  return (
    <div ref={summary} className="cl-problems" tabIndex={-1} role="alert">
      <h2>{t('problem.title')}</h2>
      <ul>{problems.map(({ field, words, values }) => (
        <li key={field}><a href={`#field-${field}`} onClick={(event) => { event.preventDefault(); document.getElementById(`field-${field}`)?.focus() }}>{t(words, values)}</a></li>
      ))}</ul>
    </div>
  )
}
