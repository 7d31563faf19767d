import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import pg from 'pg'
import { openRawSockets, toRawRequest, type RawSockets } from '../load/raw-sockets.ts'
import { startChild } from '../measure/child-server.ts'
import { generateUsualClient, type World } from '../world.ts'

export interface PlainHospital {
  readonly pid: number
  /** Brings a Bundle in whole, as patient `patient`, whom the one caller may read. */
  importBundle(patient: string, bundle: Uint8Array): Promise<void>
  connect(clients: number): Promise<void>
  /** Asks for one patient over one of the open sockets; the answer's bytes. */
  ask(client: number, what: 'search' | 'everything' | 'timeline' | 'export', patient: string): Promise<Buffer>
}

const caller = 'staff-1'
const tables = [
  'create table plain_resource (id text primary key, patient text not null, type text not null, code text, title text, date timestamptz, body jsonb not null, created_at timestamptz not null default now())',
  'create index on plain_resource (patient, type, code)',
  'create index on plain_resource (patient, date)',
  'create table plain_grant (patient text not null, party text not null, expires timestamptz not null, primary key (patient, party))',
  'create table plain_access (id uuid primary key, patient text not null, party text not null, what text not null, count int not null, at timestamptz not null default now())',
]

/** Starts the plain hospital on the world's PostgreSQL; it ends with the world. */
export async function startPlainHospital(world: World): Promise<PlainHospital> {
  const database = new pg.Client({ connectionString: world.connectionString })
  await database.connect()
  world.onClose(() => database.end())
  for (const table of tables) await database.query(table)
  const { publicKey, privateKey } = await generateKeyPair('ES256')
  const server = await startChild<object, { url: string }>('servers/plain-hospital.ts', { connectionString: world.connectionString, jwk: await exportJWK(publicKey), client: generateUsualClient() })
  const token = await new SignJWT({}).setProtectedHeader({ alg: 'ES256' }).setSubject(caller).setExpirationTime('2h').sign(privateKey)
  let sockets: RawSockets | undefined
  world.onClose(() => server.stop())
  world.onClose(() => sockets?.close())
  const requests = new Map<string, Buffer>()
  const request = (what: string, patient: string): Buffer => {
    const path = what === 'search' ? `search?patient=${patient}&type=Observation&code=8867-4` : `${what}?patient=${patient}`
    const known = requests.get(path) ?? toRawRequest(`${server.ready.url}/${path}`, { method: 'GET', headers: [['authorization', `Bearer ${token}`]], body: '' })
    requests.set(path, known)
    return known
  }
  return {
    pid: server.pid,
    async importBundle(patient, bundle) {
      const response = await fetch(`${server.ready.url}/import?patient=${patient}`, { method: 'POST', headers: { authorization: `Bearer ${token}` }, body: bundle.slice() })
      if (!response.ok) throw new Error(`The plain hospital answered ${response.status}: ${await response.text()}`)
      await database.query('insert into plain_grant values ($1, $2, $3) on conflict do nothing', [patient, caller, new Date(Date.now() + 86_400_000)])
    },
    async connect(clients) {
      sockets?.close()
      sockets = await openRawSockets(server.ready.url, clients)
    },
    async ask(client, what, patient) {
      const { status, body } = await (sockets as RawSockets).send(client, request(what, patient))
      if (status !== 200) throw new Error(`The plain hospital answered ${status}: ${body.toString().slice(0, 200)}`)
      return body
    },
  }
}
