import type { PinnedLog } from '@careledger/proof'
import type { Parts } from '../parts.ts'

/** The keys that this log has signed with: that of today first, then the former ones, each up to its last state. */
export function pinnedLogs({ log }: Pick<Parts, 'log'>): readonly PinnedLog[] {
  const { origin, signer, former = [] } = log
  return [{ origin, key: signer.publicJwk }, ...former.map(({ key, size, root }) => ({ origin, key, until: { size, root } }))]
}
