import type { Drafts, WriteKind } from '@careledger/client'
import type { SafetyIssue, WritingPlace } from '../../../session/shapes.ts'
import type { Draft } from './drafts.ts'
import { ConditionForm, NoteForm, OrderForm, TakingForm } from './forms.tsx'
import { GuardedAllergyForm, PrescriptionForm, VitalsForm } from './guarded-forms.tsx'

interface FormOfProps {
  readonly draft: Draft
  readonly place: WritingPlace
  readonly issues: readonly SafetyIssue[]
  readonly onChange: (content: Drafts[WriteKind]) => void
  readonly onAnswer: (key: string, answer: string | undefined) => void
}

/** The form of a draft's kind. */
export function FormOf({ draft, place, issues, onChange, onAnswer }: FormOfProps) {
  const content = draft.content as never
  switch (draft.kind) {
    case 'note': return <NoteForm content={content} onChange={onChange} />
    case 'condition': return <ConditionForm content={content} onChange={onChange} place={place} />
    case 'allergy': return <GuardedAllergyForm content={content} onChange={onChange} draft={draft} place={place} issues={issues} onAnswer={onAnswer} />
    case 'taking': return <TakingForm content={content} onChange={onChange} place={place} />
    case 'order': return <OrderForm content={content} onChange={onChange} place={place} />
    case 'prescription': return <PrescriptionForm content={content} onChange={onChange} draft={draft} place={place} issues={issues} onAnswer={onAnswer} />
    case 'vitals': return <VitalsForm content={content} onChange={onChange} draft={draft} place={place} issues={issues} onAnswer={onAnswer} />
  }
}
