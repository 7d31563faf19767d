import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { contracts } from '@careledger/api/contracts'
import type { ElsewherePlace } from '@careledger/api'
import { z } from 'zod'
import { SettingsError } from '../settings.ts'

const places = contracts.identity.elsewhere.output.shape.items
const { trust } = places.element.shape
/** As `careledger trust` prints it, with what it says of the instance itself. */
const printed = trust.extend({ demo: z.boolean().optional(), version: z.string().optional() }).transform(({ demo: _demo, version: _version, ...keys }) => keys)
const fileSchema = z.strictObject({ places: z.array(places.element.extend({ trust: printed })).max(100) })

/**
 * Other instances at which people here may read through this server: `elsewhere.json` in the data directory,
 * `{"places": [{"name": "seoul", "title": "Seoul General Hospital", "url": "https://care.seoul.example", "trust": …}]}` with the printed keys of that
 * instance as `trust`. Read anew at each use, so that a place can be added while the instance runs. Plain HTTP only on this machine. Errors: SettingsError.
 */
export function readElsewhereFile(directory: string): readonly ElsewherePlace[] {
  const path = join(directory, 'elsewhere.json')
  if (!existsSync(path)) return []
  let value: unknown
  try {
    value = JSON.parse(readFileSync(path, 'utf8'))
  } catch (cause) {
    throw new SettingsError(`${path} is not JSON.`, { cause })
  }
  const parsed = fileSchema.safeParse(value)
  if (!parsed.success) throw new SettingsError(`${path}, ${parsed.error.issues.map((issue) => issue.path.join('.') || 'the file').join(', ')}: name places, each with name, title, url and the keys that careledger trust prints there.`)
  const open = parsed.data.places.find(({ url }) => new URL(url).protocol === 'http:' && !['localhost', '127.0.0.1', '[::1]'].includes(new URL(url).hostname))
  if (open !== undefined) throw new SettingsError(`${path}, ${open.name}: records do not travel over plain HTTP. Name an https address.`)
  return parsed.data.places
}
