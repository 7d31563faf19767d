import { DataTable } from '../../components/data-table.tsx'
import { Icon, type IconName } from '../../components/icon.tsx'
import type { WordKey } from '../../i18n/translate.ts'
import { usePreferences } from '../../session/preferences.tsx'
import type { PatientPair } from '../../session/shapes.ts'

type Side = PatientPair['left']
type Level = PatientPair['reasons'][number]['level']
type Field = PatientPair['reasons'][number]['field']

const levels: Readonly<Record<Level, readonly [WordKey, IconName, 'plain' | 'high' | 'neutral']>> = {
  'same': ['pair.levelSame', 'check', 'plain'], 'similar': ['pair.levelSimilar', 'half', 'neutral'], 'swapped': ['pair.levelSwapped', 'again', 'neutral'], 'initial': ['pair.levelInitial', 'half', 'neutral'],
  'one-digit': ['pair.levelDigit', 'half', 'neutral'], 'partial': ['pair.levelPartial', 'half', 'neutral'], 'different': ['pair.levelDifferent', 'triangle', 'high'],
}
/** The least that two parts of one line agree. */
const order: readonly Level[] = ['different', 'initial', 'partial', 'one-digit', 'swapped', 'similar', 'same']

interface Line { readonly word: WordKey, readonly fields: readonly Field[], readonly show: (side: Side) => string }

/** Two registrations side by side; what differs is marked by word and shape. */
export function PairTable({ pair }: { readonly pair: PatientPair }) {
  const { t, clinicalDate } = usePreferences()
  const lines: readonly Line[] = [
    { word: 'pair.name', fields: ['family', 'given'], show: ({ name }) => name ?? '' },
    { word: 'pair.born', fields: ['birthDate'], show: ({ birthDate }) => (birthDate === undefined ? '' : clinicalDate(birthDate)) },
    { word: 'pair.sex', fields: ['sex'], show: ({ sex }) => sexText(sex, t) },
    { word: 'pair.phone', fields: ['phone'], show: ({ phones }) => phones.join(', ') },
    { word: 'pair.address', fields: ['address'], show: ({ addresses }) => addresses.join(' · ') },
    { word: 'pair.number', fields: ['identifier'], show: ({ identifiers }) => identifiers.map(({ masked }) => masked).join(', ') },
  ]
  const levelOf = ({ fields }: Line): Level | undefined => order.find((level) => pair.reasons.some((reason) => reason.level === level && fields.includes(reason.field)))
  const shown = (line: Line, side: Side): string => line.show(side) || t('pair.unknown')
  return (
    <DataTable caption={t('pair.table')} rows={lines} rowKey={({ word }) => word} columns={[
      { key: 'what', head: t('pair.columnWhat'), cell: ({ word }) => t(word) },
      { key: 'first', head: t('pair.columnFirst'), cell: (line) => shown(line, pair.left) },
      { key: 'second', head: t('pair.columnSecond'), cell: (line) => shown(line, pair.right) },
      { key: 'agree', head: t('pair.columnAgree'), cell: (line) => <LevelBadge level={levelOf(line)} /> },
    ]} />
  )
}

function LevelBadge({ level }: { readonly level: Level | undefined }) {
  const { t } = usePreferences()
  const [word, icon, tone] = level === undefined ? (['pair.levelNothing', 'minus', 'neutral'] as const) : levels[level]
  return <span className="cl-badge" data-tone={tone}><Icon name={icon} size={16} /><span>{t(word)}</span></span>
}

function sexText(sex: string | undefined, t: (key: WordKey) => string): string {
  return sex === 'female' ? t('field.female') : sex === 'male' ? t('field.male') : (sex ?? '')
}
