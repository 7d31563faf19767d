import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { SECTION_KEYS } from '@careledger/logic'
import { z } from 'zod'
import { SettingsError } from '../settings.ts'

const fileSchema = z.strictObject({ sections: z.record(z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/), z.array(z.enum(SECTION_KEYS as [string, ...string[]])).min(1)) })

/**
 * Which sections the summary of a patient's chart has, and in which order: `chart.json` in the data directory,
 * `{"sections": {"default": ["allergies", "medicines"], "seoul-general": [...]}}`, by organisation of the reader. Without the file every
 * section, allergies first. Errors: SettingsError naming the place and the sections there are.
 */
export function readChartFile(directory: string): Readonly<Record<string, readonly string[]>> {
  const path = join(directory, 'chart.json')
  if (!existsSync(path)) return {}
  let value: unknown
  try {
    value = JSON.parse(readFileSync(path, 'utf8'))
  } catch (cause) {
    throw new SettingsError(`${path} is not JSON.`, { cause })
  }
  const parsed = fileSchema.safeParse(value)
  if (parsed.success) return parsed.data.sections
  const places = parsed.error.issues.map((issue) => issue.path.join('.') || 'the file')
  throw new SettingsError(`${path}, ${places.join(', ')}: name organisations, or default, with lists of these sections: ${SECTION_KEYS.join(', ')}.`)
}
