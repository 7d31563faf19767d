import { useState } from 'react'
import { Button } from '@mantine/core'
import { renewHealthLink } from '@careledger/client'
import { DetailPanel } from '../../../components/detail-panel.tsx'
import { Facts } from '../../../components/facts.tsx'
import { RichText } from '../../../components/rich.tsx'
import { ErrorState } from '../../../components/states.tsx'
import { StatusBadge } from '../../../components/status-badge.tsx'
import { kindCounts } from '../../../records/kinds.ts'
import { forgetLink, keptLinks } from '../../../session/kept-links.ts'
import { usePreferences } from '../../../session/preferences.tsx'
import { useSession } from '../../../session/session.tsx'
import { useClient } from '../../../session/services.tsx'
import type { HealthLinkItem } from '../../../session/shapes.ts'
import { useOwnRecords } from '../own-records.ts'
import { LinkCode } from './link-code.tsx'
import { useLinkContents, useStopLinks } from './use-carry.ts'

const useWords = { 'opened': 'carry.use_opened', 'wrong-passcode': 'carry.use_wrong', 'no-longer-shared': 'carry.use_over' } as const

/** One link: who opened it, its code where this window still has it, and the way to end it. */
export function LinkPanel({ item, onClose }: { readonly item: HealthLinkItem, readonly onClose: () => void }) {
  const { t, instant, number } = usePreferences()
  const { actor } = useSession()
  const stop = useStopLinks()
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>()
  const [shown, setShown] = useState(false)
  const text = keptLinks(actor?.key ?? '')[item.link]
  const run = async (body: () => Promise<void>): Promise<void> => {
    setBusy(true)
    setError(undefined)
    await body().catch(setError)
    setBusy(false)
  }
  const end = (): Promise<void> => run(async () => {
    await stop([item])
    forgetLink(actor?.key ?? '', item.link)
  })
  return (
    <DetailPanel id={item.link} title={t('carry.panel')} onClose={onClose}>
      <div className="cl-panel-line"><strong>{item.label}</strong><StatusBadge status={item.state === 'stopped' ? 'withdrawn' : item.state} /></div>
      <Facts facts={[
        { label: t('carry.what'), value: kindCounts(t, item.types).join(', ') },
        { label: t('carry.madeAt'), value: instant(item.made, 'patient') },
        { label: t('carry.columnUntil'), value: instant(item.expires, 'patient') },
        { label: t('carry.passcode'), value: t(item.hasPasscode ? 'carry.passcodeYes' : 'carry.passcodeNo') },
        ...(item.attemptsLeft === undefined ? [] : [{ label: t('carry.attemptsLeft'), value: number(item.attemptsLeft) }]),
      ]} />
      {error !== undefined && <ErrorState error={error} />}
      {item.state === 'active' ? (
        <section className="cl-cheat">
          <p>{t('carry.stopWhat')}</p>
          <Button onClick={() => void end()} loading={busy}>{t('carry.stop')}</Button>
        </section>
      ) : item.state === 'stopped' && <p role="status" className="cl-notice">{t('carry.stopped')}</p>}
      {item.state === 'active' && (text === undefined ? <p className="cl-note cl-after">{t('carry.showAgainElse')}</p> : shown ? <LinkCode text={text} /> : <div className="cl-decide"><Button variant="default" onClick={() => setShown(true)}>{t('carry.showAgain')}</Button></div>)}
      {item.state === 'active' && text !== undefined && item.flags.includes('L') && <Renew item={item} text={text} />}
      <h3>{t('carry.uses')}</h3>
      {item.uses.length === 0 ? <p className="cl-note">{t('carry.usesNone')}</p> : (
        <>
          <ul className="cl-lines">{item.uses.map((use) => <li key={use.id} className="cl-line"><div><span><RichText text={t(useWords[use.outcome], { who: use.recipient })} /></span><span className="cl-note">{instant(use.at, 'patient')}</span></div></li>)}</ul>
          <p className="cl-note">{t('carry.usesNames')}</p>
        </>
      )}
    </DetailPanel>
  )
}

/** Newer records behind the same code: encrypted here, since only this window has the key. */
function Renew({ item, text }: { readonly item: HealthLinkItem, readonly text: string }) {
  const { t } = usePreferences()
  const client = useClient()
  const own = useOwnRecords()
  const contentsOf = useLinkContents()
  const [state, setState] = useState<'idle' | 'busy' | 'done'>('idle')
  const [error, setError] = useState<unknown>()
  const place = own.data?.items.find(({ patient }) => patient === item.patient)
  const renew = async (): Promise<void> => {
    if (!place) return
    setState('busy')
    setError(undefined)
    try {
      const { contents, types } = await contentsOf({ place })
      await renewHealthLink(client, { patient: item.patient, text, types, contents })
      setState('done')
    } catch (failure) {
      setError(failure)
      setState('idle')
    }
  }
  return (
    <div className="cl-decide">
      <Button variant="default" disabled={!place} loading={state === 'busy'} onClick={() => void renew()}>{t('carry.renew')}</Button>
      {state === 'done' && <span role="status">{t('carry.renewed')}</span>}
      {error !== undefined && <ErrorState error={error} />}
    </div>
  )
}
