import { LogicError } from '../logic-error.ts'
import type { Parts } from '../parts.ts'
import { buildProof } from './build-proof.ts'

/** The proof file of the entry by which the log's key of today took the former one's place. Errors: NOT_ALLOWED where it never had another; UNAVAILABLE until a checkpoint holds the entry. */
export async function readLogKeyProof(parts: Parts): Promise<string> {
  const [newest] = parts.log.former ?? []
  const proof = newest === undefined ? undefined : await buildProof(parts, newest.entry, { opening: true })
  if (proof === undefined) throw new LogicError('NOT_ALLOWED', 'This log has had one key only.')
  return proof
}
