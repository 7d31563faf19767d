import { asList, asObject, type Json } from './read-values.ts'

/** Whether an invariant of the R4 definitions holds beyond doubt; an expression that is not listed never does. */
export function holdsPlainly(expression: string, value: unknown): boolean {
  // The reference validator's own function for this gives true for every text.
  if (expression === 'htmlChecks()') return true
  const rule = RULES.get(expression)
  if (rule === undefined) return false
  const object = asObject(value)
  return object !== undefined && rule(object)
}

type Rule = (object: Json) => boolean

const lacks = (name: string): Rule => (object) => object[name] === undefined
const has = (object: Json, ...names: readonly string[]): boolean => names.some((name) => object[name] !== undefined)
/** Whether a choice element (`value[x]`) has a value. */
const chosen = (object: Json, element: string): boolean => Object.keys(object).some((name) => name.startsWith(element))

const enteredInError = (object: Json, name: string): boolean => asList(asObject(object[name])?.['coding']).some((coding) => asObject(coding)?.['code'] === 'entered-in-error')

/** By FHIRPath expression, as the definitions write it; what is not simple is left to the evaluator by giving `false`. */
const RULES: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ['contained.contained.empty()', lacks('contained')],
  ['contained.meta.versionId.empty() and contained.meta.lastUpdated.empty()', lacks('contained')],
  ['contained.meta.security.empty()', lacks('contained')],
  ['extension.exists() != value.exists()', (object) => !has(object, 'extension') && chosen(object, 'value')],
  ['start.hasValue().not() or end.hasValue().not() or (start <= end)', isOrderedPeriod],
  ['code.empty() or system.exists()', (object) => !has(object, 'code') || has(object, 'system')],
  ["reference.startsWith('#').not() or (reference.substring(1).trace('url') in %rootResource.contained.id.trace('ids'))", ({ reference }) => typeof reference === 'string' && !reference.startsWith('#')],
  ['data.empty() or contentType.exists()', (object) => !has(object, 'data') || has(object, 'contentType')],
  ['value.empty() or system.exists()', (object) => !has(object, 'value') || has(object, 'system')],
  ['low.empty() or high.empty() or (low <= high)', (object) => !has(object, 'low') || !has(object, 'high')],
  ['low.exists() or high.exists() or text.exists()', (object) => has(object, 'low', 'high', 'text')],
  ['dataAbsentReason.empty() or value.empty()', (object) => !has(object, 'dataAbsentReason') || !chosen(object, 'value')],
  ['value.empty() or component.code.where(coding.intersect(%resource.code.coding).exists()).empty()', (object) => !has(object, 'component') || !chosen(object, 'value')],
  ["abatement.empty() or clinicalStatus.coding.where(system='http://terminology.hl7.org/CodeSystem/condition-clinical' and (code='resolved' or code='remission' or code='inactive')).exists()", (object) => !chosen(object, 'abatement')],
  ["verificationStatus.coding.where(system='http://terminology.hl7.org/CodeSystem/condition-ver-status' and code='entered-in-error').empty() or clinicalStatus.empty()", (object) => !enteredInError(object, 'verificationStatus') || !has(object, 'clinicalStatus')],
])

/** Times of one form and one offset are in the order of their texts. */
function isOrderedPeriod({ start, end }: Json): boolean {
  if (start === undefined || end === undefined) return true
  if (typeof start !== 'string' || typeof end !== 'string' || start.length !== end.length) return false
  return offsetOf(start) === offsetOf(end) && start <= end
}

const offsetOf = (time: string): string => /(?:Z|[+-]\d\d:\d\d)$/.exec(time.slice(10))?.[0] ?? ''
