import type { Parts } from '../parts.ts'
import { partHolds } from './export-parts.ts'
import { allExports } from './export-rows.ts'
import { discard } from './run-export.ts'

/**
 * Removes exports whose files hold lines of this patient, and those that are being made, whose next file might: their files are sealed
 * under the organisation's key, which an erasure does not touch. Whoever asked for one asks again. Gives how many went.
 */
export async function discardExportsOf(parts: Parts, who: { readonly custodian: string; readonly patient: string }): Promise<number> {
  let gone = 0
  for await (const stored of allExports(parts, { running: false })) {
    let holds = stored.job.state === 'running'
    for (const part of stored.job.parts) holds ||= part.custodian === who.custodian && (await partHolds(parts, part, who.patient))
    if (holds && (await discard(parts, stored))) gone++
  }
  return gone
}
