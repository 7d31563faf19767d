import { useState } from 'react'
import { Button, Stack, Textarea } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useParams, useSearchParams } from 'react-router'
import { reviewEmergency } from '@careledger/client'
import { DataTable, MoreButton, type Column } from '../../components/data-table.tsx'
import { DetailPanel, WithPanel } from '../../components/detail-panel.tsx'
import { FilterChips } from '../../components/filter-chips.tsx'
import { Page } from '../../components/page.tsx'
import { Rich } from '../../components/rich.tsx'
import { EmptyState, ErrorState, Outcome } from '../../components/states.tsx'
import { usePreferences } from '../../session/preferences.tsx'
import { useClient } from '../../session/services.tsx'
import { usePages } from '../../session/query.ts'
import type { EmergencyItem } from '../../session/shapes.ts'
import { EMERGENCY_REASON_WORDS } from './emergency-form.tsx'
import { EmergencyFacts } from './emergency-told.tsx'

type State = EmergencyItem['state']

/** What a privacy officer has to close, oldest first. */
export function ReviewQueue() {
  const { t, instant } = usePreferences()
  const client = useClient()
  const navigate = useNavigate()
  const { emergency } = useParams()
  const [search, setSearch] = useSearchParams()
  const chosen = search.get('state')
  const state: State = chosen === 'escalated' || chosen === 'closed' ? chosen : 'open'
  const queue = usePages(client.hospital.emergency.reviews, 'hospital.emergency.reviews', { state, limit: 50 })
  const open = queue.items?.find(({ id }) => id === emergency)
  const query = state === 'open' ? '' : `?state=${state}`
  const columns: readonly [Column<EmergencyItem>, ...Column<EmergencyItem>[]] = [
    { key: 'who', head: t('emergency.columnWho'), cell: (item) => t('emergency.whoAt', { name: item.name, place: item.organisationName }) },
    { key: 'when', head: t('emergency.columnWhen'), cell: (item) => instant(item.at, 'clinical') },
    { key: 'reason', head: t('emergency.columnReason'), cell: (item) => t(EMERGENCY_REASON_WORDS[item.reason]), wideOnly: true },
    { key: 'due', head: t('emergency.columnDue'), cell: (item) => instant(item.due, 'clinical') },
  ]
  return (
    <Page title={t('emergency.queueTitle')} place="/privacy/reviews" answer={state === 'open' && queue.items && queue.items.length > 0 ? <Rich k="emergency.queueAnswer" values={{ count: queue.items.length }} /> : t('emergency.can')}>
      <WithPanel panel={open && <ReviewPanel key={open.id} item={open} onClose={() => void navigate(`/privacy/reviews${query}`, { preventScrollReset: true })} />}>
        <FilterChips all={t('emergency.queueOpen')} choices={[{ value: 'escalated', label: t('emergency.queueLate') }, { value: 'closed', label: t('emergency.queueClosed') }]} value={state === 'open' ? undefined : state} onChange={(value) => setSearch(value === undefined ? {} : { state: value })} />
        <Outcome result={{ data: queue.data, error: queue.error, dataUpdatedAt: queue.dataUpdatedAt, refetch: queue.refetch }} rows={5}>
          {() => ((queue.items ?? []).length === 0
            ? <EmptyState title={t('emergency.queueNone')} why={t('emergency.queueNoneWhy')} icon="verify" />
            : <DataTable caption={t('emergency.queueTable')} columns={columns} rows={queue.items ?? []} rowKey={({ id }) => id} to={({ id }) => `/privacy/reviews/${id}${query}`} current={open?.id} />)}
        </Outcome>
        <MoreButton result={queue} count={50} />
      </WithPanel>
    </Page>
  )
}

function ReviewPanel({ item, onClose }: { readonly item: EmergencyItem, readonly onClose: () => void }) {
  const { t } = usePreferences()
  const client = useClient()
  const queries = useQueryClient()
  const [note, setNote] = useState('')
  const review = useMutation({
    mutationFn: (outcome: 'justified' | 'misuse') => reviewEmergency(client, item, item.id, { outcome, note: note.trim() }),
    onSuccess: () => queries.invalidateQueries(),
  })
  return (
    <DetailPanel id={item.id} title={t('emergency.panel')} onClose={onClose}>
      <EmergencyFacts item={item} />
      {review.error !== null && <ErrorState error={review.error} />}
      {review.isSuccess && <p role="status">{t('emergency.closed')}</p>}
      {!item.reviewed && !review.isSuccess && (
        <section className="cl-cheat">
          <Stack gap="md">
            <Textarea label={t('emergency.note')} value={note} onChange={(event) => setNote(event.currentTarget.value)} maxLength={500} autosize minRows={2} />
            <p className="cl-note">{t('emergency.misuseWhat')}</p>
            <div className="cl-decide">
              <Button onClick={() => review.mutate('justified')} loading={review.isPending}>{t('emergency.justify')}</Button>
              <Button variant="default" onClick={() => review.mutate('misuse')} loading={review.isPending}>{t('emergency.misuse')}</Button>
            </div>
          </Stack>
        </section>
      )}
    </DetailPanel>
  )
}
