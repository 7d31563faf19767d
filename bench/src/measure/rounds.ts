import type { Replay } from '../load/replay.ts'

/** Callers at one time. */
export const clients = 64
export const roundMs = 4_000
/** Rounds that count; one more comes before them and does not. */
export const rounds = Number(process.env['BENCH_ROUNDS'] ?? 3)
/** Requests made ahead for a round, at least; it ends early when they are used up. `BENCH_PREPARED`: fewer, where a machine needs more than a minute for them. */
const preparedMin = Number(process.env['BENCH_PREPARED'] ?? 3_000)
/** Operations before anything counts: V8 goes on making the server's code faster for about as long. */
const warmUpOperations = 6_000

/** How many requests to make ahead for a round, by what the last one did in a second. */
export function preparedFor(perSecond: number | undefined): number {
  return Math.max(preparedMin, Math.ceil((perSecond ?? 0) * (roundMs / 1000) * 1.4))
}

/** Sends requests until the server is warm; gives how many. */
export async function warmUp(replay: Replay): Promise<number> {
  for (let done = 0; done < warmUpOperations; done += preparedMin) {
    await replay.prepare(preparedMin)
    await replay.connect(clients)
    await Promise.all(Array.from({ length: clients }, async (_, client) => {
      while ((await replay.send(client)) !== false);
    }))
  }
  return warmUpOperations
}
