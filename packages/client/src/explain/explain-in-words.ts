import type { CareLedgerClient } from '../client-types.ts'
import type { ConsentTerms } from '../consents.ts'
import { english } from './english.ts'
import { korean } from './korean.ts'
import type { ExplainWords } from './explain-words.ts'

/** Answer of `hospital.access.explain`. */
export type Explanation = Awaited<ReturnType<CareLedgerClient['hospital']['access']['explain']['query']>>

export interface ExplainOptions {
  readonly language: 'en' | 'ko'
  /** What a resource type is called; default: its FHIR name. */
  readonly typeName?: ((type: string) => string) | undefined
  /** Who reads is the patient themselves; default true. */
  readonly you?: boolean | undefined
  /** How an instant is written; default: to the minute, in UTC. */
  readonly instant?: ((at: string) => string) | undefined
}

const words = { en: english, ko: korean } as const

/** Why a decision was made, in sentences for the patient or for whoever asked: what happened, the rule, the consent in its version, and its limits. */
export function explainInWords(explanation: Explanation, { language, typeName = (type) => type, instant = utcMinute }: ExplainOptions): readonly string[] {
  const w: ExplainWords = words[language]
  const { decision, consent, delegation, emergency, name, organisationName, reader, custodianName } = explanation
  const who = organisationName === undefined ? name : `${name} (${organisationName})`
  const you = reader === 'patient'
  const at = instant(explanation.at)
  if (decision.outcome === 'refused') return [w.refused({ who, custodian: custodianName, at }), w.none]
  const what = w.list(Object.entries(explanation.types).map(([type, count]) => `${count} × ${typeName(type)}`))
  return [w.opened({ who, what, custodian: custodianName, at, you }), ...ruleSentences()]

  function ruleSentences(): readonly string[] {
    const sentences: string[] = []
    if (decision.rule === 'self') sentences.push(w.self)
    if (decision.rule === 'custodian-staff') sentences.push(w.staff(custodianName))
    if (decision.rule === 'review') sentences.push(w.review(custodianName))
    if (decision.rule === 'link') sentences.push(w.link)
    if (decision.rule === 'role') sentences.push(w.role)
    if (delegation !== undefined) sentences.push(w.delegate({ ...delegation, you }))
    if (emergency !== undefined) {
      const { entry, opens, reason, sensitive = [], review } = emergency
      sentences.push(w.emergency({ entry, reason: w.reasons[reason] ?? reason, at: instant(emergency.at), until: instant(emergency.until), seal: opens === 'seal', kinds: w.list(sensitive.map((kind) => w.sensitivities[kind])) }), w.reviewed[review])
    }
    if (consent !== undefined) sentences.push(w.consent({ entry: consent.entry, grantee: consent.granteeName, given: instant(consent.given), you }), ...(consent.actedBy === undefined ? [] : [w.actedBy({ ...consent.actedBy, you })]), ...(consent.passedOn === undefined ? [] : [w.passedOn({ name: consent.passedOn.name, entry: consent.passedOn.consent })]), ...termsInWords(consent.terms, { language, typeName, instant, you }), ...(consent.withdrawnBy === undefined ? [] : [w.withdrawn(consent.withdrawnBy)]))
    return sentences
  }
}

/** What terms of a consent allow and leave out, in sentences. */
export function termsInWords(terms: Omit<ConsentTerms, 'v'>, { language, typeName = (type) => type, instant = utcMinute, you = true }: ExplainOptions): readonly string[] {
  const w: ExplainWords = words[language]
  const { sensitive = [], except = [], from, to, purpose, expires, role, passOn } = terms
  const named = (those: Pick<typeof terms, 'types' | 'categories'>): string =>
    those.types === undefined && those.categories === undefined ? w.everything : w.list([...(those.types ?? []).map(typeName), ...(those.categories ?? []).map((category) => category.split('|').at(-1) as string)])
  const left = (Object.keys(w.sensitivities) as (keyof ExplainWords['sensitivities'])[]).filter((kind) => !sensitive.includes(kind))
  return [
    w.terms({ what: named(terms), from, to, purpose: (you ? w.purposes : w.purposesOfOther)[purpose], until: instant(expires) }),
    ...(left.length === 0 ? [] : [w.leftOut(w.list(left.map((kind) => w.sensitivities[kind])))]),
    ...except.map((one) => w.exception({ what: named(one), from: one.from, to: one.to, people: one.people?.length ?? 0 })),
    ...(role === undefined ? [] : [w.onlyRole[role]]),
    ...(passOn === true ? [w.mayPassOn] : []),
  ]
}

/** A sensitive kind by name. */
export function sensitivityWord(kind: keyof ExplainWords['sensitivities'], language: 'en' | 'ko'): string {
  return words[language].sensitivities[kind]
}

const utcMinute = (at: string): string => `${at.slice(0, 10)} ${at.slice(11, 16)} UTC`
