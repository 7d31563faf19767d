import { withUnits } from './units.ts'
import { usePreferences } from '../session/preferences.tsx'
import { changesBetween, type Change } from './changes.ts'
import { factsInWords } from './fact-words.ts'
import type { Names } from './plain-words.ts'
import type { Resource } from './resource.ts'

/** What changed from one version to another, each thing with before and after: by word and line-through, not by colour alone. */
export function ChangesList({ before, after, names }: { readonly before: Resource, readonly after: Resource, readonly names?: Names }) {
  const { t } = usePreferences()
  const { changes, silent } = changesBetween(before, after, names)
  return (
    <>
      {changes.length === 0 && <p>{t(silent.length === 0 ? 'changes.none' : 'changes.machineOnly')}</p>}
      {changes.length > 0 && <dl className="cl-changes">{changes.map((change) => <ChangeLine key={typeof change.label === 'string' ? change.label : change.label.standard} change={change} />)}</dl>}
      {silent.length > 0 && <p className="cl-note">{t('changes.silent')} <code lang="en">{silent.join(', ')}</code></p>}
    </>
  )
}

function ChangeLine({ change: { label, before, after, date } }: { readonly change: Change }) {
  const preferences = usePreferences()
  const { t } = preferences
  const words = (value: string): string => {
    if (typeof label !== 'string') return withUnits(value)
    const [fact] = factsInWords([{ label, value, ...(date === true && { date }) }], preferences)
    return typeof fact?.value === 'string' ? fact.value : value
  }
  return (
    <div>
      <dt>{typeof label === 'string' ? t(label) : <span lang="en">{label.standard}</span>}</dt>
      <dd><span className="cl-change-when">{t('changes.before')}</span> {before === undefined ? <span className="cl-note">{t('changes.notSaid')}</span> : <del>{words(before)}</del>}</dd>
      <dd><span className="cl-change-when">{t('changes.after')}</span> {after === undefined ? <span className="cl-note">{t('changes.notSaid')}</span> : <ins>{words(after)}</ins>}</dd>
    </div>
  )
}
