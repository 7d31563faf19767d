import { TextInput } from '@mantine/core'
import { Icon } from '../../../components/icon.tsx'
import { withUnits } from '../../../records/units.ts'
import { usePreferences } from '../../../session/preferences.tsx'
import type { SafetyIssue } from '../../../session/shapes.ts'
import type { Draft } from './drafts.ts'
import { useField } from './fields.tsx'
import { answerKey, issueField, safetyDetail, safetyWords } from './safety.ts'

interface WarningsProps {
  readonly draft: Draft
  readonly issues: readonly SafetyIssue[]
  /** `undefined` takes an answer back. */
  readonly onAnswer: (key: string, answer: string | undefined) => void
}

/** Warnings beside what they are about, each asking for the reason that will be signed with the record. */
export function SafetyWarnings({ draft, issues, onAnswer }: WarningsProps) {
  const warnings = issues.filter(({ severity }) => severity === 'warning')
  return (
    <div role="status" className="cl-warnings">
      {warnings.map((issue) => <Warning key={issueField(issue)} issue={issue} answer={draft.answered[answerKey(issue, draft)]} onAnswer={(answer) => onAnswer(answerKey(issue, draft), answer)} />)}
    </div>
  )
}

function Warning({ issue, answer, onAnswer }: { readonly issue: SafetyIssue, readonly answer: string | undefined, readonly onAnswer: (answer: string | undefined) => void }) {
  const { t } = usePreferences()
  const state = useField(issueField(issue))
  const detail = safetyDetail(issue)
  const critical = issue.act === 'ALGY'
  const shown = detail === undefined ? '' : withUnits(t(detail.words, detail.values))
  return (
    <div className="cl-warning" data-tone={critical ? 'critical' : undefined}>
      <Icon name={critical ? 'octagon' : 'triangle'} size={18} />
      <div>
        <p><strong>{t(safetyWords[issue.code])}</strong> {shown}</p>
        <TextInput {...state} label={t('safety.why', { about: issue.about ?? `${issue.value ?? ''} ${withUnits(issue.unit ?? '')}`.trim() })} description={t('safety.whyHint')} value={answer ?? ''} onChange={(event) => onAnswer(event.currentTarget.value === '' ? undefined : event.currentTarget.value)} autoComplete="off" />
      </div>
    </div>
  )
}
