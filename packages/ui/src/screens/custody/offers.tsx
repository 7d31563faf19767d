import { useState, type FormEvent } from 'react'
import { Button, NativeSelect, Stack, TextInput } from '@mantine/core'
import { CUSTODY_REFUSAL_REASONS, CUSTODY_TAKE_BACK_REASONS, refuseCustodyOffer, takeBackCustodyOffer, type CustodyOffer } from '@careledger/client'
import { DataTable, type Column } from '../../components/data-table.tsx'
import { Section } from '../../components/page.tsx'
import { EmptyState, ErrorState, Outcome } from '../../components/states.tsx'
import { StatusBadge, type Status } from '../../components/status-badge.tsx'
import { usePreferences, type Preferences } from '../../session/preferences.tsx'
import { useOperation } from '../../session/query.ts'
import { useClient } from '../../session/services.tsx'
import { PatientName } from '../keeping/patient-name.tsx'
import { useAct } from '../keeping/use-act.ts'

type Reason = NonNullable<NonNullable<CustodyOffer['answer']>['reason']>
const statuses = { 'open': 'waiting', 'refused': 'refused', 'taken-back': 'withdrawn', 'taken': 'finished' } as const satisfies Readonly<Record<CustodyOffer['state'], Status>>

/** Records offered to this hospital and by it: refused or taken back with a reason, and how each stands. */
export function Offers() {
  const { t, instant } = usePreferences()
  const client = useClient()
  const found = useOperation(client.hospital.custody.offers, 'hospital.custody.offers', {}, { refetchMs: 15_000 })
  const [answering, setAnswering] = useState<CustodyOffer>()
  const act = useAct()
  const columns: readonly [Column<CustodyOffer>, ...Column<CustodyOffer>[]] = [
    { key: 'patient', head: t('custody.patient'), cell: ({ patient }) => <PatientName patient={patient} /> },
    { key: 'with', head: t('custody.hospital'), cell: ({ direction, custodianName, toName }) => t(direction === 'made' ? 'custody.to' : 'custody.from', { name: direction === 'made' ? toName : custodianName }) },
    { key: 'state', head: t('custody.state'), cell: ({ state }) => <StatusBadge status={statuses[state]} /> },
    { key: 'why', head: t('custody.why'), cell: (offer) => whyWords(offer, t), wideOnly: true },
    { key: 'at', head: t('custody.since'), cell: ({ at, answer }) => <span className="cl-nowrap">{instant(answer?.at ?? at, 'clinical')}</span>, wideOnly: true },
    { key: 'act', head: t('custody.act'), cell: (offer) => (offer.state === 'open' ? <Button size="compact-md" variant="default" onClick={() => setAnswering(offer)}>{t(offer.direction === 'made' ? 'custody.takeBack' : 'custody.refuse')}</Button> : '–') },
  ]
  const send = async (offer: CustodyOffer, answer: { readonly reason: string, readonly words?: string }): Promise<void> => {
    const write = offer.direction === 'made' ? takeBackCustodyOffer : refuseCustodyOffer
    if (await act.run(() => write(client, offer, answer as never), offer.direction === 'made' ? 'custody.saidTakenBack' : 'custody.saidRefused')) setAnswering(undefined)
  }
  return (
    <Section title={t('custody.offers')} plain>
      <p className="cl-note" role="status">{act.said}</p>
      {act.error !== undefined && <ErrorState error={act.error} />}
      {answering !== undefined && <AnswerForm offer={answering} busy={act.busy} onSend={(answer) => void send(answering, answer)} onCancel={() => setAnswering(undefined)} />}
      <Outcome result={found} rows={3}>
        {({ items }) => (items.length > 0 ? <DataTable caption={t('custody.offers')} columns={columns} rows={items} rowKey={({ entry, direction }) => `${entry} ${direction}`} /> : <EmptyState title={t('custody.none')} why={t('custody.noneWhy')} icon="share" />)}
      </Outcome>
    </Section>
  )
}

/** Why an offer ended, in words. */
export function whyWords({ answer }: Pick<CustodyOffer, 'answer'>, t: Preferences['t']): string {
  if (answer?.reason === undefined) return '–'
  const reason = reasonWords(answer.reason, t)
  return answer.words === undefined ? reason : `${reason}: ${answer.words}`
}

function reasonWords(reason: Reason, t: Preferences['t']): string {
  return t(({
    'no-capacity': 'custody.noCapacity', 'not-our-care': 'custody.notOurCare', 'incomplete': 'custody.incomplete', 'proof-failed': 'custody.proofFailed', 'patient-unknown': 'custody.patientUnknown',
    'patient-changed-mind': 'custody.changedMind', 'sent-in-error': 'custody.sentInError', 'refused-elsewhere': 'custody.refusedElsewhere', 'other': 'custody.other',
  } as const)[reason])
}

function AnswerForm({ offer, busy, onSend, onCancel }: { readonly offer: CustodyOffer, readonly busy: boolean, readonly onSend: (answer: { readonly reason: string, readonly words?: string }) => void, readonly onCancel: () => void }) {
  const { t } = usePreferences()
  const made = offer.direction === 'made'
  const reasons: readonly Reason[] = made ? CUSTODY_TAKE_BACK_REASONS : CUSTODY_REFUSAL_REASONS
  const [reason, setReason] = useState<string>(reasons[0] as string)
  const [words, setWords] = useState('')
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    onSend({ reason, ...(words.trim() === '' ? {} : { words: words.trim() }) })
  }
  return (
    <form className="cl-section cl-card" onSubmit={submit} aria-label={t(made ? 'custody.takeBack' : 'custody.refuse')}>
      <Stack gap="md">
        <p>{t(made ? 'custody.takeBackWhat' : 'custody.refuseWhat', { name: made ? offer.toName : offer.custodianName })}</p>
        <NativeSelect label={t('custody.reason')} value={reason} data={reasons.map((value) => ({ value, label: reasonWords(value, t) }))} onChange={(event) => setReason(event.currentTarget.value)} />
        <TextInput label={t('custody.words')} description={t('custody.wordsHow')} value={words} maxLength={300} autoComplete="off" onChange={(event) => setWords(event.currentTarget.value)} />
        <div className="cl-decide">
          <Button type="submit" loading={busy}>{t(made ? 'custody.takeBackYes' : 'custody.refuseYes')}</Button>
          <Button variant="default" onClick={onCancel}>{t('custody.notYet')}</Button>
        </div>
      </Stack>
    </form>
  )
}
