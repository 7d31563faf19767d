import { createHash } from 'node:crypto'
import { readFileSync, readdirSync } from 'node:fs'

/** One folder of prisma/migrations. `checksum` is what Prisma keeps in `_prisma_migrations`: SHA-256 of the script, in hex. */
export interface Migration { readonly name: string; readonly script: string; readonly checksum: string }

const folder = new URL('../../prisma/', import.meta.url)

/** In order of application. */
export function readMigrations(): readonly Migration[] {
  const names = readdirSync(new URL('migrations/', folder), { withFileTypes: true }).filter((item) => item.isDirectory()).map((item) => item.name)
  return names.sort().map((name) => {
    const script = readFileSync(new URL(`migrations/${name}/migration.sql`, folder), 'utf8')
    return { name, script, checksum: createHash('sha256').update(script).digest('hex') }
  })
}

export function readSchema(): string {
  return readFileSync(new URL('schema.prisma', folder), 'utf8')
}
