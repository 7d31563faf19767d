import { performance } from 'node:perf_hooks'
import { leafHash, merklePaths, sha256, u64, verifyInclusion } from '@careledger/proof'
import type { Bench } from './bench.ts'
import { verifyFiles } from './verify-files.ts'

const leaves = 1_000_000

/** Offline verification at a million leaves, on one core: the audit path alone, then whole proof files. */
export const verify: Bench = {
  name: 'verify',
  claim: 'Offline verification of inclusion at a million leaves: at least 20,000 per CPU-second.',
  async run(report) {
    const hashes = Array.from({ length: leaves }, (_, n) => leafHash(sha256(u64(n))))
    const built = performance.now()
    const { root, paths } = merklePaths(hashes)
    report.figure({ what: 'Merkle tree with every audit path, 1,000,000 leaves', value: leaves / ((performance.now() - built) / 1000), unit: 'leaves/s' })
    const sample = Array.from({ length: 2_000 }, (_, n) => (n * 499_979) % leaves)
    const proofs = sample.map((index) => ({ index, leaf: hashes[index] as Uint8Array, path: paths[index] ?? [] }))
    const before = process.cpuUsage()
    let held = 0
    for (let round = 0; round < 20; round++) for (const { index, leaf, path } of proofs) held += verifyInclusion({ index, size: leaves, leafHash: leaf, path, root }) ? 1 : 0
    const { user, system } = process.cpuUsage(before)
    if (held !== proofs.length * 20) throw new Error('A proof did not hold.')
    report.aim({ what: 'inclusion proofs verified (20 hashes each)', value: held / ((user + system) / 1e6), atLeast: 20_000, unit: 'per CPU-second' })
    await verifyFiles(report)
  },
}
