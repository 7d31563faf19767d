import type { Translate } from '../../i18n/translate.ts'
import { joinWords, kindCounts } from '../../records/kinds.ts'
import type { AccessItem } from '../../session/shapes.ts'
import { actWord } from './visit-words.ts'

/** Decisions of one party on one visit, folded: never two parties, never a reading with a refusal. */
export interface Visit {
  /** Newest decision of the visit. */
  readonly latest: AccessItem
  readonly items: readonly AccessItem[]
  /** How many records of each type were seen on this visit, as far as the decisions tell. */
  readonly types: Readonly<Record<string, number>>
}

const VISIT_MS = 30 * 60_000
const DAY_MS = 86_400_000

/** Folds decisions, newest first, that the same party got within half an hour under the same rule with the same outcome. */
export function toVisits(items: readonly AccessItem[]): readonly Visit[] {
  const visits: { latest: AccessItem, items: AccessItem[] }[] = []
  for (const item of items) {
    const open = visits.find(({ latest, items: folded }) => isSame(latest, item) && new Date((folded.at(-1) as AccessItem).at).getTime() - new Date(item.at).getTime() < VISIT_MS)
    const visit = open ?? { latest: item, items: [] }
    if (!open) visits.push(visit)
    visit.items.push(item)
  }
  return visits.map((visit) => ({ ...visit, types: seenTypes(visit.items) }))
}

/**
 * Looking at the same page of a list again shows nothing new, so equal pages count once; opening records of that list shows the same
 * records, so of the operations the one that showed most of a type counts.
 */
function seenTypes(items: readonly AccessItem[]): Readonly<Record<string, number>> {
  const seen: Record<string, number> = {}
  for (const [operation, decisions] of Map.groupBy(items, (item) => item.operation)) {
    const pages = operation.endsWith('.list') ? [...new Map(decisions.map(({ types }) => [JSON.stringify(types), types])).values()] : decisions.map(({ types }) => types)
    const sums: Record<string, number> = {}
    for (const types of pages) for (const [type, count] of Object.entries(types)) sums[type] = (sums[type] ?? 0) + count
    for (const [type, count] of Object.entries(sums)) seen[type] = Math.max(seen[type] ?? 0, count)
  }
  return seen
}

/** Who opened and what was refused in the last 30 days, other than the patient. */
export function readersOf(items: readonly AccessItem[], now: Date): { readonly people: number, readonly organisations: number, readonly refused: number } {
  const recent = items.filter(({ at, decision }) => now.getTime() - new Date(at).getTime() < 30 * DAY_MS && decision.rule !== 'self')
  const opened = recent.filter(({ decision }) => decision.outcome === 'permitted')
  return {
    people: new Set(opened.map(({ party, link }) => link?.recipient ?? party)).size,
    organisations: new Set(opened.map(({ organisationName, name, link }) => link?.recipient ?? organisationName ?? name)).size,
    refused: toVisits(recent.filter(({ decision }) => decision.outcome === 'refused')).length,
  }
}

/** A visit as a sentence with the actor stressed: "<b>Dr Kim (Seoul)</b> opened 3 results". */
export function visitSentence(t: Translate, { latest, types }: Visit): string {
  if (latest.link !== undefined) return t(latest.decision.outcome === 'permitted' ? 'access.openedLink' : 'access.askedLink', { who: latest.link.recipient })
  const act = actWord(latest)
  if (act !== undefined) return t(act, { who: visitor(t, latest) })
  const kinds = kindCounts(t, types)
  if (latest.decision.outcome === 'permitted' && isWriting(latest)) return t('gateway.wrote', { who: visitor(t, latest), what: kinds.length > 0 ? joinWords(t, kinds) : t('gateway.wroteSomething') })
  const what = latest.decision.outcome === 'permitted' && latest.decision.rule !== 'self' && kinds.length > 0 ? joinWords(t, kinds) : t('access.yourRecord')
  return t(latest.decision.outcome === 'permitted' ? 'access.opened' : 'access.asked', { who: visitor(t, latest), what })
}

/** Why it was allowed or not, in words. */
export function visitReason(t: Translate, { latest }: Visit): string {
  if (latest.link !== undefined && latest.decision.outcome === 'refused') return t(latest.link.outcome === 'wrong-passcode' ? 'access.becausePasscode' : 'access.becauseLinkOver')
  if (latest.decision.outcome === 'refused') return t('access.becauseNone')
  const words = { 'self': 'access.becauseSelf', 'consent': 'access.becauseConsent', 'custodian-staff': 'access.becauseCustodian', 'delegate': 'access.becauseDelegate', 'link': 'access.becauseLink', 'emergency': 'emergency.because', 'review': 'emergency.becauseReview', 'role': 'access.becauseRole', 'none': 'access.becauseNone' } as const
  return t(words[latest.decision.rule])
}

/** Operations that write into a record, and so are not a looking. */
const WRITING: ReadonlySet<string> = new Set(['hospital.imports.commit', 'hospital.writing.commit', 'hospital.attachments.add', 'hospital.fhir.create', 'hospital.fhir.update', 'hospital.fhir.patch', 'hospital.fhir.transaction'])
const isWriting = ({ operation }: AccessItem): boolean => WRITING.has(operation)

function visitor(t: Translate, { decision, name, organisationName, kind }: AccessItem): string {
  if (decision.rule === 'self') return t('access.you')
  const shown = kind === 'system' ? `${name}, ${t('access.machine')}` : name
  // Who acts for somebody does so for themselves, wherever they work.
  return organisationName === undefined || decision.rule === 'delegate' ? shown : t('access.who', { name: shown, place: organisationName })
}

function isSame(first: AccessItem, second: AccessItem): boolean {
  return first.party === second.party && isWriting(first) === isWriting(second) && actWord(first) === actWord(second) && first.link?.link === second.link?.link && first.link?.recipient === second.link?.recipient && first.decision.outcome === second.decision.outcome && first.decision.rule === second.decision.rule && first.decision.consent === second.decision.consent
}
