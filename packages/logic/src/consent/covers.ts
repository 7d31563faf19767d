import type { Actor } from '@careledger/identity'
import type { Consent, ConsentTerms, Purpose } from './consent-terms.ts'

/** What of a record a consent looks at. */
export interface RecordScope {
  readonly type: string
  /** Clinical date as FHIR writes it, possibly partial. */
  readonly date?: string | undefined
}

/** People and systems of an organisation to whom a consent for the organisation reaches. */
const organisationRoles: readonly string[] = ['doctor', 'records-clerk', 'system']

/**
 * Whether a consent speaks for this caller, purpose and instant. A consent for an organisation reaches the organisation's own key, its
 * doctors, records clerks and systems.
 */
export function holdsFor(terms: ConsentTerms, actor: Pick<Actor, 'party' | 'organisation' | 'roles'>, purpose: Purpose, now: Date): boolean {
  if (terms.purpose !== purpose || Date.parse(terms.expires) <= now.getTime()) return false
  return terms.grantee === actor.party || (terms.grantee === actor.organisation && actor.roles.some((role) => organisationRoles.includes(role)))
}

/** Whether a record lies within a consent's types and dates. */
export function covers(terms: ConsentTerms, record: RecordScope): boolean {
  if (terms.types !== undefined && !terms.types.includes(record.type)) return false
  if ((terms.from === undefined && terms.to === undefined) || record.type === 'Patient') return true
  const days = daysOf(record.date)
  return days !== undefined && (terms.from === undefined || days.first >= terms.from) && (terms.to === undefined || days.last <= terms.to)
}

/** The consent under which a record may be read; of several, the one that ends last. */
export function coveringConsent(consents: readonly Consent[], record: RecordScope): Consent | undefined {
  return consents.filter((consent) => covers(consent.terms, record)).sort((a, b) => (a.terms.expires < b.terms.expires ? 1 : -1))[0]
}

/** First and last day that a FHIR date can mean; a day is the one written, whatever its offset. */
function daysOf(date: string | undefined): { readonly first: string; readonly last: string } | undefined {
  const [, year, month, day] = /^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?/.exec(date ?? '') ?? []
  if (year === undefined) return undefined
  if (month === undefined) return { first: `${year}-01-01`, last: `${year}-12-31` }
  if (day === undefined) return { first: `${year}-${month}-01`, last: `${year}-${month}-${new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate()}` }
  return { first: `${year}-${month}-${day}`, last: `${year}-${month}-${day}` }
}
