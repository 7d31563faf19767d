import type { AmendmentReason, WriteKind } from '@careledger/client'
import type { IconName } from '../../../components/icon.tsx'
import type { WordKey } from '../../../i18n/translate.ts'
import type { Role } from '../../../shell/navigation.ts'

interface KindWords {
  /** The form's title, and the action that opens it. */
  readonly title: WordKey
  readonly icon: IconName
  /** Whose form it is; the server decides again. */
  readonly roles: readonly Role[]
}

const all = ['doctor', 'records-clerk'] as const

/** The forms in the order of the menu. */
export const kindWords: { readonly [Kind in WriteKind]: KindWords } = {
  note: { title: 'write.note', icon: 'file', roles: all },
  vitals: { title: 'write.vitals', icon: 'pulse', roles: all },
  prescription: { title: 'write.prescription', icon: 'record', roles: ['doctor'] },
  taking: { title: 'write.taking', icon: 'record', roles: all },
  order: { title: 'write.order', icon: 'outbox', roles: ['doctor'] },
  condition: { title: 'write.condition', icon: 'verify', roles: all },
  allergy: { title: 'write.allergy', icon: 'triangle', roles: all },
}

export function kindsOf(roles: readonly Role[]): readonly WriteKind[] {
  return (Object.keys(kindWords) as readonly WriteKind[]).filter((kind) => kindWords[kind].roles.some((role) => roles.includes(role)))
}

export function isKind(text: string | undefined): text is WriteKind {
  return text !== undefined && text in kindWords
}

export const reasonWords: Readonly<Record<AmendmentReason, WordKey>> = {
  'wrong-value': 'write.reasonWrongValue', 'wrong-patient': 'write.reasonWrongPatient', 'incomplete': 'write.reasonIncomplete', 'changed': 'write.reasonChanged', 'duplicate': 'write.reasonDuplicate', 'other': 'write.reasonOther',
}
