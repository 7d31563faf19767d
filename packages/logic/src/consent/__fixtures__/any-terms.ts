import fc from 'fast-check'
import { PURPOSES, sharesEverything, type ConsentException, type ConsentTerms } from '../consent-terms.ts'
import { SENSITIVITIES } from '../sensitivity/kinds.ts'

const day = fc.constantFrom('2019-12-31', '2020-01-01', '2020-06-30', '2021-01-01')
const bounds = fc.tuple(fc.option(day, { nil: undefined }), fc.option(day, { nil: undefined })).map(([from, to]) => (from !== undefined && to !== undefined && to < from ? { from: to, to: from } : { from, to }))
const types = fc.option(fc.uniqueArray(fc.constantFrom('Observation', 'Immunization', 'Condition', 'MedicationRequest', 'Patient', 'Claim'), { minLength: 1 }), { nil: undefined })
export const LABORATORY = 'http://terminology.hl7.org/CodeSystem/observation-category|laboratory'
const categories = fc.option(fc.uniqueArray(fc.constantFrom(LABORATORY, 'http://terminology.hl7.org/CodeSystem/observation-category|vital-signs', '|local'), { minLength: 1 }), { nil: undefined })
const people = fc.option(fc.uniqueArray(fc.constantFrom('doctor-b', 'doctor-b2'), { minLength: 1 }), { nil: undefined })
const exception: fc.Arbitrary<ConsentException> = fc.record({ people, types, categories, bounds }).map(({ bounds: range, ...rest }) => clean({ ...rest, ...range })).filter((one) => Object.keys(one).length > 0)

/** Terms of every shape, for a grantee at hospital B; `direct` only where it is allowed. */
export function anyTerms(expires: string): fc.Arbitrary<ConsentTerms> {
  return fc.record({
    grantee: fc.constantFrom('hospital-b', 'doctor-b', 'doctor-b2'),
    role: fc.option(fc.constantFrom('doctor', 'records-clerk', 'system'), { nil: undefined, freq: 4 }),
    types, categories: fc.option(categories, { nil: undefined, freq: 2 }), bounds,
    sensitive: fc.option(fc.subarray([...SENSITIVITIES], { minLength: 1 }), { nil: undefined }),
    except: fc.option(fc.array(exception, { minLength: 1, maxLength: 2 }), { nil: undefined, freq: 2 }),
    purpose: fc.constantFrom(...PURPOSES), direct: fc.boolean(), passOn: fc.option(fc.constant(true as const), { nil: undefined }),
  }).map(({ bounds: range, direct, ...rest }) => {
    const terms = clean({ v: 1, ...rest, ...range, expires, direct: false }) as unknown as ConsentTerms
    return { ...terms, direct: direct && sharesEverything(terms) }
  })
}

function clean<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as T
}
