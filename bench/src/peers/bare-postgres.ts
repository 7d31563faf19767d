import { randomBytes, randomUUID } from 'node:crypto'
import pg from 'pg'

/** Peer (a): `pg` alone, each insert committed by itself, each select by primary key; no signature, no HTTP, nothing else. */
export async function createBarePostgres(connectionString: string, clients: number) {
  const pool = new pg.Pool({ connectionString, max: Math.min(clients, 32) })
  await pool.query('create table if not exists bare_record (id uuid primary key, subject uuid not null, digest bytea not null, body jsonb not null, created_at timestamptz not null default now())')
  await pool.query('create index if not exists bare_record_subject on bare_record (subject, created_at)')
  const subject = randomUUID()
  const ids: string[] = []
  return {
    async insert(body: string): Promise<void> {
      const id = randomUUID()
      await pool.query({ name: 'insert', text: 'insert into bare_record (id, subject, digest, body) values ($1, $2, $3, $4)', values: [id, subject, randomBytes(32), body] })
      ids.push(id)
    },
    async select(n: number): Promise<void> {
      const { rows } = await pool.query<{ body: unknown }>({ name: 'select', text: 'select id, subject, digest, body, created_at from bare_record where id = $1', values: [ids[n % ids.length]] })
      if (rows.length !== 1) throw new Error('A row was not found.')
    },
    close: () => pool.end(),
  }
}
