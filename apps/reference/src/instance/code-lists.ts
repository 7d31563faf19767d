import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CODE_USES, parseCodeList, type CodeList, type CodeUse } from '@careledger/logic'
import { z } from 'zod'

/** A list as it lies in the data directory: what was brought, and what for. */
const fileSchema = z.strictObject({ v: z.literal(1), name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/), uses: z.array(z.enum(CODE_USES)).min(1), text: z.string() })
const organisationPattern = /^[a-z0-9][a-z0-9-]{0,63}$/
const folder = 'code-lists'

/**
 * Lists of `code-lists/<organisation>/` in the data directory, or of `code-lists/default/` where the organisation has none. A list that is added,
 * replaced or removed while the instance runs is seen at the next question. Processes on other machines need the files too.
 */
export function createCodeLists(directory: string): (organisation: string) => Promise<readonly CodeList[]> {
  const read = new Map<string, { readonly changed: number; readonly list: CodeList }>()
  const listsIn = (place: string): readonly CodeList[] => {
    if (!existsSync(place)) return []
    return readdirSync(place).filter((name) => name.endsWith('.json')).sort().map((name) => {
      const path = join(place, name)
      const changed = statSync(path).mtimeMs
      const known = read.get(path)
      if (known?.changed === changed) return known.list
      const { text, ...file } = fileSchema.parse(JSON.parse(readFileSync(path, 'utf8')))
      const list = { name: file.name, uses: file.uses, codes: parseCodeList(text) }
      read.set(path, { changed, list })
      return list
    })
  }
  return async (organisation) => {
    const own = organisationPattern.test(organisation) ? listsIn(join(directory, folder, organisation)) : []
    return own.length > 0 ? own : listsIn(join(directory, folder, 'default'))
  }
}

export interface CodeListFile {
  /** Party id, or `default` for everybody without lists of their own. */
  readonly organisation: string
  /** `[a-z0-9-]`; an older list of this name is replaced. */
  readonly name: string
  readonly uses: readonly CodeUse[]
  /** CSV, CodeSystem or ValueSet. */
  readonly text: string
}

/** Puts a list into the data directory, whole or not at all. Gives the number of its codes. Errors: LogicError INPUT_MALFORMED, INPUT_TOO_LARGE; ZodError for another name. */
export function addCodeList(directory: string, { organisation, ...list }: CodeListFile): number {
  const count = parseCodeList(list.text).length
  const file = fileSchema.parse({ v: 1, ...list })
  const place = join(directory, folder, z.string().regex(organisationPattern).parse(organisation))
  mkdirSync(place, { recursive: true, mode: 0o700 })
  const path = join(place, `${file.name}.json`)
  writeFileSync(`${path}.new`, JSON.stringify(file), { mode: 0o600 })
  renameSync(`${path}.new`, path)
  return count
}
