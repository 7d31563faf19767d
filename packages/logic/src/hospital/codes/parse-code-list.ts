import { asList, asObject, asText, type Json } from '../../fhir/read-values.ts'
import { LogicError } from '../../logic-error.ts'
import { CODES_MAX, type ListedCode } from './code-list.ts'
import { parseCsv } from './parse-csv.ts'

/**
 * Reads a list of codes: CSV with a head line that names `code` and `display`, and perhaps `system` and `also` (further names, split at `;`); a
 * FHIR R4 CodeSystem; or a ValueSet whose codes are listed (`compose.include.concept`) or expanded. Errors: INPUT_MALFORMED saying what is
 * missing; INPUT_TOO_LARGE over 200,000 codes.
 */
export function parseCodeList(text: string): readonly ListedCode[] {
  const codes = text.trimStart().startsWith('{') ? fromFhir(text) : fromCsv(text)
  if (codes.length === 0) throw malformed('The list has no code. A ValueSet that only points at other lists has to be expanded first.')
  if (codes.length > CODES_MAX) throw new LogicError('INPUT_TOO_LARGE', `A list has at most ${CODES_MAX} codes.`, { details: { limit: CODES_MAX } })
  return codes
}

function fromCsv(text: string): readonly ListedCode[] {
  const [head = [], ...rows] = parseCsv(text)
  const place = (name: string): number => head.findIndex((cell) => cell.trim().toLowerCase() === name)
  const [code, display, system, also] = [place('code'), place('display'), place('system'), place('also')]
  if (code === -1 || display === -1) throw malformed('The head line names no column code and display.')
  return rows.flatMap((row, index): readonly ListedCode[] => {
    if (row.every((cell) => cell.trim() === '')) return []
    const [value, words] = [row[code]?.trim() ?? '', row[display]?.trim() ?? '']
    if (value === '' || words === '') throw malformed(`Line ${index + 2} has no code or no display.`)
    return [listed(row[system]?.trim(), value, words, (row[also] ?? '').split(';').map((one) => one.trim()).filter((one) => one !== ''))]
  })
}

function fromFhir(text: string): readonly ListedCode[] {
  let resource: Json | undefined
  try {
    resource = asObject(JSON.parse(text))
  } catch (cause) {
    throw malformed('The file is not JSON.', cause)
  }
  if (resource?.['resourceType'] === 'CodeSystem') return concepts(resource['concept'], asText(resource['url']))
  if (resource?.['resourceType'] !== 'ValueSet') throw malformed('The file is neither a CodeSystem nor a ValueSet.')
  const expanded = contained(asObject(resource['expansion'])?.['contains'])
  return expanded.length > 0 ? expanded : asList(asObject(resource['compose'])?.['include']).map(asObject).flatMap((include) => concepts(include?.['concept'], asText(include?.['system'])))
}

/** Concepts and those below them. */
function concepts(list: unknown, system: string | undefined): readonly ListedCode[] {
  return asList(list).map(asObject).flatMap((concept): readonly ListedCode[] => {
    const code = asText(concept?.['code'])
    const also = asList(concept?.['designation']).flatMap((one) => asText(asObject(one)?.['value']) ?? [])
    return [...(code === undefined ? [] : [listed(system, code, asText(concept?.['display']) ?? code, also)]), ...concepts(concept?.['concept'], system)]
  })
}

/** Abstract ones only group others. */
function contained(list: unknown): readonly ListedCode[] {
  return asList(list).map(asObject).flatMap((one): readonly ListedCode[] => {
    const code = asText(one?.['code'])
    return [...(code === undefined || one?.['abstract'] === true ? [] : [listed(asText(one?.['system']), code, asText(one?.['display']) ?? code, [])]), ...contained(one?.['contains'])]
  })
}

const listed = (system: string | undefined, code: string, display: string, also: readonly string[]): ListedCode => ({ code, display, also, ...(system === undefined || system === '' ? {} : { system }) })

function malformed(message: string, cause?: unknown): LogicError {
  return new LogicError('INPUT_MALFORMED', message, { cause })
}
