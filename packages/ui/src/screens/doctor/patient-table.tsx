import { DataTable, type Column } from '../../components/data-table.tsx'
import { ageInYears } from '../../i18n/dates.ts'
import type { WordKey } from '../../i18n/translate.ts'
import { usePreferences } from '../../session/preferences.tsx'
import type { PatientSummary } from '../../session/shapes.ts'
import { AccessWords } from './access-words.tsx'

/** `base`: of the addresses of their charts. */
export function PatientTable({ items, base = '/patients' }: { readonly items: readonly PatientSummary[], readonly base?: string }) {
  const { t } = usePreferences()
  const columns: readonly [Column<PatientSummary>, ...Column<PatientSummary>[]] = [
    { key: 'name', head: t('patient.columnName'), cell: (item) => item.name ?? t('patient.nameNotShared') },
    { key: 'born', head: t('patient.columnBorn'), cell: (item) => <Born date={item.birthDate} /> },
    { key: 'sex', head: t('patient.columnSex'), cell: (item) => <Sex gender={item.gender} />, wideOnly: true },
    { key: 'number', head: t('patient.columnNumber'), cell: (item) => item.localNumber ?? t('state.notKnown'), wideOnly: true },
    { key: 'place', head: t('patient.columnPlace'), cell: (item) => item.custodianName, wideOnly: true },
    { key: 'access', head: t('patient.columnAccess'), cell: (item) => <AccessWords access={item.access} /> },
  ]
  return <DataTable caption={t('patient.table')} columns={columns} rows={items} rowKey={({ patient }) => patient} to={({ patient }) => `${base}/${patient}/summary`} />
}

/** Birth date with the age in years behind it; "Not known", never a question mark. */
export function Born({ date }: { readonly date: string | undefined }) {
  const { t, clinicalDate } = usePreferences()
  if (date === undefined) return t('state.notKnown')
  const age = ageInYears(date, new Date())
  return <span className="cl-nowrap">{clinicalDate(date)} {age !== undefined && t('patient.age', { count: age })}</span>
}

export function Sex({ gender }: { readonly gender: string | undefined }) {
  const { t } = usePreferences()
  return gender !== undefined && ['female', 'male', 'other', 'unknown'].includes(gender) ? t(`field.${gender}` as WordKey) : t('state.notKnown')
}
