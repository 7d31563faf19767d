import { useEffect, type ReactNode } from 'react'
import { Button } from '@mantine/core'
import { Link, Route, Routes, useLocation } from 'react-router'
import { Page } from '../components/page.tsx'
import { EmptyState, ErrorState, LoadingState } from '../components/states.tsx'
import { usePreferences } from '../session/preferences.tsx'
import { useSession } from '../session/session.tsx'
import { Problem } from '@careledger/api/contracts'
import { Because } from '../screens/keys/because.tsx'
import { People, Welcome } from '../screens/public/welcome.tsx'
import { homeOf, type Role } from './navigation.ts'
import { usePersonName } from './person-name.ts'
import {
  preload, AccountReturn, ChartPage, ElsewhereChart, Elsewhere, EnterParent, EmergencyForm, AddAttachment, Find, Import, MyPatients, CheckPage, WritePage, Duplicates, Together,
  ImportMany, Messages, ReviewQueue, GatewayPage, Custody, Due, KeepingPatient, Keeping, Periods, AddDevice, Keys, LostKeys, NewDevice,
  SignIn, Show, Verify, Peers, Health, Ledgers, Log, Members, MoveNetwork, MoveProgress, Outbox, Overview, Care, OwnEmergencies, Receipts,
  MyErasure, Access, Carry, MakeCard, MakeFile, MakeLink, GiveConsent, PatientHome, MyRecord, Sharing, ProofPage,
  WardSharing, PassOn, Recoveries,
} from './screens.ts'

const staff = ['doctor', 'records-clerk'] as const

/** Addresses name things, not roles; who may not see a thing is told so at the same address. */
export function AppRoutes() {
  const { actor } = useSession()
  useEffect(() => { if (actor) preload(actor.roles) }, [actor])
  const patient = (screen: ReactNode): ReactNode => <Guard roles={['patient']}>{screen}</Guard>
  const clinical = (screen: ReactNode): ReactNode => <Guard roles={staff}>{screen}</Guard>
  const operator = (screen: ReactNode): ReactNode => <Guard roles={['operator']}>{screen}</Guard>
  const keeping = (screen: ReactNode): ReactNode => <Guard roles={['records-clerk', 'admin']}>{screen}</Guard>
  return (
    <Routes>
      <Route path="/" element={<Welcome />} />
      <Route path="/sign-in" element={<SignIn />} />
      <Route path="/sign-in/account" element={<AccountReturn />} />
      <Route path="/sign-in/device" element={<NewDevice />} />
      <Route path="/sign-in/lost" element={<LostKeys />} />
      <Route path="/verify" element={<Verify />} />
      <Route path="/me" element={patient(<PatientHome />)} />
      <Route path="/me/record" element={patient(<MyRecord />)} />
      <Route path="/me/access" element={patient(<Access />)} />
      <Route path="/me/sharing/new" element={patient(<GiveConsent />)} />
      <Route path="/me/sharing/receipts" element={patient(<Receipts />)} />
      <Route path="/me/sharing/:consent?" element={patient(<Sharing />)} />
      <Route path="/me/emergency/:emergency?" element={patient(<OwnEmergencies />)} />
      <Route path="/me/carry" element={patient(<Carry />)} />
      <Route path="/me/carry/link" element={patient(<MakeLink />)} />
      <Route path="/me/carry/file" element={patient(<MakeFile />)} />
      <Route path="/me/carry/card" element={patient(<MakeCard />)} />
      <Route path="/show" element={<Show />} />
      <Route path="/me/care" element={<Guard><Care /></Guard>} />
      <Route path="/me/care/:patient" element={patient(<WardSharing />)} />
      <Route path="/recovery" element={<Guard roles={['operator', 'admin']}><Recoveries /></Guard>} />
      <Route path="/patients/:patient/pass-on" element={<Guard><PassOn /></Guard>} />
      <Route path="/me/keys" element={<Guard><Keys /></Guard>} />
      <Route path="/me/keys/add" element={<Guard><AddDevice /></Guard>} />
      <Route path="/patients" element={clinical(<MyPatients />)} />
      <Route path="/patients/duplicates" element={clinical(<Duplicates />)} />
      <Route path="/patients/:patient/together" element={<Guard><Together /></Guard>} />
      <Route path="/patients/find" element={clinical(<Find />)} />
      <Route path="/patients/emergency" element={<Guard roles={['doctor']}><EmergencyForm /></Guard>} />
      <Route path="/patients/:patient/emergency" element={<Guard roles={['doctor']}><EmergencyForm /></Guard>} />
      <Route path="/privacy/reviews/:emergency?" element={<Guard roles={['privacy-officer', 'admin']}><ReviewQueue /></Guard>} />
      <Route path="/patients/:patient/:view?" element={<Guard><ChartPage /></Guard>} />
      <Route path="/patients/:patient/guardians/new" element={<Guard roles={['records-clerk']}><EnterParent /></Guard>} />
      <Route path="/patients/:patient/attachments/new" element={clinical(<AddAttachment />)} />
      <Route path="/patients/:patient/write/check" element={clinical(<CheckPage />)} />
      <Route path="/patients/:patient/write/:kind" element={clinical(<WritePage />)} />
      <Route path="/elsewhere" element={clinical(<Elsewhere />)} />
      <Route path="/elsewhere/:place/:patient/:view?" element={clinical(<ElsewhereChart />)} />
      <Route path="/import" element={clinical(<Import />)} />
      <Route path="/import/many" element={clinical(<ImportMany />)} />
      <Route path="/messages" element={<Guard roles={['records-clerk', 'operator']}><Messages /></Guard>} />
      <Route path="/me/erasure" element={patient(<MyErasure />)} />
      <Route path="/keeping" element={keeping(<Keeping />)} />
      <Route path="/keeping/patients/:patient" element={keeping(<KeepingPatient />)} />
      <Route path="/keeping/periods" element={keeping(<Periods />)} />
      <Route path="/keeping/due" element={<Guard roles={['records-clerk']}><Due /></Guard>} />
      <Route path="/keeping/custody" element={<Guard roles={['records-clerk', 'doctor', 'admin']}><Custody /></Guard>} />
      <Route path="/platform/peers" element={<Guard roles={['operator', 'platform']}><Peers /></Guard>} />
      <Route path="/gateway" element={<Guard roles={['admin']}><GatewayPage /></Guard>} />
      <Route path="/proofs/:entry" element={<Guard><ProofPage /></Guard>} />
      <Route path="/platform" element={operator(<Overview />)} />
      <Route path="/platform/ledgers/:ledger?" element={operator(<Ledgers />)} />
      <Route path="/platform/ledgers/move/:network" element={operator(<MoveNetwork />)} />
      <Route path="/platform/ledgers/moves/:move" element={operator(<MoveProgress />)} />
      <Route path="/platform/outbox" element={operator(<Outbox />)} />
      <Route path="/platform/log" element={operator(<Log />)} />
      <Route path="/platform/members" element={operator(<Members />)} />
      <Route path="/platform/health" element={operator(<Health />)} />
      <Route path="*" element={<NotFound />} />
    </Routes>
  )
}

