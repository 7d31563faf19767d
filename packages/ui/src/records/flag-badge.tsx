import { Icon, type IconName } from '../components/icon.tsx'
import type { WordKey } from '../i18n/translate.ts'
import { usePreferences } from '../session/preferences.tsx'
import type { ChartItem } from '../session/shapes.ts'

export type Flag = NonNullable<ChartItem['flag']>

const flags: Readonly<Record<Exclude<Flag, 'N'>, readonly [tone: 'critical' | 'high' | 'low', icon: IconName, word: WordKey]>> = {
  HH: ['critical', 'octagon', 'chart.flagHH'], LL: ['critical', 'octagon', 'chart.flagLL'], H: ['high', 'triangle', 'chart.flagH'], L: ['low', 'down', 'chart.flagL'], A: ['high', 'triangle', 'chart.flagA'],
}

/** What a result means, where it is not as usual: shape, word, then colour. As usual, or not known: nothing. */
export function FlagBadge({ flag }: { readonly flag: Flag | undefined }) {
  const { t } = usePreferences()
  if (flag === undefined || flag === 'N') return null
  const [tone, icon, word] = flags[flag]
  return <span className="cl-badge" data-tone={tone} data-flag={flag} data-filled={tone === 'critical' || undefined}><Icon name={icon} size={16} /><span>{t(word)}</span></span>
}

export function isAbnormal(flag: Flag | undefined): boolean {
  return flag !== undefined && flag !== 'N'
}

/** The letter that stands beside a point of a chart. */
export function flagLetter(flag: Flag | undefined): string {
  return flag === undefined || flag === 'N' ? '' : flag
}
