import { useEffect, type ReactNode } from 'react'
import { Button, Modal } from '@mantine/core'
import { useNavigate } from 'react-router'
import { usePreferences } from '../../../session/preferences.tsx'
import { draftPath, useDrafts } from './drafts.ts'

/**
 * Two patients are never written about at once: who comes to another chart with something unsent is asked first, and that chart is not shown
 * before the answer.
 */
export function DraftGuard({ patient, children }: { readonly patient: string, readonly children: ReactNode }) {
  const { t } = usePreferences()
  const navigate = useNavigate()
  const { drafts, remove } = useDrafts()
  const others = drafts.filter((draft) => draft.patient !== patient)
  const [first] = others
  if (first === undefined) return children
  return (
    <Modal opened onClose={() => void navigate(draftPath(first))} title={t('write.otherTitle')} closeButtonProps={{ 'aria-label': t('write.otherBack') }}>
      <p>{t('write.otherWhy', { count: others.length })}</p>
      <div className="cl-decide">
        <Button data-autofocus onClick={() => void navigate(draftPath(first))}>{t('write.otherBack')}</Button>
        <Button variant="default" onClick={() => remove(others)}>{t('write.otherDiscard', { count: others.length })}</Button>
      </div>
    </Modal>
  )
}

/** The browser asks before it closes a page that is doing something; drafts ask by themselves. */
export function useLeaveWarning(active: boolean): void {
  useEffect(() => {
    if (!active) return
    const warn = (event: BeforeUnloadEvent): void => event.preventDefault()
    window.addEventListener('beforeunload', warn)
    return () => window.removeEventListener('beforeunload', warn)
  }, [active])
}
