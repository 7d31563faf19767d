import type { Parts } from '../parts.ts'
import { buildProof } from './build-proof.ts'

/** The proof file of the entry by which the log's key of today took the former one's place; `undefined`: it never had another. Errors: UNAVAILABLE until a checkpoint holds the entry. */
export async function readLogKeyProof(parts: Parts): Promise<string | undefined> {
  const [newest] = parts.log.former ?? []
  return newest === undefined ? undefined : buildProof(parts, newest.entry, { opening: true })
}
