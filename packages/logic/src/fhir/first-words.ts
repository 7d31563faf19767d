import { asList, asObject, asText, conceptText, type Json } from './read-values.ts'

/** Who it is about, how it stands, and what is for machines: none of it says what a resource is. */
const passedOver: ReadonlySet<string> = new Set([
  'resourceType', 'id', 'meta', 'implicitRules', 'language', 'text', 'contained', 'extension', 'modifierExtension', 'identifier', 'status', 'statusReason', 'intent', 'priority', 'subject', 'patient', 'beneficiary', 'encounter', 'context',
  'author', 'requester', 'performer', 'recorder', 'asserter', 'enterer', 'provider', 'managingOrganization', 'created', 'date', 'url', 'use', 'mode', 'system', 'version', 'unit', 'rank', 'manufacturer', 'owner', 'insurance', 'insurer', 'instantiatesCanonical',
])
/** Members whose plain text is for people. */
const spoken: ReadonlySet<string> = new Set(['title', 'name', 'description', 'display', 'detail', 'comment', 'text', 'productName', 'contentString', 'modelNumber', 'lotNumber', 'disposition', 'questionnaire', 'reasonString'])
const depthMax = 4

/**
 * The first words in a resource that say what it is, for types without a rule of their own: what stands nearest to the top, a concept before what a
 * reference is called, and that before plain text. `undefined`: it says nothing to people.
 */
export function firstWords(resource: Json): string | undefined {
  let level: readonly (readonly [string, unknown])[] = membersOf(resource)
  for (let depth = 0; depth < depthMax && level.length > 0; depth++) {
    const objects = level.flatMap(([name, value]) => asList(value).map((each) => [name, asObject(each)] as const))
    const found = objects.map(([, value]) => (value !== undefined && isConcept(value) ? conceptText(value) : undefined)).find(isText)
      ?? objects.map(([, value]) => asText(value?.['display'])).find(isText)
      ?? level.map(([name, value]) => (spoken.has(name) ? asText(value) : undefined)).find(isText)
    if (found !== undefined) return found
    level = objects.flatMap(([, value]) => (value === undefined ? [] : membersOf(value)))
  }
  return undefined
}

const isText = (text: string | undefined): boolean => text !== undefined && text.trim() !== ''
const isConcept = (value: Json): boolean => 'coding' in value || ('code' in value && 'system' in value && !('value' in value)) || ('text' in value && Object.keys(value).length === 1)
const membersOf = (value: Json): readonly (readonly [string, unknown])[] => Object.entries(value).filter(([name]) => !passedOver.has(name) && !name.startsWith('_'))
