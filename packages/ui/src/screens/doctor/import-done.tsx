import { useMemo } from 'react'
import { Button, Progress } from '@mantine/core'
import { Link } from 'react-router'
import { useQuery } from '@tanstack/react-query'
import type { ImportResult } from '@careledger/client'
import { Rich } from '../../components/rich.tsx'
import { usePreferences } from '../../session/preferences.tsx'
import { useClient } from '../../session/services.tsx'
import { useSession } from '../../session/session.tsx'
import type { Receipt } from '../../session/shapes.ts'

const SLICE = 200

/** What was written, and how far it has come: stored, in the log, on the ledger. Asked again until all of it is on the ledger. */
export function ImportDone({ result, onAnother }: { readonly result: ImportResult, readonly onAnother: () => void }) {
  const { t } = usePreferences()
  const records = useMemo(() => result.receipts.filter(({ id }) => result.ids.includes(id)), [result])
  const states = useStates(records)
  const total = records.length
  const count = (wanted: readonly Receipt['state'][]): number => states.filter(({ state }) => wanted.includes(state)).length
  const inLog = count(['sequenced', 'anchored'])
  const anchored = count(['anchored'])
  return (
    <section className="cl-section">
      <h2>{t('import.doneTitle')}</h2>
      <p role="status" className="cl-answer">{result.receipts.every(({ duplicate }) => duplicate) ? t('import.doneAgain') : <Rich k="import.done" values={{ count: result.ids.length - result.alreadyThere }} />}</p>
      {total > 0 && <div className="cl-card cl-stages">
        <Stage words={t('import.stored', { done: total, total })} share={100} />
        <Stage words={t('import.inLog', { done: inLog, total })} share={(inLog / total) * 100} />
        <Stage words={t('import.anchored', { done: anchored, total })} share={(anchored / total) * 100} />
      </div>}
      <div className="cl-decide">
        <Button size="lg" component={Link} to={`/patients/${result.patient}/everything`}>{t('import.openPatient')}</Button>
        <Button size="lg" variant="default" onClick={onAnother}>{t('import.importAnother')}</Button>
      </div>
    </section>
  )
}

function Stage({ words, share }: { readonly words: string, readonly share: number }) {
  return <div><p>{words}</p><Progress.Root size="md"><Progress.Section value={share} aria-label={words} /></Progress.Root></div>
}

function useStates(receipts: readonly Receipt[]): readonly Receipt[] {
  const client = useClient()
  const { actor } = useSession()
  const ids = receipts.map(({ id }) => id)
  const isDone = (items: readonly Receipt[] | undefined): boolean => items !== undefined && items.every(({ state }) => state === 'anchored' || state === 'blocked')
  const states = useQuery({
    queryKey: [actor?.key, 'hospital.records.states', ids[0], ids.length],
    queryFn: async () => {
      const pages: Receipt[] = []
      for (let start = 0; start < ids.length; start += SLICE) pages.push(...(await client.hospital.records.states.query({ ids: ids.slice(start, start + SLICE) })).items)
      return pages
    },
    refetchInterval: ({ state }) => (isDone(state.data) ? false : 2_000),
  })
  return states.data ?? receipts
}
