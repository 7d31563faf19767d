import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { PrismaPg } from '@prisma/adapter-pg'
import { importJWK, jwtVerify, type JWK } from 'jose'
import { serve } from '../measure/child-server.ts'

interface Setup { readonly connectionString: string; readonly jwk: JWK; readonly client: string }

/** One resource as the plain hospital keeps it: columns to find it by, and the whole as JSON. */
interface Row { readonly id: string; readonly patient: string; readonly type: string; readonly code: string | null; readonly title: string; readonly date: Date | null; readonly body: object }

/**
 * A hospital's reading and writing as a usual stack does it: Node's HTTP server, jose for the token, Prisma for everything else. It looks
 * up who may read, and leaves a row for each access. It validates nothing, signs nothing, seals nothing and has no log.
 */
await serve<Setup, { readonly url: string }>(async ({ connectionString, jwk, client }) => {
  const { PrismaClient } = (await import(client)) as { PrismaClient: new (options: object) => PlainPrisma }
  const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString, max: 16 }), transactionOptions: { maxWait: 60_000, timeout: 60_000 } })
  const key = await importJWK(jwk, 'ES256')

  async function read(party: string, patient: string, what: string, find: () => Promise<readonly object[]>): Promise<readonly object[]> {
    const grant = await prisma.plainGrant.findUnique({ where: { patient_party: { patient, party } } })
    if (grant === null || grant.expires < new Date()) throw new Error('not allowed')
    const rows = await find()
    await prisma.plainAccess.create({ data: { id: randomUUID(), patient, party, what, count: rows.length } })
    return rows
  }

  const routes: Readonly<Record<string, (party: string, query: URLSearchParams, body: string) => Promise<string>>> = {
    async search(party, query) {
      const [patient, type, code] = [query.get('patient') ?? '', query.get('type') ?? '', query.get('code')]
      const rows = await read(party, patient, 'search', () => prisma.plainResource.findMany({ where: { patient, type, ...(code === null ? {} : { code }) }, orderBy: { date: 'desc' }, take: 50 }))
      return bundle(rows as readonly Row[])
    },
    async everything(party, query) {
      const patient = query.get('patient') ?? ''
      return bundle((await read(party, patient, 'everything', () => prisma.plainResource.findMany({ where: { patient }, orderBy: { createdAt: 'desc' }, take: 100 }))) as readonly Row[])
    },
    async timeline(party, query) {
      const patient = query.get('patient') ?? ''
      return JSON.stringify({ items: await read(party, patient, 'timeline', () => prisma.plainResource.findMany({ where: { patient }, orderBy: { date: 'desc' }, take: 50, select: { id: true, type: true, title: true, date: true } })) })
    },
    async export(party, query) {
      const patient = query.get('patient') ?? ''
      const rows = (await read(party, patient, 'export', () => prisma.plainResource.findMany({ where: { patient } }))) as readonly Row[]
      return `${rows.map(({ body }) => JSON.stringify(body)).join('\n')}\n`
    },
    async import(_party, query, body) {
      const patient = query.get('patient') ?? ''
      const { entry } = JSON.parse(body) as { readonly entry: readonly { readonly resource: Resource }[] }
      const rows = entry.map(({ resource }) => toRow(patient, resource))
      await prisma.$transaction(async (transaction) => { await transaction.plainResource.createMany({ data: rows, skipDuplicates: true }) })
      return JSON.stringify({ imported: rows.length })
    },
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://localhost')
    const { payload } = await jwtVerify((request.headers.authorization ?? '').replace('Bearer ', ''), key)
    const route = routes[url.pathname.slice(1)]
    if (route === undefined || payload.sub === undefined) throw new Error('no such route')
    const text = await route(payload.sub, url.searchParams, await bodyOf(request))
    response.writeHead(200, { 'content-type': 'application/fhir+json', 'content-length': Buffer.byteLength(text) }).end(text)
  }
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => { response.writeHead(500).end(String(error)) })
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

interface Resource { readonly resourceType: string; readonly id?: string; readonly code?: { readonly text?: string; readonly coding?: readonly { readonly code?: string; readonly display?: string }[] }; readonly effectiveDateTime?: string }

function toRow(patient: string, resource: Resource): Row {
  const coding = resource.code?.coding?.[0]
  const date = resource.effectiveDateTime === undefined ? null : new Date(resource.effectiveDateTime)
  return { id: resource.id ?? randomUUID(), patient, type: resource.resourceType, code: coding?.code ?? null, title: resource.code?.text ?? coding?.display ?? resource.resourceType, date, body: resource }
}

function bundle(rows: readonly Row[]): string {
  return JSON.stringify({ resourceType: 'Bundle', type: 'searchset', total: rows.length, entry: rows.map(({ body }) => ({ resource: body })) })
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

/** The part of the generated client that is used; it is generated when the bench runs. */
interface PlainPrisma {
  $transaction<T>(body: (transaction: Pick<PlainPrisma, 'plainResource'>) => Promise<T>): Promise<T>
  $disconnect(): Promise<void>
  readonly plainResource: { findMany(options: object): Promise<readonly object[]>; createMany(options: { readonly data: readonly Row[]; readonly skipDuplicates: boolean }): Promise<unknown> }
  readonly plainGrant: { findUnique(options: object): Promise<{ readonly expires: Date } | null> }
  readonly plainAccess: { create(options: { readonly data: object }): Promise<unknown> }
}
