/**
 * Calls every operation of an instance with arbitrary JSON, and its server with arbitrary requests, a thousand at a time, and prints the heap in use after each
 * thousand, as JSON. Needs --expose-gc. `argv[2]`: how many thousands.
 */
import fc from 'fast-check'
import { createInvoke } from '../invoke.ts'
import { createMetrics } from '../metrics.ts'
import { operationsByName, type Context } from '../operation.ts'
import { createOperations } from '../operations/index.ts'
import { startInstance } from './instance.ts'

const collect = (globalThis as { readonly gc?: () => void }).gc
if (collect === undefined) throw new Error('Start this with --expose-gc.')
const operations = [...operationsByName(createOperations()).values()]
const instance = await startInstance()
const { actor } = await instance.as('doctor-a')
const unlimited = { take: () => undefined, size: 0 }
const quiet = () => undefined
const invoke = createInvoke({ metrics: createMetrics(), logger: { debug: quiet, info: quiet, warn: quiet, error: quiet }, rate: { keys: unlimited, addresses: unlimited } })
const context = {
  parts: instance.parts, auth: instance.auth, actor, session: { id: 's', expires: new Date(), possession: 'p'.repeat(43) }, possession: undefined, address: 'test', origin: instance.url, requestId: 'test', now: new Date(), signal: new AbortController().signal,
} as unknown as Context

/** JSON that no contract takes, so that nothing is recorded: whatever stays in memory, stays by mistake. */
const inputs = fc.oneof(fc.array(fc.jsonValue(), { minLength: 1, maxLength: 20 }), fc.record({ unknown: fc.string({ maxLength: 2000 }) }))
const names = fc.string({ minLength: 1, maxLength: 60 })

async function thousand(seed: number): Promise<void> {
  const values = fc.sample(inputs, { seed, numRuns: 800 })
  for (const [at, input] of values.entries()) await invoke(operations[at % operations.length] as (typeof operations)[number], context, input).catch(quiet)
  for (const name of fc.sample(names, { seed, numRuns: 200 })) {
    const answer = await fetch(`${instance.url}/trpc/${encodeURIComponent(name)}`, { method: 'POST', headers: { 'content-type': 'application/json', 'x-request-id': name.replaceAll(/[^\w]/g, 'x') }, body: JSON.stringify({ name }) })
    await answer.arrayBuffer()
  }
}

const heaps: number[] = []
for (let round = 0; round < Number(process.argv[2]); round++) {
  await thousand(round)
  collect()
  collect()
  heaps.push(process.memoryUsage().heapUsed)
}
await instance.stop()
console.log(JSON.stringify(heaps))
process.exit(0)
