import type { ConsentTerms, DelegationItem, DirectoryItem, Subject } from '../../session/shapes.ts'
import type { WordKey } from '../../i18n/translate.ts'
import { SENSITIVE_KINDS, type Sensitivity } from '../consent/sensitive-kinds.tsx'
import type { Purpose } from './purposes.ts'

export type Line = 'from' | 'who' | 'what' | 'why' | 'howLong'

/** Whose records: one's own, or those of somebody one acts for. */
export interface SharedFrom extends Subject {
  /** As what one acts for them; absent: they are one's own. */
  readonly acting?: DelegationItem['basis'] | undefined
}

/** What the patient has decided so far. Nothing is chosen for them but the length, which is the safe default of 30 days. */
export interface ConsentDraft {
  readonly from?: SharedFrom | undefined
  readonly who?: DirectoryItem | undefined
  /** `all`, or kinds by name; absent while undecided. */
  readonly what?: 'all' | readonly string[] | undefined
  /** Sensitive kinds that are shared too; nothing is ticked for anybody. */
  readonly sensitive: readonly Sensitivity[]
  /** With `all`: kinds that are left out. */
  readonly but: readonly string[]
  /** First day of the records, `YYYY-MM-DD`; never with `direct`. */
  readonly since?: string | undefined
  readonly direct: boolean
  /** Whoever it is shared with may pass it on, by name. */
  readonly passOn: boolean
  readonly why?: Purpose | undefined
  readonly days: number
}

export const DAYS = [1, 7, 30, 90, 365] as const

export const emptyDraft: ConsentDraft = { direct: false, passOn: false, days: 30, sensitive: [], but: [] }

/** What is still missing, in the order of the page; each a sentence that says what to do. */
export function draftProblems(draft: ConsentDraft): readonly { readonly line: Line, readonly words: WordKey }[] {
  return [
    ...(draft.from ? [] : [{ line: 'from', words: 'sharing.problemFrom' } as const]),
    ...(draft.who ? [] : [{ line: 'who', words: 'sharing.problemWho' } as const]),
    ...(draft.what === undefined || draft.what.length === 0 ? [{ line: 'what', words: 'sharing.problemWhat' } as const] : []),
    ...(draft.why ? [] : [{ line: 'why', words: 'sharing.problemWhy' } as const]),
  ]
}

/** When a consent of so many days given now ends. A year is cut a minute short: the longest is one year from when it arrives. */
export function endOf(days: number, now: Date): Date {
  return new Date(now.getTime() + days * 86_400_000 - (days >= 365 ? 60_000 : 0))
}

/** Direct reading goes with everything only, every sensitive kind too: an epoch key shows how many records there are. */
export function mayBeDirect({ what, but, sensitive }: ConsentDraft): boolean {
  return what === 'all' && but.length === 0 && sensitive.length === SENSITIVE_KINDS.length
}

/** The terms to sign. `TypeError` while incomplete. */
export function toTerms(draft: ConsentDraft, now: Date): ConsentTerms {
  const { who, what, why, since } = draft
  if (!who || !why || what === undefined) throw new TypeError('The draft is incomplete.')
  return {
    v: 1,
    grantee: who.party,
    ...(what !== 'all' && { types: [...what] }),
    ...(what !== 'all' && since && { from: since }),
    ...(draft.sensitive.length > 0 && { sensitive: [...draft.sensitive] }),
    ...(what === 'all' && draft.but.length > 0 && { except: [{ types: [...draft.but] }] }),
    purpose: why,
    expires: endOf(draft.days, now).toISOString(),
    direct: mayBeDirect(draft) && draft.direct,
    ...(draft.passOn && { passOn: true as const }),
  }
}
