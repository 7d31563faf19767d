import type { ConsentTerms } from '../consents.ts'

/** As what somebody acts for a patient. */
export type ActingBasis = 'chosen' | 'parent' | 'legal-guardian'

/** The sentences of one language. Every one stands alone. */
export interface ExplainWords {
  readonly purposes: Readonly<Record<ConsentTerms['purpose'], string>>
  /** The same, said of somebody else. */
  readonly purposesOfOther: Readonly<Record<ConsentTerms['purpose'], string>>
  readonly sensitivities: Readonly<Record<NonNullable<ConsentTerms['sensitive']>[number], string>>
  readonly reasons: Readonly<Record<string, string>>
  readonly everything: string
  readonly list: (words: readonly string[]) => string
  readonly opened: (facts: { readonly who: string; readonly what: string; readonly custodian: string; readonly at: string; readonly you: boolean }) => string
  readonly refused: (facts: { readonly who: string; readonly custodian: string; readonly at: string }) => string
  readonly self: string
  readonly staff: (custodian: string) => string
  readonly review: (custodian: string) => string
  readonly link: string
  readonly none: string
  readonly consent: (facts: { readonly entry: string; readonly grantee: string; readonly given: string; readonly you: boolean }) => string
  readonly terms: (facts: { readonly what: string; readonly from?: string | undefined; readonly to?: string | undefined; readonly purpose: string; readonly until: string }) => string
  readonly leftOut: (kinds: string) => string
  /** One exception: whoever or whatever fits all that is named is left out. */
  readonly exception: (facts: { readonly what: string; readonly from?: string | undefined; readonly to?: string | undefined; readonly people: number }) => string
  readonly delegate: (facts: { readonly entry: string; readonly basis?: ActingBasis | undefined; readonly until?: string | undefined; readonly you: boolean }) => string
  readonly role: string
  /** The grantee of a consent is narrowed to one role. */
  readonly onlyRole: Readonly<Record<NonNullable<ConsentTerms['role']>, string>>
  readonly mayPassOn: string
  readonly passedOn: (facts: { readonly name: string; readonly entry: string }) => string
  readonly actedBy: (facts: { readonly name: string; readonly basis: ActingBasis; readonly you: boolean }) => string
  readonly withdrawn: (entry: string) => string
  readonly emergency: (facts: { readonly entry: string; readonly reason: string; readonly at: string; readonly until: string; readonly seal: boolean; readonly kinds: string }) => string
  readonly reviewed: Readonly<Record<'open' | 'justified' | 'misuse', string>>
}
