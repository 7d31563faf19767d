import { Icon, type IconName } from './icon.tsx'
import { usePreferences } from '../session/preferences.tsx'
import type { WordKey } from '../i18n/translate.ts'

/** Tones are shapes too: they are told apart in greyscale. */
type Tone = 'critical' | 'high' | 'low' | 'proven' | 'neutral' | 'plain'

const states = {
  proven: ['proven', 'verify', 'state.proven'],
  pending: ['neutral', 'half', 'state.pending'],
  notChecked: ['neutral', 'minus', 'state.notChecked'],
  mismatch: ['critical', 'octagon', 'state.mismatch'],
  superseded: ['neutral', 'again', 'state.superseded'],
  parked: ['high', 'triangle', 'state.parked'],
  refused: ['neutral', 'ban', 'state.refused'],
  permitted: ['plain', 'eye', 'state.permitted'],
  active: ['plain', 'share', 'state.active'],
  expired: ['neutral', 'hourglass', 'state.expired'],
  withdrawn: ['neutral', 'ban', 'state.withdrawn'],
  final: ['plain', 'check', 'state.final'],
  waiting: ['neutral', 'clock', 'state.waiting'],
  inLog: ['neutral', 'half', 'state.inLog'],
  sent: ['neutral', 'half', 'state.sent'],
  blocked: ['high', 'triangle', 'state.blocked'],
  good: ['plain', 'check', 'state.good'],
  bad: ['critical', 'octagon', 'state.bad'],
  unknown: ['neutral', 'minus', 'state.unknown'],
  slow: ['high', 'clock', 'state.slow'],
  moving: ['neutral', 'half', 'state.moving'],
  paused: ['neutral', 'hourglass', 'state.paused'],
  halted: ['critical', 'octagon', 'state.halted'],
  cancelled: ['neutral', 'ban', 'state.cancelled'],
  finished: ['plain', 'check', 'state.finished'],
  underWay: ['neutral', 'half', 'state.underWay'],
  notReached: ['neutral', 'minus', 'state.notReached'],
  revoked: ['high', 'ban', 'keys.revoked'],
  inForce: ['plain', 'check', 'keys.inForce'],
  pass: ['proven', 'check', 'proof.pass'],
  fail: ['critical', 'octagon', 'proof.fail'],
  unchecked: ['neutral', 'minus', 'proof.unchecked'],
} as const satisfies Readonly<Record<string, readonly [Tone, IconName, WordKey]>>

export type Status = keyof typeof states

/** The one way a state is shown: shape, word, then colour. Only what somebody must act on is filled. */
export function StatusBadge({ status, filled = false }: { readonly status: Status, readonly filled?: boolean }) {
  const { t } = usePreferences()
  const [tone, icon, word] = states[status]
  return (
    <span className="cl-badge" data-tone={tone} data-filled={filled || undefined} data-status={status}>
      <Icon name={icon} size={16} />
      <span>{t(word)}</span>
    </span>
  )
}
