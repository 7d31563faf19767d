import { usePreferences } from '../session/preferences.tsx'

export interface FilterChoice {
  readonly value: string
  readonly label: string
}

/** Chips above a list; pressed ones say what is shown. One at a time: `undefined` shows everything. */
export function FilterChips({ choices, value, onChange, all }: { readonly choices: readonly FilterChoice[], readonly value: string | undefined, readonly onChange: (value: string | undefined) => void, readonly all?: string }) {
  const { t } = usePreferences()
  return (
    <div className="cl-chips" role="group" aria-label={t('state.filterBy')} data-filter>
      <button type="button" className="cl-chip" aria-pressed={value === undefined} onClick={() => onChange(undefined)}>{all ?? t('state.all')}</button>
      {choices.map((choice) => <button key={choice.value} type="button" className="cl-chip" aria-pressed={value === choice.value} onClick={() => onChange(value === choice.value ? undefined : choice.value)}>{choice.label}</button>)}
    </div>
  )
}
