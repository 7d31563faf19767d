import { Button, Menu } from '@mantine/core'
import { Link, useNavigate } from 'react-router'
import { canStop, kindOfType } from '@careledger/client'
import { Icon } from '../../../components/icon.tsx'
import { usePreferences } from '../../../session/preferences.tsx'
import { useSession } from '../../../session/session.tsx'
import type { PatientSummary, RecordItem } from '../../../session/shapes.ts'
import { DraftGuard } from './draft-guard.tsx'
import { draftPath, useDrafts } from './drafts.ts'
import { kindsOf, kindWords } from './kind-words.ts'

/**
 * The one "Write" action on a patient's page: nothing where the reader does not write here. A mark says that something is unsent; what is
 * unsent for another patient is asked about first.
 */
export function WriteMenu({ patient }: { readonly patient: Pick<PatientSummary, 'patient' | 'custodian'> }) {
  return <DraftGuard patient={patient.patient}><Choices patient={patient} /></DraftGuard>
}

function Choices({ patient }: { readonly patient: Pick<PatientSummary, 'patient' | 'custodian'> }) {
  const { t } = usePreferences()
  const navigate = useNavigate()
  const { actor } = useSession()
  const { drafts } = useDrafts()
  const kinds = actor?.organisation === patient.custodian ? kindsOf(actor.roles) : []
  const own = drafts.filter((draft) => draft.patient === patient.patient)
  const ready = own.filter((draft) => draft.ready)
  if (kinds.length === 0) return null
  return (
    <Menu position="bottom-end" width={280} shadow="md" withinPortal={false} withInitialFocusPlaceholder={false}>
      <Menu.Target>
        <Button rightSection={own.length > 0 ? <span className="cl-unsent" aria-hidden="true">!</span> : undefined} aria-label={own.length > 0 ? t('write.menuUnsent', { count: own.length }) : undefined}>{t('write.menu')}</Button>
      </Menu.Target>
      <Menu.Dropdown>
        {ready.length > 0 && <Menu.Item leftSection={<Icon name="check" size={18} />} onClick={() => void navigate(`/patients/${patient.patient}/write/check`)}>{t('write.menuReady', { count: ready.length })}</Menu.Item>}
        {own.filter((draft) => !draft.ready).map((draft) => (
          <Menu.Item key={draftPath(draft)} leftSection={<span className="cl-unsent" aria-hidden="true">!</span>} onClick={() => void navigate(draftPath(draft))}>{t('write.menuGoOn', { kind: t(kindWords[draft.kind].title) })}</Menu.Item>
        ))}
        {own.length > 0 && <Menu.Divider />}
        <Menu.Item leftSection={<Icon name="import" size={18} />} onClick={() => void navigate(`/patients/${patient.patient}/attachments/new`)}>{t('attachment.add')}</Menu.Item>
        {actor?.roles.includes('records-clerk') === true && <Menu.Item leftSection={<Icon name="people" size={18} />} onClick={() => void navigate(`/patients/${patient.patient}/guardians/new`)}>{t('care.addFor')}</Menu.Item>}
        {kinds.map((kind) => <Menu.Item key={kind} leftSection={<Icon name={kindWords[kind].icon} size={18} />} onClick={() => void navigate(`/patients/${patient.patient}/write/${kind}`)}>{t(kindWords[kind].title)}</Menu.Item>)}
      </Menu.Dropdown>
    </Menu>
  )
}

/** Beside an open record: change it, stop it, or take it back. Nothing where it was replaced, or is not the reader's to change. */
export function AmendActions({ patient, item }: { readonly patient: string, readonly item: Pick<RecordItem, 'id' | 'type' | 'custodian' | 'status' | 'replacedBy'> }) {
  const { t } = usePreferences()
  const { actor } = useSession()
  const kind = kindOfType(item.type)
  const may = actor !== undefined && kind !== undefined && actor.organisation === item.custodian && kindsOf(actor.roles).includes(kind)
  if (!may || item.replacedBy !== undefined || item.status === 'entered-in-error') return null
  return (
    <div className="cl-decide">
      <Button variant="default" component={Link} to={`/patients/${patient}/write/${kind}?replaces=${item.id}`}>{t('write.amend')}</Button>
      {canStop(item.type, item.status) && <Button variant="default" component={Link} to={`/patients/${patient}/write/stop?replaces=${item.id}`}>{t('write.stop')}</Button>}
      <Button variant="default" component={Link} to={`/patients/${patient}/write/withdraw?replaces=${item.id}`}>{t('write.withdraw')}</Button>
    </div>
  )
}
