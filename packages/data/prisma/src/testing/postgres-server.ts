import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, globSync, mkdtempSync, readFileSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'

/** A PostgreSQL server of our own in a temporary folder, reachable on loopback only. */
export interface PostgresServer {
  /** Makes an empty database, or a copy of `template` that nobody is connected to; gives its connection string. */
  createDatabase(options?: { readonly template?: string | undefined }): Promise<string>
  /** Connection string of a database by name. */
  url(database: string): string
  readonly port: number
  /** Process id of the postmaster, for measuring what the server uses. */
  readonly pid: number
  /** Ends the server at once, as a crash does; `start` recovers it. */
  crash(): Promise<void>
  start(): Promise<void>
  /** Stops it and removes its folder. */
  stop(): Promise<void>
}

/** The folder of the newest server binaries on this machine: on PATH, or where Debian puts them. `undefined`: none. */
export function findPostgres(): string | undefined {
  const places = [...globSync('/usr/lib/postgresql/*/bin').sort((left, right) => version(right) - version(left)), ...(process.env['PATH'] ?? '').split(delimiter)]
  return places.find((place) => ['initdb', 'postgres'].every((name) => place !== '' && existsSync(join(place, name))))
}

function version(place: string): number {
  return Number(dirname(place).split('/').at(-1))
}

/** fsync is on, as in production, unless `fsync: false`. */
export async function startPostgres({ fsync = true, settings = {} }: { readonly fsync?: boolean; readonly settings?: Readonly<Record<string, string>> } = {}): Promise<PostgresServer> {
  const binaries = findPostgres()
  if (binaries === undefined) throw new Error('There are no PostgreSQL server binaries on this machine.')
  const user = otherUser()
  const folder = mkdtempSync(join(tmpdir(), 'careledger-pg-'))
  if (user !== undefined) chownSync(folder, user.uid, user.gid)
  const data = join(folder, 'data')
  const options = { cwd: folder, ...(user ?? {}), stdio: ['ignore', 'ignore', 'pipe'] as ['ignore', 'ignore', 'pipe'] }
  await finished(spawn(join(binaries, 'initdb'), ['-D', data, '-U', 'careledger', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'], options))
  const port = await freePort()
  const given = { listen_addresses: '127.0.0.1', port: String(port), unix_socket_directories: folder, fsync: fsync ? 'on' : 'off', max_connections: '200', shared_buffers: '64MB', log_min_messages: 'fatal', ...settings }
  await writeFile(join(data, 'postgresql.auto.conf'), Object.entries(given).map(([name, value]) => `${name} = '${value}'\n`).join(''))
  let server: ChildProcess | undefined
  let made = 0
  const url = (database: string): string => `postgresql://careledger@127.0.0.1:${port}/${database}`
  const start = async (): Promise<void> => {
    server = spawn(join(binaries, 'postgres'), ['-D', data], { ...options, stdio: 'ignore' })
    process.once('exit', () => server?.kill('SIGQUIT'))
    await reachable(url('postgres'))
  }
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (server === undefined || server.exitCode !== null || server.signalCode !== null) return
    const ended = once(server, 'exit')
    server.kill(signal)
    await ended
  }
  await start()
  return {
    port,
    get pid() { return server?.pid ?? 0 },
    url,
    start,
    crash: () => end('SIGQUIT'),
    async createDatabase({ template = 'template1' } = {}) {
      const name = `care${made += 1}`
      const client = new pg.Client({ connectionString: url('postgres') })
      await client.connect()
      await client.query(`CREATE DATABASE ${name} TEMPLATE ${template}`).finally(() => client.end())
      return url(name)
    },
    async stop() {
      await end('SIGINT')
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** initdb and postgres refuse to run as root. */
function otherUser(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const users = readFileSync('/etc/passwd', 'utf8').split('\n').map((line) => line.split(':'))
  const found = users.find(([name]) => name === 'postgres') ?? users.find(([name]) => name === 'nobody')
  if (found === undefined) throw new Error('There is no user postgres or nobody to run the server as.')
  return { uid: Number(found[2]), gid: Number(found[3]) }
}

async function finished(child: ChildProcess): Promise<void> {
  let message = ''
  child.stderr?.on('data', (text: Buffer) => { message += text.toString() })
  const [code] = (await once(child, 'exit')) as [number | null]
  if (code !== 0) throw new Error(`initdb failed: ${message}`)
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  await once(probe, 'close')
  return port
}

async function reachable(connectionString: string): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    const client = new pg.Client({ connectionString })
    client.on('error', () => undefined)
    try {
      await client.connect()
      await client.end()
      return
    } catch (error) {
      if (attempt === 200) throw error
      await delay(50)
    }
  }
}
