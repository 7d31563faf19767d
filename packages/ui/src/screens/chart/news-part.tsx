import { useState } from 'react'
import { Button } from '@mantine/core'
import { ErrorState } from '../../components/states.tsx'
import { joinWords, kindCounts } from '../../records/kinds.ts'
import { usePreferences } from '../../session/preferences.tsx'
import { useOperation } from '../../session/query.ts'
import { useClient } from '../../session/services.tsx'
import { ItemLine } from './item-line.tsx'

/** "3 new since your last visit", found from the reader's own visits; the records themselves below, folded. */
export function NewsPart({ patient }: { readonly patient: string }) {
  const { t, instant } = usePreferences()
  const client = useClient()
  const news = useOperation(client.hospital.chart.news, 'hospital.chart.news', { patient })
  const [open, setOpen] = useState(false)
  if (news.error !== null && news.data === undefined) return <ErrorState error={news.error} onRetry={() => void news.refetch()} />
  if (news.data === undefined) return <p className="cl-news cl-waiting">{t('chart.newsLooking')}</p>
  const { since, items, counts, more } = news.data
  if (since === undefined) return <p className="cl-news">{t('chart.newsFirst')}</p>
  if (items.length === 0) return <p className="cl-news">{t('chart.newsNone', { time: instant(since, 'clinical') })}</p>
  return (
    <section className="cl-news" data-new aria-label={t('chart.newsTitle')}>
      <p>{t(more ? 'chart.newsMany' : 'chart.news', { kinds: joinWords(t, kindCounts(t, counts)), time: instant(since, 'clinical') })}</p>
      <Button variant="default" size="sm" aria-expanded={open} onClick={() => setOpen(!open)}>{t(open ? 'chart.newsHide' : 'chart.newsShow')}</Button>
      {open && <ul className="cl-lines">{items.map((item) => <ItemLine key={item.id} item={item} whole dated />)}</ul>}
    </section>
  )
}
