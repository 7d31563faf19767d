import { AMENDMENT_REASONS } from '@careledger/client'
import { usePreferences } from '../../../session/preferences.tsx'
import type { Draft } from './drafts.ts'
import { ChoiceField, TextField } from './fields.tsx'
import { reasonWords } from './kind-words.ts'

/** Why a record is changed or taken back: a code, and words where they help. Both stay readable beside the two versions. */
export function ReasonFields({ reason, onChange }: { readonly reason: NonNullable<Draft['reason']>, readonly onChange: (reason: NonNullable<Draft['reason']>) => void }) {
  const { t } = usePreferences()
  return (
    <>
      <ChoiceField field="reason" label="write.reason" value={reason.code} onChange={(code) => onChange({ ...reason, code })} choices={[{ value: '' as const, label: t('write.chooseReason') }, ...AMENDMENT_REASONS.map(({ code }) => ({ value: code, label: t(reasonWords[code]) }))]} />
      <TextField field="reason-text" label="write.reasonText" hint="write.reasonTextHint" optional={reason.code !== 'other'} value={reason.text} onChange={(text) => onChange({ ...reason, text })} />
    </>
  )
}
