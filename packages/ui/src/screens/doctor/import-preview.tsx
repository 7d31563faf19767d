import { Button } from '@mantine/core'
import { DataTable, type Column } from '../../components/data-table.tsx'
import { downloadFile } from '../../components/facts.tsx'
import { FileDrop } from '../../components/file-drop.tsx'
import { Icon } from '../../components/icon.tsx'
import { Rich } from '../../components/rich.tsx'
import type { WordKey } from '../../i18n/translate.ts'
import { kindName } from '../../records/kinds.ts'
import { usePreferences } from '../../session/preferences.tsx'
import type { ImportCheck } from '../../session/shapes.ts'

const causes: Readonly<Record<string, WordKey>> = {
  'structure': 'import.causeForm', 'bundle-entry': 'import.causeForm', 'code': 'import.causeCode', 'invariant': 'import.causeInvariant', 'json': 'import.causeJson', 'resource-type': 'import.causeType', 'bundle-type': 'import.causeType',
  'reference-type': 'import.causeReference', 'reference-foreign': 'import.causeReference', 'reference-unresolved': 'import.causeReference', 'patient': 'import.causePatient', 'duplicate': 'import.causeDuplicate', 'too-large': 'import.causeTooLarge',
}

interface Props {
  readonly check: ImportCheck
  readonly onImport: () => void
  readonly onFile: (file: File) => void
}

/** What would go in, by kind, or why nothing does. */
export function ImportPreview({ check, onImport, onFile }: Props) {
  const { t } = usePreferences()
  return (
    <>
      {check.ok ? <Ready check={check} onImport={onImport} /> : <Problems check={check} />}
      <FileDrop compact title={t('import.another')} hint={t('import.dropHint')} accept=".json" onFile={onFile} />
    </>
  )
}

function Ready({ check, onImport }: Pick<Props, 'check' | 'onImport'>) {
  const { t, number, clinicalDate } = usePreferences()
  const { patient } = check
  const rows = Object.entries(check.counts).sort(([, a], [, b]) => b - a)
  const columns: readonly [Column<(typeof rows)[number]>, ...Column<(typeof rows)[number]>[]] = [
    { key: 'kind', head: t('import.columnKind'), cell: ([type]) => kindName(t, type) },
    { key: 'count', head: t('import.columnCount'), cell: ([, count]) => number(count), numeric: true },
  ]
  return (
    <section className="cl-section">
      <h2>{t('import.ready')}</h2>
      <p>{patient?.name !== undefined ? <Rich k="import.readyFor" values={{ n: check.total, name: patient.name, born: patient.birthDate === undefined ? t('state.notKnown') : clinicalDate(patient.birthDate) }} /> : <Rich k="import.readyNameless" values={{ n: check.total }} />}</p>
      <div className="cl-decide"><Button size="lg" onClick={onImport}>{t('import.start', { count: check.total })}</Button></div>
      <DataTable caption={t('import.table')} columns={columns} rows={rows} rowKey={([type]) => type} />
    </section>
  )
}

function Problems({ check }: Pick<Props, 'check'>) {
  const { t, number } = usePreferences()
  const total = check.problems.length + check.more
  const byCause = Map.groupBy(check.problems, ({ code }) => code)
  const rows = [...byCause.values()].flat()
  const columns: readonly [Column<(typeof rows)[number]>, ...Column<(typeof rows)[number]>[]] = [
    { key: 'message', head: t('import.columnProblem'), cell: ({ message }) => <span lang="en">{message}</span> },
    { key: 'path', head: t('import.columnPath'), cell: ({ path }) => <code>{path}</code> },
    { key: 'line', head: t('import.columnLine'), cell: ({ line }) => (line === undefined ? '–' : number(line)), numeric: true },
  ]
  return (
    <section className="cl-section">
      <div className="cl-problems" role="alert"><h2>{t('import.problems', { count: total })}</h2><p>{t('import.problemsWhy')}</p></div>
      <DataTable caption={t('import.problemsTable')} dense columns={columns} rows={rows} rowKey={(row) => `${row.path} ${row.code} ${String(row.line)}`} group={({ code }) => t(causes[code] ?? 'import.causeOther')} />
      {check.more > 0 && <p>{t('import.moreProblems', { count: check.more })}</p>}
      <div className="cl-decide"><Button variant="default" leftSection={<Icon name="download" size={18} />} onClick={() => downloadFile('import-problems.json', JSON.stringify(check.problems, undefined, 2))}>{t('import.report')}</Button></div>
    </section>
  )
}
