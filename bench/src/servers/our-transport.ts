import { createServer, implement } from '@careledger/api'
import type { ServerOptions } from '@careledger/api'
import { query } from '@careledger/api/contracts'
import { z } from 'zod'
import { serve } from '../measure/child-server.ts'

const text = z.strictObject({ text: z.string().max(1000) })
const contract = query({ name: 'echo', summary: 'Says it back.', rule: 'public', cost: 1, audit: 'none', input: text, output: text })
const quiet = { debug() {}, info() {}, warn() {}, error() {} }
const unlimited = { capacity: 1e12, perSecond: 1e12 }

/** Our server as it is, with an operation that asks for none of its parts. */
await serve<object, { readonly url: string }>(async () => {
  const server = createServer({
    operations: { echo: implement(contract, async (_context, input) => input) },
    parts: { now: () => new Date() } as ServerOptions['parts'], auth: {} as ServerOptions['auth'],
    logger: quiet, limits: { perKey: unlimited, perAddress: unlimited },
  })
  const { url } = await server.listen()
  return { ready: { url }, stop: () => server.stop() }
})
