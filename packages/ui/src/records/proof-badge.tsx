import { StatusBadge } from '../components/status-badge.tsx'
import type { WordKey } from '../i18n/translate.ts'
import { usePreferences } from '../session/preferences.tsx'
import type { RecordItem } from '../session/shapes.ts'
import { useProofCheck, type ProofCheck } from './proof-check.ts'

type ProofStatus = 'proven' | 'pending' | 'notChecked' | 'mismatch' | 'superseded' | 'parked'

const hints: Readonly<Record<ProofStatus, WordKey>> = {
  proven: 'state.provenHint', pending: 'state.pendingHint', notChecked: 'state.notCheckedHint', mismatch: 'state.mismatchHint', superseded: 'state.supersededHint', parked: 'state.parkedHint',
}

/** What the badge means, for the panel, where there is room to say it. */
export function ProofHint({ item }: { readonly item: RecordItem }) {
  const { t } = usePreferences()
  return <p className="cl-note">{t(hints[proofStatus(item, useProofCheck(item.id))])}</p>
}

/** "Proven" is said only after this browser has checked; what the platform merely says is "not checked". */
export function ProofBadge({ item }: { readonly item: RecordItem }) {
  return <StatusBadge status={proofStatus(item, useProofCheck(item.id))} />
}

export function proofStatus(item: Pick<RecordItem, 'state' | 'replacedBy'>, check: ProofCheck | undefined): ProofStatus {
  if (check) {
    const failed = check.result.steps.filter(({ outcome }) => outcome === 'fail').map(({ name }) => name)
    if (failed.some((name) => name !== 'superseded')) return 'mismatch'
    if (failed.length > 0 || item.replacedBy !== undefined) return 'superseded'
    return check.result.valid ? 'proven' : 'notChecked'
  }
  if (item.replacedBy !== undefined) return 'superseded'
  if (item.state === 'blocked') return 'parked'
  return item.state === 'anchored' ? 'notChecked' : 'pending'
}
