import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { z } from 'zod'
import { SettingsError } from '../settings.ts'

/** Where a key or a credential is: a file, or a variable of the environment. It never stands in the file of ledgers itself. */
export const secretSchema = z.union([z.strictObject({ file: z.string().min(1) }), z.strictObject({ env: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/) })])
export type Secret = z.output<typeof secretSchema>

/** The text, without white space around it. Errors: SettingsError naming the file or variable. */
export function readSecret(secret: Secret, directory: string): string {
  const text = 'env' in secret ? process.env[secret.env] : readText(resolve(directory, secret.file))
  if (text === undefined || text.trim() === '') throw new SettingsError('env' in secret ? `The variable ${secret.env} is not set.` : `The file ${secret.file} is empty.`)
  return text.trim()
}

/** The text of a file that holds no secret: a certificate. */
export function readPublicFile(path: string, directory: string): string {
  return readText(resolve(directory, path))
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new SettingsError(`The file ${path} cannot be read (${(cause as NodeJS.ErrnoException).code ?? 'unknown'}).`, { cause })
  }
}
