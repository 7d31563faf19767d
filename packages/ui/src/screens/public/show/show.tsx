import { useEffect, useState } from 'react'
import { Button, Textarea } from '@mantine/core'
import { useLocation, useNavigate } from 'react-router'
import { FileDrop } from '../../../components/file-drop.tsx'
import { ScanCode } from '../../../components/scan/scan-code.tsx'
import { Page } from '../../../components/page.tsx'
import { usePreferences } from '../../../session/preferences.tsx'
import { BundleView } from './bundle-view.tsx'
import { CardView } from './card-view.tsx'
import { OpenFile } from './open-file.tsx'
import { OpenLink } from './open-link.tsx'
import { readCarried, type Brought } from './read-carried.ts'

const titles = { card: 'show.card', file: 'show.fileTitle', summary: 'show.summary', link: 'show.linkTitle' } as const

/** Opens what somebody carries, for anybody, signed in or not. A link's key stands behind the # of the address and is sent nowhere. */
export function Show() {
  const { t } = usePreferences()
  const { hash } = useLocation()
  const navigate = useNavigate()
  const [brought, setBrought] = useState<Brought>()
  useEffect(() => setBrought(hash.length > 1 ? readCarried(decodeURIComponent(hash.slice(1))) : undefined), [hash])
  const again = (): void => {
    setBrought(undefined)
    void navigate('/show', { replace: true })
  }
  if (brought?.kind === 'link') return <OpenLink key={brought.text} link={brought.link} onAgain={again} />
  return (
    <Page title={t(brought ? titles[brought.kind] : 'show.title')} width="read" answer={brought ? undefined : t('show.answer')}>
      {brought === undefined && <Bring unknown={hash.length > 1} onBrought={setBrought} />}
      {brought?.kind === 'card' && <CardView text={brought.text} />}
      {brought?.kind === 'summary' && <BundleView text={brought.text} />}
      {brought?.kind === 'file' && <OpenFile text={brought.text} lock={brought.lock} />}
      {brought !== undefined && <div className="cl-decide"><Button variant="default" onClick={again}>{t('show.another')}</Button></div>}
    </Page>
  )
}

/** Largest text that is looked at: a carry file of 64 MiB, sealed. */
const textMax = 90 * 1024 * 1024

function Bring({ unknown, onBrought }: { readonly unknown: boolean, readonly onBrought: (brought: Brought) => void }) {
  const { t } = usePreferences()
  const [text, setText] = useState('')
  const [bad, setBad] = useState(unknown)
  const take = (found: Brought | undefined): void => {
    setBad(found === undefined)
    if (found) onBrought(found)
  }
  const read = async (file: File): Promise<void> => take(file.size > textMax ? undefined : readCarried(await file.text()))
  return (
    <>
      <FileDrop title={t('show.drop')} hint={t('show.dropHint')} accept=".careledger,.smart-health-card,.json,.txt" onFile={(file) => void read(file)} />
      <ScanCode onText={(found) => take(readCarried(found))} />
      <form className="cl-form cl-form-open" onSubmit={(event) => { event.preventDefault(); take(readCarried(text)) }}>
        <Textarea size="md" label={t('show.paste')} description={t('show.pasteHint')} value={text} onChange={(event) => setText(event.currentTarget.value)} autosize minRows={2} maxRows={6} autoComplete="off" spellCheck={false} />
        {bad && <p className="cl-field-problem" role="alert">{t('show.notKnown')}</p>}
        <div className="cl-decide"><Button type="submit" disabled={text.trim() === ''}>{t('show.open')}</Button></div>
      </form>
    </>
  )
}
