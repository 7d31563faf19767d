import type { Role } from './navigation.ts'
import { screenGroup } from './screen-group.tsx'

/** Each group is a file of its own, fetched when it is needed: a role's first screens, a chart, what anybody may open. */
const groups = {
  chart: screenGroup(() => import('./groups/chart.ts')),
  clinical: screenGroup(() => import('./groups/clinical.ts')),
  keeping: screenGroup(() => import('./groups/keeping.ts')),
  keys: screenGroup(() => import('./groups/keys.ts')),
  open: screenGroup(() => import('./groups/open.ts')),
  operator: screenGroup(() => import('./groups/operator.ts')),
  patient: screenGroup(() => import('./groups/patient.ts')),
  proof: screenGroup(() => import('./groups/proof.ts')),
} as const

export const ChartPage = groups.chart.screen('ChartPage')
export const ElsewhereChart = groups.chart.screen('ElsewhereChart')
export const Elsewhere = groups.chart.screen('Elsewhere')
export const EnterParent = groups.clinical.screen('EnterParent')
export const EmergencyForm = groups.clinical.screen('EmergencyForm')
export const AddAttachment = groups.clinical.screen('AddAttachment')
export const Find = groups.clinical.screen('Find')
export const Import = groups.clinical.screen('Import')
export const MyPatients = groups.clinical.screen('MyPatients')
export const CheckPage = groups.clinical.screen('CheckPage')
export const WritePage = groups.clinical.screen('WritePage')
export const Duplicates = groups.clinical.screen('Duplicates')
export const Together = groups.clinical.screen('Together')
export const ImportMany = groups.clinical.screen('ImportMany')
export const Messages = groups.clinical.screen('Messages')
export const ReviewQueue = groups.keeping.screen('ReviewQueue')
export const GatewayPage = groups.keeping.screen('GatewayPage')
export const Custody = groups.keeping.screen('Custody')
export const Due = groups.keeping.screen('Due')
export const KeepingPatient = groups.keeping.screen('KeepingPatient')
export const Keeping = groups.keeping.screen('Keeping')
export const Periods = groups.keeping.screen('Periods')
export const AccountReturn = groups.keys.screen('AccountReturn')
export const AddDevice = groups.keys.screen('AddDevice')
export const Keys = groups.keys.screen('Keys')
export const LostKeys = groups.keys.screen('LostKeys')
export const NewDevice = groups.keys.screen('NewDevice')
export const SignIn = groups.keys.screen('SignIn')
export const Show = groups.open.screen('Show')
export const Verify = groups.open.screen('Verify')
export const Peers = groups.operator.screen('Peers')
export const Health = groups.operator.screen('Health')
export const Ledgers = groups.operator.screen('Ledgers')
export const Log = groups.operator.screen('Log')
export const Members = groups.operator.screen('Members')
export const MoveNetwork = groups.operator.screen('MoveNetwork')
export const MoveProgress = groups.operator.screen('MoveProgress')
export const Outbox = groups.operator.screen('Outbox')
export const Overview = groups.operator.screen('Overview')
export const Care = groups.patient.screen('Care')
export const OwnEmergencies = groups.patient.screen('OwnEmergencies')
export const Receipts = groups.patient.screen('Receipts')
export const MyErasure = groups.patient.screen('MyErasure')
export const Access = groups.patient.screen('Access')
export const Carry = groups.patient.screen('Carry')
export const MakeCard = groups.patient.screen('MakeCard')
export const MakeFile = groups.patient.screen('MakeFile')
export const MakeLink = groups.patient.screen('MakeLink')
export const GiveConsent = groups.patient.screen('GiveConsent')
export const PatientHome = groups.patient.screen('PatientHome')
export const MyRecord = groups.patient.screen('MyRecord')
export const Sharing = groups.patient.screen('Sharing')
export const ProofPage = groups.proof.screen('ProofPage')
export const WardSharing = groups.patient.screen('WardSharing')
export const PassOn = groups.clinical.screen('PassOn')
export const Recoveries = groups.keeping.screen('Recoveries')

/** What people of a role open first is fetched once they have signed in. */
export function preload(roles: readonly Role[]): void {
  const first: Readonly<Partial<Record<Role, readonly (keyof typeof groups)[]>>> = { 'patient': ['patient', 'proof'], 'doctor': ['clinical', 'chart'], 'records-clerk': ['clinical', 'keeping'], 'operator': ['operator'], 'admin': ['keeping'], 'privacy-officer': ['keeping'] }
  for (const name of roles.flatMap((role) => first[role] ?? [])) groups[name].preload()
}
