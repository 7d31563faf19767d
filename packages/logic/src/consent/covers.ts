import type { Actor } from '@careledger/identity'
import { GRANTEE_ROLES, type Consent, type ConsentException, type ConsentTerms, type Purpose } from './consent-terms.ts'
import type { Sensitivity } from './sensitivity/kinds.ts'

/** What of a record a consent looks at. */
export interface RecordScope {
  readonly type: string
  /** Clinical date as FHIR writes it, possibly partial. */
  readonly date?: string | undefined
  /** Every category as `system|code`; absent: there are more than a row keeps. */
  readonly categories?: readonly string[] | undefined
  /** Sensitive kinds; absent: none. */
  readonly sensitive?: readonly Sensitivity[] | undefined
}

/** Whose a consent can be. */
export type Reader = Pick<Actor, 'party' | 'organisation' | 'roles'>

/** People and systems of an organisation to whom a consent for the organisation reaches. */
const organisationRoles: readonly string[] = GRANTEE_ROLES

/**
 * Whether a consent speaks for this caller, purpose and instant. A consent for an organisation reaches the organisation's own key, its
 * doctors, records clerks and systems, or those in the role that it names. What its grantee passes on is a consent of its own.
 */
export function holdsFor({ terms }: Pick<Consent, 'terms'>, actor: Reader, purpose: Purpose, now: Date): boolean {
  if (terms.purpose !== purpose || Date.parse(terms.expires) <= now.getTime()) return false
  if (terms.except?.some((one) => isAbout(one, actor) && saysNoMore(one)) === true) return false
  return speaksFor(terms, actor)
}

function speaksFor({ grantee, role }: ConsentTerms, actor: Reader): boolean {
  if (role !== undefined && !actor.roles.includes(role)) return false
  if (grantee === actor.party) return true
  return grantee === actor.organisation && actor.roles.some((one) => organisationRoles.includes(one))
}

/** Whether a record lies within a consent's types, categories, dates and kinds, and within none of its exceptions for this reader. */
export function covers(terms: ConsentTerms, record: RecordScope, reader: Pick<Reader, 'party'>): boolean {
  if (terms.types !== undefined && !terms.types.includes(record.type)) return false
  if (record.sensitive?.some((kind) => terms.sensitive?.includes(kind) !== true) === true) return false
  if (terms.except?.some((one) => isAbout(one, reader) && takesOut(one, record)) === true) return false
  if (record.type === 'Patient') return true
  if (terms.categories !== undefined && record.categories?.some((category) => terms.categories?.includes(category)) !== true) return false
  if (terms.from === undefined && terms.to === undefined) return true
  const days = daysOf(record.date)
  return days !== undefined && (terms.from === undefined || days.first >= terms.from) && (terms.to === undefined || days.last <= terms.to)
}

/** The consent under which this reader may read a record; of several, a consent before an emergency, and the one that ends last. */
export function coveringConsent(consents: readonly Consent[], record: RecordScope, reader: Pick<Reader, 'party'>): Consent | undefined {
  const covering = consents.filter((consent) => covers(consent.terms, record, reader))
  return covering.sort((a, b) => Number(a.emergency === true) - Number(b.emergency === true) || (a.terms.expires < b.terms.expires ? 1 : -1))[0]
}

const isAbout = ({ people }: ConsentException, reader: Pick<Reader, 'party'>): boolean => people === undefined || people.includes(reader.party)
const saysNoMore = ({ types, categories, from, to }: ConsentException): boolean => types === undefined && categories === undefined && from === undefined && to === undefined

/** Whether a record may be what an exception means; where it does not say, it is. The Patient resource has no date and no category. */
function takesOut({ types, categories, from, to }: ConsentException, record: RecordScope): boolean {
  if (types !== undefined && !types.includes(record.type)) return false
  if (record.type === 'Patient') return categories === undefined && from === undefined && to === undefined
  if (categories !== undefined && record.categories?.every((category) => !categories.includes(category)) === true) return false
  if (from === undefined && to === undefined) return true
  const days = daysOf(record.date)
  return days === undefined || ((from === undefined || days.last >= from) && (to === undefined || days.first <= to))
}

/** First and last day that a FHIR date can mean; a day is the one written, whatever its offset. */
function daysOf(date: string | undefined): { readonly first: string; readonly last: string } | undefined {
  const [, year, month, day] = /^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?/.exec(date ?? '') ?? []
  if (year === undefined) return undefined
  if (month === undefined) return { first: `${year}-01-01`, last: `${year}-12-31` }
  if (day === undefined) return { first: `${year}-${month}-01`, last: `${year}-${month}-${new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate()}` }
  return { first: `${year}-${month}-${day}`, last: `${year}-${month}-${day}` }
}

/** How much of a type consents reach, sensitive kinds aside: whether what is not shown can be taken for not being there. */
export function typeReach(consents: readonly Consent[], type: string): 'none' | 'part' | 'all' {
  const touching = consents.filter(({ terms }) => terms.types === undefined || terms.types.includes(type))
  if (touching.length === 0) return 'none'
  const whole = ({ from, to, categories, except }: ConsentTerms): boolean =>
    from === undefined && to === undefined && categories === undefined && except?.some((one) => one.types === undefined || one.types.includes(type)) !== true
  return touching.some(({ terms }) => whole(terms)) ? 'all' : 'part'
}
