import { utf8 } from '@careledger/proof'
import { describe, expect, it } from 'vitest'
import { otherFacts } from './other-facts.ts'
import { plainFacts } from './plain-words.ts'
import { readResource } from './resource.ts'

const names = (reference: string): string | undefined => (reference === 'Organization/payer' ? 'National Health Insurance' : undefined)
const others = (value: object): Readonly<Record<string, string>> => Object.fromEntries(otherFacts(readResource(utf8(JSON.stringify(value)))!, names).map((fact) => [fact.name, fact.value]))

/** Shapes of HL7 R4 examples and of Synthea, one for each kind of value that a member can be. */
const examples: readonly object[] = [
  { resourceType: 'Coverage', status: 'active', beneficiary: { reference: 'Patient/4' }, type: { coding: [{ code: 'EHCPOL', display: 'extended healthcare' }] }, period: { start: '2011-05-23', end: '2012-05-23' }, payor: [{ reference: 'Organization/payer' }], class: [{ type: { text: 'group' }, value: 'CB135', name: 'Corporate Baker' }], dependent: '0', costToBeneficiary: [{ type: { text: 'gp visit' }, valueMoney: { value: 20.0, currency: 'USD' } }] },
  { resourceType: 'FamilyMemberHistory', status: 'completed', relationship: { text: 'father' }, condition: [{ code: { text: 'Heart Attack' }, onsetAge: { value: 74, unit: 'yr' } }], deceasedBoolean: true, date: '2011-03-18' },
  { resourceType: 'ImagingStudy', status: 'available', started: '2011-01-01', numberOfSeries: 1, numberOfInstances: 3, series: [{ uid: '1.2', modality: { code: 'CT' }, bodySite: { display: 'Chest' } }], endpoint: [{ reference: 'Endpoint/pacs' }] },
  { resourceType: 'ExplanationOfBenefit', status: 'active', outcome: 'complete', total: [{ category: { text: 'submitted' }, amount: { value: 135.57, currency: 'USD' } }], item: [{ sequence: 1, productOrService: { text: 'exam' }, net: { value: 135.57, currency: 'USD' } }] },
  { resourceType: 'CarePlan', status: 'active', intent: 'plan', title: 'Weight management', description: 'Manage obesity and weight loss', period: { end: '2017-06-01' }, created: '2016-01-01', addresses: [{ display: 'obesity' }] },
  { resourceType: 'NutritionOrder', status: 'active', dateTime: '2014-09-17', foodPreferenceModifier: [{ text: 'Dairy free' }], oralDiet: { type: [{ text: 'Cardiac diet' }], nutrient: [{ modifier: { text: 'Sodium' }, amount: { value: 2, unit: 'grams' } }] } },
  { resourceType: 'VisionPrescription', status: 'active', dateWritten: '2014-06-15', lensSpecification: [{ product: { text: 'lens' }, eye: 'right', sphere: -2.5, prism: [{ amount: 0.5, base: 'down' }], add: 2.0 }] },
  { resourceType: 'RiskAssessment', status: 'final', occurrenceDateTime: '2006-01-13', method: { text: 'Framingham' }, prediction: [{ outcome: { text: 'Heart attack' }, probabilityDecimal: 0.02, whenRange: { low: { value: 39, unit: 'years' }, high: { value: 49, unit: 'years' } } }] },
  { resourceType: 'Media', status: 'completed', createdDateTime: '2017-12-17', duration: 20, device: { display: 'Camera' }, bodySite: { text: 'Left arm' }, note: [{ text: 'Blurred' }] },
  { resourceType: 'Observation', status: 'final', code: { text: 'x' }, valueSampledData: { origin: { value: 2048 }, period: 10, dimensions: 1, data: '2041 2043' }, extension: [{ url: 'https://a.example/posture', valueString: 'lying' }], modifierExtension: [{ url: 'https://a.example/not-done', valueBoolean: true }] },
]

/** Every word and number of a resource that is for people; texts of the members that are for machines or shown elsewhere left out. */
function saying(value: unknown, name = ''): readonly string[] {
  if (['resourceType', 'status', 'subject', 'patient', 'beneficiary', 'system', 'url', 'code', 'currency', 'unit', 'reference', 'uid'].includes(name)) return []
  if (Array.isArray(value)) return value.flatMap((each) => saying(each))
  if (typeof value === 'object' && value !== null) return Object.entries(value).flatMap(([key, each]) => saying(each, key))
  return [String(value)]
}

describe('what else a record says', () => {
  it.each(examples)('nothing of it is hidden: $resourceType', (example) => {
    const resource = readResource(utf8(JSON.stringify(example)))!
    const shown = [...plainFacts(resource, names), ...otherFacts(resource, names)].map(({ value }) => value).join(' | ')
    expect(saying(example).filter((word) => !shown.includes(word))).toEqual([])
  })

  it('names the parts, resolves what a reference leads to, and does not repeat what was said', () => {
    const [coverage] = examples as readonly [object]
    expect(others(coverage)['class']).toBe('type: group, value: CB135, name: Corporate Baker')
    expect(others(coverage)['cost to beneficiary']).toBe('type: gp visit, value money: 20 USD')
    expect(others(coverage)['payor']).toBeUndefined()
    expect(others(examples.at(-1)!)['modifier extension']).toBe('not-done, value boolean: true')
  })

  it('reads hostile depth and size without end', () => {
    const deep = `{"resourceType":"Basic","a":${'{"b":'.repeat(40)}1${'}'.repeat(40)},"long":"${'x'.repeat(5000)}"}`
    const found = otherFacts(readResource(utf8(deep))!, names)
    expect(found.map(({ name }) => name)).toEqual(['long'])
    expect(found[0]?.value).toHaveLength(401)
  })
})
