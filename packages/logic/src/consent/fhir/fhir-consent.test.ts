import { instantText } from '@careledger/proof'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { loadDefinitions, validateResource } from '../../fhir/index.ts'
import { anyTerms } from '../__fixtures__/any-terms.ts'
import { fromFhirConsent } from './from-fhir-consent.ts'
import { toFhirConsent } from './to-fhir-consent.ts'

const now = new Date('2026-11-26T12:00:00.000Z')
const expires = instantText(new Date(now.getTime() + 30 * 86_400_000))
const facts = { id: '0199a0b0-0000-7000-8000-000000000001', given: instantText(now), custodian: 'hospital-a', patient: '0199a0b0-0000-4000-8000-000000000002', state: 'active' } as const
const plain = toFhirConsent(facts, { v: 1, grantee: 'hospital-b', purpose: 'treatment', expires, direct: false })
const problemsOf = (resource: unknown): readonly string[] => {
  try {
    fromFhirConsent(resource, now)
    return []
  } catch (error) {
    return (error as { details: { problems: readonly { path: string }[] } }).details.problems.map(({ path }) => path)
  }
}
/** A copy with one member set at a path. */
const changed = (path: string, value: unknown): unknown => {
  const copy = structuredClone(plain) as Record<string, unknown>
  const names = path.split('.')
  const last = names.pop() as string
  let at = copy
  for (const name of names) at = at[name] as Record<string, unknown>
  at[last] = value
  return copy
}

describe('a consent as FHIR Consent', () => {
  it('says the same terms again, whatever they are', () => {
    fc.assert(fc.property(anyTerms(expires), (terms) => {
      const resource = toFhirConsent(facts, terms)
      expect(fromFhirConsent(JSON.parse(JSON.stringify(resource)), now)).toEqual(terms)
    }), { numRuns: 200 })
  })

  it('is valid R4', async () => {
    const { problems } = validateResource(await loadDefinitions(), JSON.parse(JSON.stringify(plain)))
    expect(problems).toEqual([])
  })

  it.each([
    ['a second actor', 'provision.actor', [{}, {}], 'Consent.provision.actor'],
    ['another action', 'provision.action', [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentaction', code: 'correct' }] }], 'Consent.provision.action[0]'],
    ['a purpose that we have no word for', 'provision.purpose', [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code: 'HMARKT' }], 'Consent.provision.purpose[0]'],
    ['two purposes', 'provision.purpose', [{ code: 'TREAT' }, { code: 'HRESCH' }], 'Consent.provision.purpose'],
    ['single records', 'provision.data', [], 'Consent.provision.data'],
    ['no labels, which would be every record', 'provision.securityLabel', undefined, 'Consent.provision.securityLabel'],
    ['sensitive records only', 'provision.securityLabel', [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'PSY' }], 'Consent.provision.securityLabel'],
    ['a label that we read more widely', 'provision.securityLabel', [{ system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality', code: 'N' }, { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'ETHUD' }], 'Consent.provision.securityLabel[1]'],
    ['a permit inside', 'provision.provision', [{ type: 'permit' }], 'Consent.provision.provision[0].type'],
    ['no end', 'provision.period', {}, 'Consent.provision.period.end'],
    ['a draft', 'status', 'draft', 'Consent.status'],
    ['a modifier extension', 'modifierExtension', [{ url: 'urn:x' }], 'Consent.modifierExtension'],
    ['implicit rules', 'implicitRules', 'urn:x', 'Consent.implicitRules'],
    ['the opposite base rule', 'policyRule', { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'OPTIN' }] }, 'Consent.policyRule'],
  ])('is refused with its path where it says %s', (_name, path, value, where) => expect(problemsOf(changed(path, value))).toContain(where))
})
