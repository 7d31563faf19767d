import { asList, asObject, asText, choice, codingsIn, first, type Json } from '../../fhir/read-values.ts'
import { SUMMARY_SECTIONS } from './summary-sections.ts'

/** A place where a document is no International Patient Summary. */
export interface IpsProblem {
  /** FHIRPath-like, for example `Bundle.entry[0].resource.section[2]`. */
  readonly path: string
  readonly code: 'ips'
  readonly message: string
}

/** What the IPS profiles ask of a resource beyond R4: elements of which one of each group has to be there; `[x]` is any type of a choice. */
const REQUIRED: Readonly<Record<string, readonly (readonly string[])[]>> = {
  Patient: [['name'], ['birthDate']],
  AllergyIntolerance: [['patient'], ['code']],
  MedicationRequest: [['subject'], ['medication[x]']],
  MedicationStatement: [['subject'], ['medication[x]'], ['effective[x]']],
  Condition: [['subject'], ['code']],
  Immunization: [['patient'], ['vaccineCode'], ['occurrence[x]']],
  Procedure: [['subject'], ['code'], ['performed[x]']],
  Observation: [['subject'], ['code'], ['effective[x]'], ['value[x]', 'dataAbsentReason', 'component', 'hasMember']],
  DiagnosticReport: [['subject'], ['code'], ['effective[x]']],
}

/**
 * What keeps a record from standing as an entry of a summary: elements that the profile of its type has and R4 does not ask for. Source: HL7 IPS
 * Implementation Guide 2.0, profiles *-uv-ips, cardinalities. No validator of profiles is run: slices, bindings and extensions are not looked at.
 */
export function missingForIps(resource: unknown): readonly string[] {
  const value = asObject(resource) ?? {}
  return (REQUIRED[asText(value['resourceType']) ?? ''] ?? []).filter((group) => !group.some((name) => has(value, name))).map((group) => group.join(' or '))
}

function has(value: Json, name: string): boolean {
  const found = name.endsWith('[x]') ? choice(value, name.slice(0, -3))?.value : value[name]
  return found !== undefined && found !== null && (!Array.isArray(found) || found.length > 0)
}

/** Every way in which a Bundle is no International Patient Summary, as far as its structure says: document, Composition, sections, entries. Empty: none. */
export function ipsProblems(bundle: unknown): readonly IpsProblem[] {
  const value = asObject(bundle) ?? {}
  const entries = asList(value['entry']).map((one) => asObject(one) ?? {})
  const composition = asObject(entries[0]?.['resource'])
  if (value['type'] !== 'document' || composition?.['resourceType'] !== 'Composition') return [problem('Bundle', 'A summary is a document whose first entry is a Composition.')]
  const byUrl = new Map(entries.flatMap((entry, index) => (typeof entry['fullUrl'] === 'string' ? [[entry['fullUrl'], { index, resource: asObject(entry['resource']) ?? {} }] as const] : [])))
  return [
    ...(asText(first(value['identifier'])?.['value']) === undefined || asText(value['timestamp']) === undefined ? [problem('Bundle', 'It has an identifier and a timestamp.')] : []),
    ...entries.flatMap((entry, index) => (typeof entry['fullUrl'] === 'string' ? [] : [problem(`Bundle.entry[${index}]`, 'Each entry has a fullUrl.')])),
    ...headProblems(composition, byUrl), ...sectionProblems(composition, byUrl),
    ...[...byUrl.values()].flatMap(({ index, resource }) => missingForIps(resource).map((name) => problem(`Bundle.entry[${index}].resource`, `The profile of ${asText(resource['resourceType']) ?? 'its type'} asks for ${name}.`))),
  ]
}

type Targets = ReadonlyMap<string, { readonly index: number; readonly resource: Json }>
const head = 'Bundle.entry[0].resource'
const problem = (path: string, message: string): IpsProblem => ({ path, code: 'ips', message })
const typeAt = (reference: unknown, targets: Targets): string | undefined => asText(targets.get(asText(asObject(reference)?.['reference']) ?? '')?.resource['resourceType'])

function headProblems(composition: Json, targets: Targets): readonly IpsProblem[] {
  const missing = ['status', 'date', 'title'].filter((name) => asText(composition[name]) === undefined)
  return [
    ...missing.map((name) => problem(`${head}.${name}`, 'The Composition says it.')),
    ...(codingsIn(composition['type']).some(({ system, code }) => system === 'http://loinc.org' && code === '60591-5') ? [] : [problem(`${head}.type`, 'Its type is LOINC 60591-5.')]),
    ...(typeAt(composition['subject'], targets) === 'Patient' ? [] : [problem(`${head}.subject`, 'Its subject is the Patient in the document.')]),
    ...(asList(composition['author']).length > 0 ? [] : [problem(`${head}.author`, 'It has an author.')]),
  ]
}

function sectionProblems(composition: Json, targets: Targets): readonly IpsProblem[] {
  const sections = asList(composition['section']).map((one) => asObject(one) ?? {})
  const codeOf = (section: Json): string | undefined => codingsIn(section['code']).find(({ system }) => system === 'http://loinc.org')?.code
  const absent = SUMMARY_SECTIONS.filter(({ required, code }) => required && !sections.some((section) => codeOf(section) === code))
  return [
    ...absent.map(({ title, code }) => problem(`${head}.section`, `The section ${title} (LOINC ${code}) is missing.`)),
    ...sections.flatMap((section, index) => {
      const path = `${head}.section[${index}]`
      const rule = SUMMARY_SECTIONS.find(({ code }) => code === codeOf(section))
      const listed = asList(section['entry'])
      return [
        ...(asText(section['title']) === undefined || codeOf(section) === undefined ? [problem(path, 'A section has a title and a LOINC code.')] : []),
        ...(asText(asObject(section['text'])?.['div']) === undefined ? [problem(`${path}.text`, 'A section has a narrative.')] : []),
        ...(listed.length === 0 && section['emptyReason'] === undefined ? [problem(path, 'A section without entries says why.')] : []),
        ...listed.flatMap((one, place) => {
          const type = typeAt(one, targets)
          if (type === undefined) return [problem(`${path}.entry[${place}]`, 'It leads to nothing in the document.')]
          return rule === undefined || rule.types.includes(type) ? [] : [problem(`${path}.entry[${place}]`, `A ${type} does not belong into this section.`)]
        }),
      ]
    }),
  ]
}
