import type { Drafts, WriteKind } from '@careledger/client'
import type { WritingPlace } from '../../../session/shapes.ts'
import type { Draft } from './drafts.ts'
import { AllergyForm, ConditionForm, NoteForm, OrderForm } from './forms.tsx'
import { PrescriptionForm, VitalsForm } from './guarded-forms.tsx'

interface FormOfProps {
  readonly draft: Draft
  readonly place: WritingPlace
  readonly onChange: (content: Drafts[WriteKind]) => void
  readonly onAnswer: (key: string, answer: string | undefined) => void
}

/** The form of a draft's kind. */
export function FormOf({ draft, place, onChange, onAnswer }: FormOfProps) {
  const content = draft.content as never
  switch (draft.kind) {
    case 'note': return <NoteForm content={content} onChange={onChange} />
    case 'condition': return <ConditionForm content={content} onChange={onChange} />
    case 'allergy': return <AllergyForm content={content} onChange={onChange} />
    case 'order': return <OrderForm content={content} onChange={onChange} />
    case 'prescription': return <PrescriptionForm content={content} onChange={onChange} draft={draft} place={place} onAnswer={onAnswer} />
    case 'vitals': return <VitalsForm content={content} onChange={onChange} draft={draft} place={place} onAnswer={onAnswer} />
  }
}
