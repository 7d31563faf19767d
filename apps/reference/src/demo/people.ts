/** Organisations and people of the demo. Nobody here exists. */
export interface DemoOrganisation { readonly party: string; readonly name: string }
export interface DemoPerson {
  /** In every entry the person signs and in logs; so it says nothing of who they are. */
  readonly party: string
  readonly name: string
  readonly roles: readonly ('patient' | 'doctor' | 'records-clerk' | 'privacy-officer' | 'operator' | 'admin')[]
  readonly network: 'hospital' | 'platform'
  /** Who enrols this person. */
  readonly organisation: string
  /** Patients: what the seeded record is made from. */
  readonly record?: { readonly family: string; readonly given: string; readonly birthDate: string; readonly gender: 'female' | 'male'; readonly localNumber: string; readonly seed: number } | undefined
}

export const demoPlatform = { party: 'careledger-demo', name: 'CareLedger Demo Platform' } as const

export const demoOrganisations: readonly DemoOrganisation[] = [
  { party: 'seoul-general', name: 'Seoul General Hospital' },
  { party: 'busan-medical', name: 'Busan Medical Centre' },
]

export const demoPeople: readonly DemoPerson[] = [
  { party: 'patient-4f7a20', name: 'Lee Seo-yeon', roles: ['patient'], network: 'hospital', organisation: 'seoul-general', record: { family: 'Lee', given: 'Seo-yeon', birthDate: '1965-07-14', gender: 'female', localNumber: 'SG-204117', seed: 7 } },
  { party: 'patient-9c2187', name: 'Choi Ha-jun', roles: ['patient'], network: 'hospital', organisation: 'busan-medical', record: { family: 'Choi', given: 'Ha-jun', birthDate: '1988-03-02', gender: 'male', localNumber: 'BM-118230', seed: 11 } },
  { party: 'staff-5d81c6', name: 'Dr Kim Min-jun', roles: ['doctor'], network: 'hospital', organisation: 'seoul-general' },
  { party: 'staff-e04b7f', name: 'Dr Park Ji-woo', roles: ['doctor'], network: 'hospital', organisation: 'busan-medical' },
  { party: 'staff-2a96d3', name: 'Jung Su-bin', roles: ['records-clerk'], network: 'hospital', organisation: 'seoul-general' },
  { party: 'staff-c40e19', name: 'Yoon Ji-ho', roles: ['admin'], network: 'hospital', organisation: 'seoul-general' },
  { party: 'staff-8c05b9', name: 'Yoon Hye-jin', roles: ['privacy-officer'], network: 'hospital', organisation: 'seoul-general' },
  { party: 'staff-b1f852', name: 'Han Do-yun', roles: ['operator'], network: 'platform', organisation: 'careledger-demo' },
]

/** The HL7 v2 interface of one hospital, where the demo has one. */
export const demoInterface = { party: 'system-7be310', name: 'Seoul General HIS interface', organisation: 'seoul-general' } as const
