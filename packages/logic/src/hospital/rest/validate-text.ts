import { utf8 } from '@careledger/proof'
import { loadDefinitions } from '../../fhir/definitions.ts'
import type { FhirProblem } from '../../fhir/fhir-problem.ts'
import { asObject } from '../../fhir/read-values.ts'
import { resourceTypeOf, validateResource } from '../../fhir/validate-resource.ts'
import { parseResource } from '../record-created.ts'

/**
 * What is wrong with a resource by FHIR R4, as a write would say; nothing is kept. A Parameters resource gives the one of its parameter `resource`
 * (R4 operation `$validate`). Errors: INPUT_MALFORMED for what is no JSON object.
 */
export async function validateText(type: string, text: string): Promise<readonly FhirProblem[]> {
  const bytes = utf8(text)
  const { value } = parseResource(bytes, 'resource')
  const parameters = asObject(value)?.['parameter']
  const carried = resourceTypeOf(value) === 'Parameters' && type !== 'Parameters' && Array.isArray(parameters) ? asObject(parameters.find((each) => asObject(each)?.['name'] === 'resource'))?.['resource'] : undefined
  const resource: unknown = carried ?? value
  if (resourceTypeOf(resource) !== type) return [{ path: 'resourceType', code: 'resource-type', message: 'The resource is of another type than the address.' }]
  return validateResource(await loadDefinitions(), resource, type, carried === undefined ? bytes : utf8(JSON.stringify(carried))).problems
}
