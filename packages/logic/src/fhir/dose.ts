import type { JsonNode } from '@careledger/proof'
import { item, member, quantityText } from './describe-value.ts'
import { asList, asObject, asText, conceptText, first, type Json } from './read-values.ts'

const dosesMax = 160

/** How to take a medicine: "One tablet in the morning", or "1 tablet, 2 × / 1 d"; of several instructions each. Source: FHIR R4 Dosage. */
export function doseText(resource: Json, node: JsonNode | undefined): string | undefined {
  const name = resource['dosageInstruction'] === undefined ? 'dosage' : 'dosageInstruction'
  const at = member(node, name)
  const words = asList(resource[name]).map((each, place) => instructionText(asObject(each) ?? {}, at?.kind === 'array' ? item(at, place) : at))
  const text = words.filter((one) => one !== undefined).join('; ').replace(/[\p{Cc}\s]+/gu, ' ').trim()
  return text === '' ? undefined : [...text].slice(0, dosesMax).join('')
}

function instructionText(instruction: Json, node: JsonNode | undefined): string | undefined {
  const text = asText(instruction['text'])
  if (text !== undefined) return text
  // MedicationAdministration has one `dose`; the others a list of doses with rates.
  const amount = quantityText(instruction['dose'], member(node, 'dose')) ?? quantityText(first(instruction['doseAndRate'])?.['doseQuantity'], member(item(member(node, 'doseAndRate'), 0), 'doseQuantity'))
  const said = [amount, rhythmText(asObject(instruction['timing'])), instruction['asNeededBoolean'] === true ? 'as needed' : undefined].filter((part) => part !== undefined)
  return said.length === 0 ? undefined : said.join(', ')
}

function rhythmText(timing: Json | undefined): string | undefined {
  const repeat = asObject(timing?.['repeat'])
  const [times, every] = [repeat?.['frequency'], repeat?.['period']]
  if (typeof times === 'number' && typeof every === 'number') return `${times} × / ${every} ${asText(repeat?.['periodUnit']) ?? ''}`.trim()
  return conceptText(timing?.['code'])
}
