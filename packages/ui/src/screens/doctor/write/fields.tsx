import { createContext, useContext, type ReactNode } from 'react'
import { NativeSelect, Textarea, TextInput } from '@mantine/core'
import type { WordKey } from '../../../i18n/translate.ts'
import { usePreferences } from '../../../session/preferences.tsx'
import type { DraftProblem } from './draft-problems.ts'

/** What every field of a form needs: which problems to show, and that it was left. */
export interface FormState {
  readonly problems: readonly DraftProblem[]
  onLeave(field: string): void
}

const FormContext = createContext<FormState>({ problems: [], onLeave: () => undefined })
export const FormProvider = FormContext

/** Id, error and leaving of one field; the sentence is the same as in the summary. */
export function useField(field: string) {
  const { t } = usePreferences()
  const { problems, onLeave } = useContext(FormContext)
  const problem = problems.find((one) => one.field === field)
  return { id: `field-${field}`, error: problem === undefined ? undefined : t(problem.words, problem.values), onBlur: () => onLeave(field) }
}

interface FieldProps {
  readonly field: string
  readonly label: WordKey
  readonly hint?: WordKey
  readonly optional?: boolean
  readonly value: string
  readonly onChange: (value: string) => void
}

/** Required is the rule: what need not be filled in says so. */
function useLabel(label: WordKey, optional: boolean | undefined): string {
  const { t } = usePreferences()
  return optional === true ? t('write.optional', { label: t(label) }) : t(label)
}

export function TextField({ field, label, hint, optional, value, onChange, unit, numeric = false, aside }: FieldProps & { readonly unit?: string, readonly numeric?: boolean, readonly aside?: ReactNode }) {
  const { t } = usePreferences()
  const state = useField(field)
  return (
    <TextInput {...state} label={useLabel(label, optional)} description={aside ?? (hint === undefined ? undefined : t(hint))} value={value} onChange={(event) => onChange(event.currentTarget.value)} autoComplete="off"
      {...(numeric && { inputMode: 'decimal', className: 'cl-number-field' })} {...(unit !== undefined && { rightSection: <span className="cl-note">{unit}</span>, rightSectionWidth: 64 })} />
  )
}

export function LongField({ field, label, hint, optional, value, onChange, rows = 3 }: FieldProps & { readonly rows?: number }) {
  const { t } = usePreferences()
  const state = useField(field)
  return <Textarea {...state} label={useLabel(label, optional)} description={hint === undefined ? undefined : t(hint)} value={value} onChange={(event) => onChange(event.currentTarget.value)} rows={rows} />
}

export function ChoiceField<Value extends string>({ field, label, hint, value, onChange, choices }: Omit<FieldProps, 'value' | 'onChange'> & { readonly value: Value, readonly onChange: (value: Value) => void, readonly choices: readonly { readonly value: Value, readonly label: string }[] }) {
  const { t } = usePreferences()
  const state = useField(field)
  return <NativeSelect size="md" {...state} label={t(label)} description={hint === undefined ? undefined : t(hint)} value={value} onChange={(event) => onChange(event.currentTarget.value as Value)} data={choices.map((choice) => ({ ...choice }))} />
}
