import { initTRPC } from '@trpc/server'
import { createHTTPServer } from '@trpc/server/adapters/standalone'
import { z } from 'zod'
import { serve } from '../measure/child-server.ts'

const text = z.strictObject({ text: z.string().max(1000) })

/** The peer: the same query on tRPC's own standalone server, without limits, metrics or security headers. */
await serve<object, { readonly url: string }>(async () => {
  const t = initTRPC.create()
  const router = t.router({ echo: t.procedure.input(text).output(text).query(({ input }) => input) })
  const server = createHTTPServer({ router, basePath: '/trpc/' })
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  const { port } = server.address() as { port: number }
  return {
    ready: { url: `http://127.0.0.1:${port}` },
    async stop() {
      server.close()
      process.exit(0)
    },
  }
})
