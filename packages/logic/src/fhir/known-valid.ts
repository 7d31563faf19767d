import { hash } from 'node:crypto'

/** Most digests kept; the oldest goes first. About 100 bytes each. */
const knownMax = 20_000
const known = new Set<string>()

/**
 * Runs `check` on bytes unless the very same bytes passed before in this process: an import is checked as a bundle and then again, resource
 * by resource, when it is committed. Keeps digests only. `check` must depend on the bytes alone, and gives the problems it found.
 */
export function unlessKnownValid<Problem>(bytes: Uint8Array | undefined, check: () => readonly Problem[]): readonly Problem[] {
  if (bytes === undefined) return check()
  const digest = hash('sha256', bytes, 'base64')
  if (known.has(digest)) return []
  const problems = check()
  if (problems.length === 0) {
    if (known.size >= knownMax) known.delete(known.values().next().value as string)
    known.add(digest)
  }
  return problems
}
