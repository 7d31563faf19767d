import { createHash, randomUUID } from 'node:crypto'
import { PrismaPg } from '@prisma/adapter-pg'
import { initTRPC, TRPCError } from '@trpc/server'
import { createHTTPServer } from '@trpc/server/adapters/standalone'
import { compactVerify, importJWK, jwtVerify, type JWK } from 'jose'
import { z } from 'zod'
import { serve } from '../measure/child-server.ts'

interface Setup { readonly connectionString: string; readonly jwk: JWK; readonly client: string }

/**
 * Peer (b), the usual stack: tRPC's standalone server, jose for the token and the record's signature, a Prisma transaction of two rows. No
 * consent, no sealing, no log.
 */
await serve<Setup, { readonly url: string }>(async ({ connectionString, jwk, client }) => {
  const { PrismaClient } = (await import(client)) as { PrismaClient: new (options: object) => UsualPrisma }
  const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString, max: 16 }), transactionOptions: { maxWait: 20_000, timeout: 20_000 } })
  const key = await importJWK(jwk, 'ES256')
  const t = initTRPC.context<{ party: string | undefined }>().create()
  const router = t.router({
    write: t.procedure.input(z.object({ jws: z.string(), body: z.string() })).output(z.object({ id: z.string() })).mutation(async ({ ctx, input }) => {
      if (ctx.party === undefined) throw new TRPCError({ code: 'UNAUTHORIZED' })
      const digest = createHash('sha256').update(input.body).digest('hex')
      const { payload } = await compactVerify(input.jws, key)
      if (new TextDecoder().decode(payload) !== digest) throw new TRPCError({ code: 'BAD_REQUEST' })
      const id = randomUUID()
      const author = ctx.party
      await prisma.$transaction(async (transaction) => {
        await transaction.usualRecord.create({ data: { id, author, body: input.body, digest } })
        await transaction.usualOutbox.create({ data: { id, digest, state: 'waiting' } })
      })
      return { id }
    }),
  })
  const server = createHTTPServer({
    router,
    async createContext({ req }) {
      const token = req.headers.authorization?.replace('Bearer ', '')
      return { party: token === undefined ? undefined : (await jwtVerify(token, key)).payload.sub }
    },
  })
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  const { port } = server.address() as { port: number }
  return {
    ready: { url: `http://127.0.0.1:${port}` },
    async stop() {
      server.close()
      await prisma.$disconnect()
      process.exit(0)
    },
  }
})

/** The part of the generated client that is used; it is generated when the bench runs. */
interface UsualPrisma {
  $transaction<T>(body: (transaction: Pick<UsualPrisma, 'usualRecord' | 'usualOutbox'>) => Promise<T>): Promise<T>
  $disconnect(): Promise<void>
  readonly usualRecord: { create(options: { data: object }): Promise<unknown> }
  readonly usualOutbox: { create(options: { data: object }): Promise<unknown> }
}
