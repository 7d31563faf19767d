import type { WordKey } from '../../i18n/translate.ts'
import type { ConsentTerms } from '../../session/shapes.ts'

export type Purpose = ConsentTerms['purpose']

export const PURPOSES: readonly Purpose[] = ['treatment', 'payment', 'research', 'operations', 'patient-request']

/** As part of a sentence: "to treat you". */
export function purposeWord(purpose: Purpose): WordKey {
  const words: Readonly<Record<Purpose, WordKey>> = { 'treatment': 'access.purposeTreatment', 'payment': 'access.purposePayment', 'research': 'access.purposeResearch', 'operations': 'access.purposeOperations', 'patient-request': 'access.purposePatient' }
  return words[purpose]
}

/** As a choice of somebody who decides for another: "To treat them". */
export function purposeChoiceFor(purpose: Purpose): WordKey {
  const words: Readonly<Record<Purpose, WordKey>> = { 'treatment': 'privacy.whyTreatment', 'payment': 'privacy.whyPayment', 'research': 'sharing.whyResearch', 'operations': 'sharing.whyOperations', 'patient-request': 'privacy.whyPatient' }
  return words[purpose]
}

/** As a choice: "To treat you". */
export function purposeChoice(purpose: Purpose): WordKey {
  const words: Readonly<Record<Purpose, WordKey>> = { 'treatment': 'sharing.whyTreatment', 'payment': 'sharing.whyPayment', 'research': 'sharing.whyResearch', 'operations': 'sharing.whyOperations', 'patient-request': 'sharing.whyPatient' }
  return words[purpose]
}
