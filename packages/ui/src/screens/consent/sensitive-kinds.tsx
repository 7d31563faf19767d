import { Checkbox } from '@mantine/core'
import { sensitivityWord } from '@careledger/client'
import { usePreferences } from '../../session/preferences.tsx'
import type { ConsentTerms } from '../../session/shapes.ts'

export type Sensitivity = NonNullable<ConsentTerms['sensitive']>[number]

/** Kept apart from everything else, by code. */
export const SENSITIVE_KINDS: readonly Sensitivity[] = ['GDIS', 'HIV', 'PSY', 'R', 'SDV', 'SEX', 'STD', 'SUD']

/** One tick for each kind; none is ticked for anybody. */
export function SensitiveChoice({ label, hint, value, onChange, error }: { readonly label: string, readonly hint: string, readonly value: readonly Sensitivity[], readonly onChange: (value: readonly Sensitivity[]) => void, readonly error?: string | undefined }) {
  const { language } = usePreferences()
  return (
    <Checkbox.Group label={label} description={hint} error={error} value={[...value]} onChange={(chosen) => onChange(SENSITIVE_KINDS.filter((kind) => chosen.includes(kind)))}>
      <div className="cl-kinds cl-kinds-gap">{SENSITIVE_KINDS.map((kind) => <Checkbox key={kind} value={kind} label={sensitivityWord(kind, language)} />)}</div>
    </Checkbox.Group>
  )
}

/** Kinds as words, in the order of the list. */
export function useKindWords(): (kinds: readonly Sensitivity[]) => string {
  const { language } = usePreferences()
  return (kinds) => kinds.map((kind) => sensitivityWord(kind, language)).join(', ')
}
