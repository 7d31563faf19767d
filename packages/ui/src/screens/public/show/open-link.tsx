import { useState } from 'react'
import { Button, PasswordInput, TextInput } from '@mantine/core'
import { openHealthLink, PasscodeNeeded, readLinkContent, type HealthLink, type ShownContent } from '@careledger/client'
import { Page } from '../../../components/page.tsx'
import { Rich } from '../../../components/rich.tsx'
import { EmptyState, ErrorState } from '../../../components/states.tsx'
import { problemCode } from '../../../session/problem.ts'
import { usePreferences } from '../../../session/preferences.tsx'
import { useSession } from '../../../session/session.tsx'
import { Contents } from './contents.tsx'

/** Asks who opens it and, where needed, for the passcode; then shows what the link holds. */
export function OpenLink({ link, onAgain }: { readonly link: HealthLink, readonly onAgain: () => void }) {
  const { t, instant } = usePreferences()
  const [contents, setContents] = useState<readonly ShownContent[]>()
  const again = <div className="cl-decide"><Button variant="default" onClick={onAgain}>{t('show.another')}</Button></div>
  const { origin, host } = new URL(link.url)
  const ends = link.exp === undefined ? undefined : <Rich k="show.linkUntil" values={{ date: instant(new Date(link.exp * 1000), 'patient') }} />
  const answer = <>{link.label === undefined ? t('show.linkNoLabel') : t('show.linkLabel', { label: link.label })} {ends}</>
  if (contents) return <Page title={link.label ?? t('show.linkTitle')} width="read" answer={ends}><Contents contents={contents} />{again}</Page>
  if (link.exp !== undefined && link.exp * 1000 <= Date.now()) return <Page title={t('show.over')} width="read"><EmptyState title={t('show.over')} why={t('show.overWhy')} icon="hourglass" />{again}</Page>
  if (origin !== location.origin) {
    const there = `${origin}/show${location.hash}`
    return <Page title={t('show.elsewhere', { host })} width="read" answer={answer}><EmptyState title={t('show.elsewhere', { host })} why={t('show.elsewhereWhy')} icon="out" action={<Button component="a" href={there} rel="noreferrer">{t('show.elsewhereOpen', { host })}</Button>} />{again}</Page>
  }
  return <Page title={t('show.linkTitle')} width="read" answer={answer}><Ask link={link} onOpened={setContents} />{again}</Page>
}

function Ask({ link, onOpened }: { readonly link: HealthLink, readonly onOpened: (contents: readonly ShownContent[]) => void }) {
  const { t } = usePreferences()
  const { actor } = useSession()
  const needsPasscode = link.flag.includes('P')
  const [recipient, setRecipient] = useState(() => (actor?.organisation === undefined || actor.roles.includes('patient') ? '' : [actor.displayName, actor.organisationName].filter(Boolean).join(', ').slice(0, 120)))
  const [passcode, setPasscode] = useState('')
  const [missing, setMissing] = useState(false)
  const [remaining, setRemaining] = useState<number>()
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>()
  const open = async (): Promise<void> => {
    setMissing(recipient.trim() === '')
    if (recipient.trim() === '') return
    setBusy(true)
    setError(undefined)
    setRemaining(undefined)
    try {
      onOpened((await openHealthLink(link, { recipient: recipient.trim(), ...(needsPasscode && { passcode }) })).map(readLinkContent))
    } catch (failure) {
      if (failure instanceof PasscodeNeeded) setRemaining(failure.remaining)
      else setError(failure)
      setBusy(false)
    }
  }
  if (error !== undefined && problemCode(error) === 'NOT_ALLOWED') return <EmptyState title={t('show.over')} why={t('show.overWhy')} icon="ban" />
  if (error !== undefined && problemCode(error) === 'COMMITMENT_MISMATCH') return <EmptyState title={t('show.altered')} why={t('show.alteredWhy')} icon="octagon" />
  if (remaining === 0) return <EmptyState title={t('show.over')} why={t('show.passcodeDead')} icon="ban" />
  return (
    <form className="cl-form cl-form-open" noValidate onSubmit={(event) => { event.preventDefault(); void open() }}>
      <TextInput label={t('show.recipient')} description={t('show.recipientHint')} value={recipient} maxLength={120} autoComplete="organization" onChange={(event) => setRecipient(event.currentTarget.value)} error={missing && t('show.problemRecipient')} />
      {needsPasscode && <PasswordInput size="md" label={t('show.passcode')} description={t('show.passcodeHint')} value={passcode} autoComplete="off" maxLength={64} onChange={(event) => setPasscode(event.currentTarget.value)} visibilityToggleButtonProps={{ 'aria-label': t('show.passcode'), tabIndex: 0 }} />}
      {remaining !== undefined && <p className="cl-field-problem" role="alert">{t('show.passcodeWrong', { count: remaining })}</p>}
      {error !== undefined && <ErrorState error={error} onRetry={() => void open()} />}
      <div className="cl-decide"><Button type="submit" loading={busy} disabled={needsPasscode && passcode === ''}>{t('show.open')}</Button></div>
    </form>
  )
}
