import { useState } from 'react'
import { Button, NativeSelect, NumberInput, Textarea, TextInput } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { arrangeGuardians } from '@careledger/client'
import { Facts, Hash } from '../../components/facts.tsx'
import { Section } from '../../components/page.tsx'
import { EmptyState, ErrorState, Outcome } from '../../components/states.tsx'
import type { WordKey } from '../../i18n/translate.ts'
import { usePreferences } from '../../session/preferences.tsx'
import { problemCode } from '../../session/problem.ts'
import { useOperation } from '../../session/query.ts'
import { useClient } from '../../session/services.tsx'
import type { OwnRecovery } from '../../session/shapes.ts'

/** Who may let the person in again, and the way to choose them. */
export function Guardians() {
  const { t } = usePreferences()
  const client = useClient()
  const mine = useOperation(client.identity.recovery.mine, 'identity.recovery.mine', {})
  const [changing, setChanging] = useState(false)
  const [saved, setSaved] = useState(false)
  return (
    <Section title={t('recovery.title')}>
      <p>{t('recovery.whatAre')}</p>
      {saved && <p className="cl-notice" role="status">{t('recovery.saved')}</p>}
      <Outcome result={mine} rows={2}>
        {(own) => (
          <>
            {own.arranged !== undefined && own.arranged.guardians.length > 0
              ? <p>{t('recovery.arranged', { threshold: own.arranged.threshold, count: own.arranged.guardians.length, hours: own.arranged.waitHours })}</p>
              : <EmptyState icon="people" title={t('recovery.none')} why={t('recovery.noneWhy')} />}
            <Facts facts={[{ label: t('recovery.yourNumber'), value: <Hash value={own.party} short /> }]} />
            <p className="cl-note">{t('recovery.yourNumberHint')}</p>
            {changing ? <Choose own={own} onDone={(done) => { setChanging(false); setSaved(done) }} /> : <div className="cl-decide"><Button variant="default" onClick={() => setChanging(true)}>{t('recovery.change')}</Button></div>}
          </>
        )}
      </Outcome>
    </Section>
  )
}

const waits = { 24: 'recovery.wait24', 72: 'recovery.wait72', 168: 'recovery.wait168' } as const satisfies Readonly<Record<number, WordKey>>
type Problem = 'recovery.problemNumbers' | 'recovery.problemThreshold' | 'recovery.problemUnknown'

function Choose({ own, onDone }: { readonly own: OwnRecovery, readonly onDone: (saved: boolean) => void }) {
  const { t } = usePreferences()
  const client = useClient()
  const queries = useQueryClient()
  const [label, setLabel] = useState(own.label ?? '')
  const [numbers, setNumbers] = useState((own.arranged?.guardians ?? []).join('\n'))
  const [threshold, setThreshold] = useState(own.arranged?.threshold ?? 2)
  const [waitHours, setWaitHours] = useState(own.arranged?.waitHours ?? 72)
  const [problem, setProblem] = useState<Problem>()
  const [error, setError] = useState<unknown>()
  const [busy, setBusy] = useState(false)
  const save = async (): Promise<void> => {
    const guardians = [...new Set(numbers.split(/[\s,]+/).filter((one) => one !== ''))]
    setError(undefined)
    if (guardians.length > 7 || guardians.some((one) => !/^[a-z0-9][a-z0-9-]{0,63}$/.test(one))) return setProblem('recovery.problemNumbers')
    const needed = guardians.length === 0 ? 0 : threshold
    if (needed < Math.min(2, guardians.length) || needed > guardians.length) return setProblem('recovery.problemThreshold')
    setProblem(undefined)
    setBusy(true)
    try {
      await arrangeGuardians(client, { guardians, threshold: needed, waitHours, label: label.trim() })
      await queries.invalidateQueries()
      onDone(true)
    } catch (failure) {
      if (problemCode(failure) === 'NOT_ALLOWED') setProblem('recovery.problemUnknown')
      else setError(failure)
      setBusy(false)
    }
  }
  return (
    <form className="cl-form cl-form-open" noValidate onSubmit={(event) => { event.preventDefault(); void save() }}>
      <TextInput label={t('recovery.labelLabel')} description={t('recovery.labelHint')} value={label} maxLength={60} autoComplete="off" onChange={(event) => setLabel(event.currentTarget.value)} />
      <Textarea label={t('recovery.numbersLabel')} description={t('recovery.numbersHint')} value={numbers} autosize minRows={3} spellCheck={false} onChange={(event) => setNumbers(event.currentTarget.value)} error={problem !== undefined && problem !== 'recovery.problemThreshold' && t(problem)} />
      <NumberInput label={t('recovery.thresholdLabel')} value={threshold} min={1} max={7} hideControls onChange={(value) => setThreshold(Number(value))} error={problem === 'recovery.problemThreshold' && t(problem)} />
      <NativeSelect label={t('recovery.waitLabel')} value={String(waitHours)} data={Object.entries(waits).map(([hours, word]) => ({ value: hours, label: t(word) }))} onChange={(event) => setWaitHours(Number(event.currentTarget.value))} />
      {error !== undefined && <ErrorState error={error} />}
      <div className="cl-decide"><Button type="submit" loading={busy}>{t('recovery.save')}</Button><Button variant="default" onClick={() => onDone(false)}>{t('shell.back')}</Button></div>
    </form>
  )
}
