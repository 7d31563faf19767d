import { openRow } from '../../entries/rows.ts'
import type { Grounds } from '../../decisions/authorize.ts'
import type { Parts } from '../../parts.ts'
import { partyNames } from '../party-names.ts'
import type { PolicyRow } from '../tables.ts'

/**
 * How many other hospitals may read records of some types for treatment now, by the patient's consents: a count for who keeps the record and for
 * the patient, and `undefined` for everybody else. A consent for a time or for some of the types counts as one.
 */
export async function sharedWith(parts: Parts, { view, rule, custodian, patient }: Pick<Grounds, 'view' | 'rule' | 'custodian' | 'patient'>): Promise<((types: readonly string[]) => number) | undefined> {
  if (rule === 'consent') return undefined
  const projection = await view.projection('policy', patient)
  const policy = projection === undefined ? undefined : ((await openRow(parts, projection, { custodian, patient })) as unknown as PolicyRow | undefined)
  const now = parts.now().toISOString()
  const standing = (policy?.consents ?? []).filter(({ terms }) => terms.purpose === 'treatment' && terms.expires > now).map(({ terms }) => terms)
  const names = await partyNames(view, standing.map(({ grantee }) => grantee))
  const organisationOf = (grantee: string): string => names.record(grantee)?.organisation ?? grantee
  return (types) => new Set(standing.filter((terms) => terms.types === undefined || terms.types.some((type) => types.includes(type))).map(({ grantee }) => organisationOf(grantee)).filter((organisation) => organisation !== custodian)).size
}