/** Signed in, and where a page belongs to roles, one of them. The server decides again on everything the page asks. */
function Guard({ roles, children }: { readonly roles?: readonly Role[], readonly children: ReactNode }) {
  const { t } = usePreferences()
  const { status, actor, error, because } = useSession()
  const name = usePersonName()
  const location = useLocation()
  if (actor) {
    if (!roles || roles.some((role) => actor.roles.includes(role))) return children
    return (
      <Page title={t('state.roleRefusedTitle')} width="read">
        <EmptyState icon="lock" title={t('state.roleRefusedTitle')} why={t('state.roleRefusedWhy', { name })} action={<Button component={Link} variant="default" to={homeOf(actor)}>{t('shell.goHome')}</Button>} />
      </Page>
    )
  }
  if (status === 'restoring') return <Page title={t('state.loading')}><LoadingState rows={8} /></Page>
  return (
    <Page title={t('shell.signIn')}>
      {because === undefined ? <ErrorState error={error ?? new Problem('NOT_SIGNED_IN', 'Sign in first.')} /> : <Because />}
      <div className="cl-decide"><Button component={Link} to="/sign-in" state={{ back: `${location.pathname}${location.search}` }}>{t('device.signInTitle')}</Button></div>
      <People stay />
    </Page>
  )
}

function NotFound() {
  const { t } = usePreferences()
  const { actor } = useSession()
  return <Page title={t('shell.notFoundTitle')} width="read"><EmptyState icon="search" title={t('shell.notFoundTitle')} why={t('shell.notFoundWhy')} action={<Button component={Link} to={homeOf(actor)}>{t('shell.goHome')}</Button>} /></Page>
}
