import { Rich } from '../../components/rich.tsx'
import type { WordKey } from '../../i18n/translate.ts'
import { useOperation } from '../../session/query.ts'
import { usePreferences } from '../../session/preferences.tsx'
import { useClient } from '../../session/services.tsx'
import type { DelegationItem } from '../../session/shapes.ts'
import type { SharedFrom } from '../patient/consent-draft.ts'

const asWords = { 'chosen': 'privacy.asChosen', 'parent': 'privacy.asParent', 'legal-guardian': 'privacy.asGuardian' } as const satisfies Readonly<Record<DelegationItem['basis'], WordKey>>

/** As what somebody acts for another, in words. */
export const actingWord = (basis: DelegationItem['basis']): WordKey => asWords[basis]

/** The name of somebody one acts for, out of their record: a reading that they see like any other. */
export function useWardName(patient: string | undefined): string | undefined {
  const client = useClient()
  return useOperation(client.hospital.patients.read, 'hospital.patients.read', { patient: patient ?? '', purpose: 'patient-request' }, { enabled: patient !== undefined }).data?.name
}

/** Whose records these are: the place of one's own, or the name of the person one acts for, as what, and that it is done in one's own name. */
export function WhoseRecords({ of, sentence = false }: { readonly of: SharedFrom, readonly sentence?: boolean }) {
  const { t } = usePreferences()
  const name = useWardName(of.acting === undefined ? undefined : of.patient)
  if (of.acting === undefined) return of.custodianName
  const values = { name: name ?? t('care.personAt', { place: of.custodianName }), place: of.custodianName, as: t(actingWord(of.acting)) }
  return sentence ? <Rich k="privacy.lineFor" values={values} /> : <>{t('privacy.recordsOf', values)}</>
}
