import { usePreferences } from '../../../session/preferences.tsx'
import type { WritingPlace } from '../../../session/shapes.ts'
import type { Draft } from './drafts.ts'
import { ChoiceField } from './fields.tsx'

/** Which visit a new record belongs to, if any. */
export function VisitField({ draft, place, onChange }: { readonly draft: Draft, readonly place: WritingPlace, readonly onChange: (encounter: string | undefined) => void }) {
  const { t, clinicalDate } = usePreferences()
  const visits = place.encounters.map(({ reference, text, date }) => ({ value: reference, label: date === undefined ? text : `${clinicalDate(date.slice(0, 10))} · ${text}` }))
  return <ChoiceField field="visit" label="write.visit" value={draft.encounter ?? ''} onChange={(value) => onChange(value === '' ? undefined : value)} choices={[{ value: '', label: t('write.visitNone') }, ...visits]} />
}
