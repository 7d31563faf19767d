import type { WordKey } from '../../i18n/translate.ts'
import type { AccessItem } from '../../session/shapes.ts'

/** What somebody did who did not open the record, by operation; a branch stands for all its operations that are not named. */
const WORDS: Readonly<Record<string, WordKey>> = {
  'hospital.passing.prepare': 'privacy.passingLooked', 'hospital.passing.give': 'privacy.passedOn', 'hospital.passing.end': 'privacy.passingEnded',
  'hospital.delegations.consents': 'privacy.lookedAtSharing', 'hospital.delegations.give': 'privacy.delegated', 'hospital.delegations.end': 'privacy.delegationEnded',
  'hospital.emergency.prepare': 'privacy.emergencyAsked', 'hospital.emergency.open': 'privacy.emergencyOpened', 'hospital.emergency.end': 'privacy.emergencyEnded', 'hospital.emergency.review': 'privacy.emergencyReviewed', 'hospital.emergency.reviews': 'privacy.emergencyLooked',
  'hospital.erasures.case': 'privacy.keptLooked', 'hospital.erasures.list': 'privacy.keptLooked', 'hospital.erasures': 'privacy.kept',
  'hospital.retention.due': 'privacy.keptLooked', 'hospital.retention.patient': 'privacy.keptLooked', 'hospital.retention': 'privacy.kept',
  'hospital.custody.order': 'privacy.handed', 'hospital.custody.transfer': 'privacy.handed', 'hospital.custody': 'privacy.keptLooked',
  'hospital.mpi.decide': 'privacy.identified', 'hospital.events': 'privacy.told', 'hospital.subscriptions': 'privacy.told',
  'hospital.links.stop': 'privacy.carriedBack', 'hospital.links.create': 'privacy.carried', 'hospital.links.update': 'privacy.carried', 'hospital.cards.issue': 'privacy.carried', 'hospital.cards.revoke': 'privacy.carriedBack',
  'hospital.requests.ask': 'privacy.askedLeave',
}

/** The sentence for what was done and was no reading; `undefined`: it was one, or it was refused. */
export function actWord({ operation, decision }: Pick<AccessItem, 'operation' | 'decision'>): WordKey | undefined {
  if (decision.outcome !== 'permitted') return undefined
  if (operation === 'hospital.consents.give') return decision.rule === 'self' ? 'privacy.youShared' : 'privacy.sharedFor'
  if (operation === 'hospital.consents.withdraw') return decision.rule === 'self' ? 'privacy.youStopped' : 'privacy.stoppedFor'
  return WORDS[operation] ?? WORDS[operation.split('.').slice(0, 2).join('.')]
}
