import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { SettingsError } from '../settings.ts'

/** What an instance is, for as long as it lives; made once by `init` or the first start. */
const instanceFile = z.strictObject({
  v: z.literal(1),
  /** Origin of the log. */
  origin: z.string(),
  platform: z.strictObject({ party: z.string(), name: z.string() }),
  /** Organisations whose records this instance holds; each has a vault. The platform is one of them. */
  custodians: z.array(z.string()).min(1),
  demo: z.boolean(),
})
export type InstanceFile = z.output<typeof instanceFile>

/** `undefined`: the directory holds no instance yet. Errors: SettingsError for a file that is not one. */
export function readInstanceFile(directory: string): InstanceFile | undefined {
  const path = join(directory, 'instance.json')
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  try {
    const value: unknown = JSON.parse(text)
    const v = (value as { v?: unknown } | null)?.v
    if (typeof v === 'number' && v > 1) throw new SettingsError(`${path} was written by a newer version of CareLedger (format ${v}). Start that version or a later one; there is no way back but a backup from before.`)
    return instanceFile.parse(value)
  } catch (error) {
    if (error instanceof SettingsError) throw error
    throw new SettingsError(`${path} is damaged. Restore it from a backup; it is never made anew over existing data.`, { cause: error })
  }
}

export function writeInstanceFile(directory: string, instance: InstanceFile): void {
  const path = join(directory, 'instance.json')
  writeFileSync(`${path}.new`, `${JSON.stringify(instance, null, 2)}\n`, { mode: 0o600, flush: true })
  renameSync(`${path}.new`, path)
}
