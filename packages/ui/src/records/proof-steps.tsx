import type { ProofStep } from '@careledger/proof'
import { Icon } from '../components/icon.tsx'
import { Rich } from '../components/rich.tsx'
import { StatusBadge } from '../components/status-badge.tsx'
import { usePreferences } from '../session/preferences.tsx'
import type { WordKey } from '../i18n/translate.ts'
import type { ProofCheck } from './proof-check.ts'

const icons = { pass: 'check', fail: 'octagon', unchecked: 'minus' } as const

/** Each step with its outcome in a word and a shape, one sentence, and how one can know. */
export function ProofSteps({ check, author }: { readonly check: ProofCheck, readonly author: string }) {
  const { t, number } = usePreferences()
  const { result } = check
  const failed = result.steps.findIndex(({ outcome }) => outcome === 'fail')
  const outdated = result.steps.every(({ name, outcome }) => (outcome === 'fail') === (name === 'superseded'))
  const passed = result.steps.filter(({ outcome }) => outcome === 'pass').length
  return (
    <div className="cl-proof">
      <div className="cl-proof-head" data-valid={result.valid} data-outdated={outdated || undefined} role="status">
        <StatusBadge status={result.valid ? 'proven' : outdated ? 'superseded' : 'mismatch'} filled={!result.valid && !outdated} />
        <span>{result.valid ? <Rich k="proof.holds" values={{ author }} /> : outdated ? t('proof.outdated') : failed >= 0 ? t('proof.fails', { step: failed + 1 }) : t('proof.unchecked')}</span>
      </div>
      <ol className="cl-steps">
        {result.steps.map((step, index) => (
          <li key={step.name} data-outcome={step.outcome} data-step={step.name}>
            <span className="cl-step-mark"><Icon name={icons[step.outcome]} size={18} /></span>
            <div>
              <p className="cl-step-words"><span className="cl-note">{index + 1}</span> {sentence(t, step, check, author, number)} <span className="cl-step-outcome">{t(`proof.${step.outcome}`)}</span></p>
              <details>
                <summary>{t('proof.how')}</summary>
                <p>{t(`proof.${step.name}How` as WordKey, { count: check.result.file?.log.path.length ?? 0 })}</p>
                <p className="cl-note" lang="en">{t('proof.detail', { detail: step.detail })}</p>
              </details>
            </div>
          </li>
        ))}
      </ol>
      <p className="cl-note">{t('proof.foot', { passed, total: result.steps.length, ms: Math.max(1, Math.round(check.ms)) })}</p>
      <p className="cl-limit">{t('proof.limit')}</p>
    </div>
  )
}

function sentence(t: ReturnType<typeof usePreferences>['t'], step: ProofStep, { result }: ProofCheck, author: string, number: (value: number) => string): string {
  if (step.name === 'commitment' && step.outcome === 'unchecked') return t('proof.commitmentUnopened')
  if (step.name === 'anchor' && step.outcome === 'unchecked' && result.file && result.file.anchors.length > 0) return t('proof.anchorReceipt')
  return t(`proof.${step.name}` as WordKey, { author, index: result.file ? number(result.file.log.index) : '–' })
}
