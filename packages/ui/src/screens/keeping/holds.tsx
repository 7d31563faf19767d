import { useState, type FormEvent } from 'react'
import { Button, TextInput } from '@mantine/core'
import { holdDraft, releaseDraft, signAs } from '@careledger/client'
import { Section } from '../../components/page.tsx'
import { ErrorState, Outcome } from '../../components/states.tsx'
import type { WordKey } from '../../i18n/translate.ts'
import { usePreferences } from '../../session/preferences.tsx'
import { useOperation } from '../../session/query.ts'
import { useClient } from '../../session/services.tsx'
import { useAct } from './use-act.ts'

/** Legal holds of one patient: placed with their basis, lifted with a reason; each a signed entry. */
export function Holds({ patient }: { readonly patient: string }) {
  const { t, instant } = usePreferences()
  const client = useClient()
  const answer = useOperation(client.hospital.retention.answer, 'hospital.retention.answer', { patient })
  const act = useAct()
  const [lifting, setLifting] = useState<string>()
  return (
    <Section title={t('keeping.holds')}>
      <Outcome result={answer} rows={2}>
        {({ holds, subject, custodian }) => (
          <>
            {holds.length === 0 && <p>{t('keeping.holdsNone')}</p>}
            <ul className="cl-lines">
              {holds.map(({ id, basis, placed }) => (
                <li key={id} className="cl-line">
                  <div>
                    <span>{basis}</span>
                    <span className="cl-note">{t('keeping.holdSince', { date: instant(placed, 'date') })}</span>
                    {lifting === id
                      ? <OneLine label="keeping.holdReason" need="keeping.holdReasonNeed" button="keeping.holdLiftYes" busy={act.busy} onCancel={() => setLifting(undefined)} onSend={async (reason) => { if (await act.run(async () => client.hospital.retention.release.mutate({ entry: await signAs(client, releaseDraft({ subject, custodian }, id, reason)) }), 'keeping.saidLifted')) setLifting(undefined) }} />
                      : <div className="cl-decide"><Button size="compact-md" variant="default" aria-label={t('keeping.holdLiftOf', { basis })} onClick={() => setLifting(id)}>{t('keeping.holdLift')}</Button></div>}
                  </div>
                </li>
              ))}
            </ul>
            <p className="cl-note" role="status">{act.said}</p>
            {act.error !== undefined && <ErrorState error={act.error} />}
            {lifting === undefined && <OneLine label="keeping.holdBasis" need="keeping.holdNeed" button="keeping.holdPlace" note="keeping.holdHow" busy={act.busy} onSend={async (basis) => { await act.run(async () => client.hospital.retention.hold.mutate({ entry: await signAs(client, holdDraft({ subject, custodian }, { basis })) }), 'keeping.saidHeld') }} />}
          </>
        )}
      </Outcome>
    </Section>
  )
}

/** One line of words that must not be empty, and the press that sends it. */
function OneLine({ label, need, button, note, busy, onSend, onCancel }: { readonly label: WordKey, readonly need: WordKey, readonly button: WordKey, readonly note?: WordKey, readonly busy: boolean, readonly onSend: (text: string) => Promise<void>, readonly onCancel?: () => void }) {
  const { t } = usePreferences()
  const [text, setText] = useState('')
  const [missing, setMissing] = useState(false)
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    setMissing(text.trim() === '')
    if (text.trim() !== '') void onSend(text.trim()).then(() => setText(''))
  }
  return (
    <form className="cl-section" onSubmit={submit} noValidate>
      <TextInput label={t(label)} value={text} maxLength={300} autoComplete="off" error={missing && t(need)} onChange={(event) => { setText(event.currentTarget.value); setMissing(false) }} />
      {note !== undefined && <p className="cl-note">{t(note)}</p>}
      <div className="cl-decide">
        <Button type="submit" variant="default" loading={busy}>{t(button)}</Button>
        {onCancel !== undefined && <Button variant="subtle" onClick={onCancel}>{t('keeping.notYet')}</Button>}
      </div>
    </form>
  )
}
