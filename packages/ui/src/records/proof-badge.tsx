import { StatusBadge, type Status } from '../components/status-badge.tsx'
import type { RecordItem } from '../session/shapes.ts'
import { useProofCheck, type ProofCheck } from './proof-check.ts'

/** "Proven" is said only after this browser has checked; what the platform merely says is "not checked". */
export function ProofBadge({ item }: { readonly item: RecordItem }) {
  return <StatusBadge status={proofStatus(item, useProofCheck(item.id))} />
}

export function proofStatus(item: Pick<RecordItem, 'state' | 'replacedBy'>, check: ProofCheck | undefined): Status {
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
