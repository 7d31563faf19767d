import { STOPPED_STATUSES, WRITE_KINDS, type StoppedStatus } from '@careledger/client'
import type { WordKey } from '../../../i18n/translate.ts'
import { usePreferences } from '../../../session/preferences.tsx'
import type { Draft } from './drafts.ts'
import { ChoiceField } from './fields.tsx'

const words: Readonly<Record<StoppedStatus, WordKey>> = { stopped: 'write.stopStopped', cancelled: 'write.stopCancelled', revoked: 'write.stopRevoked' }

/** How a prescription or order ends: what was begun is stopped, what was never begun is cancelled. */
export function StopFields({ draft, onChange }: { readonly draft: Draft, readonly onChange: (status: StoppedStatus) => void }) {
  const { t } = usePreferences()
  const statuses = (STOPPED_STATUSES[WRITE_KINDS[draft.kind].type] ?? []) as readonly StoppedStatus[]
  if (draft.stop === undefined || statuses.length < 2) return null
  return <ChoiceField field="stop" label="write.stopHow" value={draft.stop} onChange={onChange} choices={statuses.map((value) => ({ value, label: t(words[value]) }))} />
}
