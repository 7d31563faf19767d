import { performance } from 'node:perf_hooks'

export interface Throughput {
  readonly operations: number
  readonly seconds: number
  readonly perSecond: number
  /** CPU seconds of everything that took part, by the caller's meter. */
  readonly cpuSeconds: number
  readonly perCpuSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
}

/**
 * Keeps `clients` callers busy for `forMs`, each starting its next operation when the last one ended, and counts what ended. A caller
 * stops early when its operation gives `false`, which does not count: there is nothing more to do.
 * `cpuSeconds` is read before and after; on Linux it should cover database backends too.
 */
export async function measureThroughput(options: {
  readonly clients: number
  readonly forMs: number
  readonly cpuSeconds: () => number
  readonly operation: (client: number, n: number) => Promise<void | false>
}): Promise<Throughput> {
  const latencies: number[] = []
  const cpuBefore = options.cpuSeconds()
  const start = performance.now()
  const end = start + options.forMs
  await Promise.all(Array.from({ length: options.clients }, async (_, client) => {
    for (let n = 0; performance.now() < end; n++) {
      const before = performance.now()
      if ((await options.operation(client, n)) === false) return
      latencies.push(performance.now() - before)
    }
  }))
  const seconds = (performance.now() - start) / 1000
  const cpuSeconds = options.cpuSeconds() - cpuBefore
  latencies.sort((a, b) => a - b)
  const at = (q: number) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * q))] ?? 0
  return {
    operations: latencies.length, seconds, perSecond: latencies.length / seconds, cpuSeconds, perCpuSecond: latencies.length / Math.max(cpuSeconds, 1e-9),
    p50Ms: at(0.5), p99Ms: at(0.99),
  }
}

/** The middle one of several rounds, by what they did in a second or in a CPU-second. */
export function medianOf(results: readonly Throughput[], by: 'perSecond' | 'perCpuSecond'): Throughput {
  const sorted = [...results].sort((a, b) => a[by] - b[by])
  return sorted[Math.floor(sorted.length / 2)] as Throughput
}
