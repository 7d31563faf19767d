import { doubleSha256 } from './bitcoin-bytes.ts'

/** Root of Bitcoin's tree over at least one hash, and the hashes beside the way from leaf `index` to it, from the bottom. */
export function merklePath(leaves: readonly Buffer[], index: number): { readonly root: Buffer; readonly path: readonly Buffer[] } {
  const path: Buffer[] = []
  let level = leaves
  for (let at = index; level.length > 1; at = Math.floor(at / 2)) {
    const pairs = level.length % 2 === 0 ? level : [...level, ...level.slice(-1)]
    path.push(...pairs.slice(at ^ 1, (at ^ 1) + 1))
    level = Array.from({ length: pairs.length / 2 }, (_, pair) => doubleSha256(Buffer.concat(pairs.slice(2 * pair, 2 * pair + 2))))
  }
  return { root: Buffer.concat(level), path }
}
