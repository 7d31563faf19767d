import type { SignedInActor } from '@careledger/client'
import type { IconName } from '../components/icon.tsx'
import type { WordKey } from '../i18n/translate.ts'

export type Role = SignedInActor['roles'][number]

export interface Destination {
  readonly to: string
  readonly word: WordKey
  readonly icon: IconName
  /** `event.code` of the letter after `g`. */
  readonly code: string
  readonly roles: readonly Role[]
}

const staff = ['doctor', 'records-clerk'] as const

/** Where each role works; at most seven each. The first one is home. */
export const destinations: readonly Destination[] = [
  { to: '/me', word: 'shell.home', icon: 'home', code: 'KeyH', roles: ['patient'] },
  { to: '/me/record', word: 'shell.record', icon: 'record', code: 'KeyR', roles: ['patient'] },
  { to: '/me/access', word: 'shell.access', icon: 'eye', code: 'KeyA', roles: ['patient'] },
  { to: '/me/sharing', word: 'shell.sharing', icon: 'share', code: 'KeyS', roles: ['patient'] },
  { to: '/me/carry', word: 'shell.carry', icon: 'qr', code: 'KeyC', roles: ['patient'] },
  { to: '/me/care', word: 'care.nav', icon: 'people', code: 'KeyY', roles: ['patient'] },
  { to: '/patients', word: 'shell.patients', icon: 'people', code: 'KeyP', roles: staff },
  { to: '/patients/find', word: 'shell.find', icon: 'search', code: 'KeyF', roles: staff },
  { to: '/elsewhere', word: 'elsewhere.title', icon: 'building', code: 'KeyX', roles: ['doctor'] },
  { to: '/patients/duplicates', word: 'pair.title', icon: 'verify', code: 'KeyW', roles: staff },
  { to: '/import', word: 'shell.import', icon: 'import', code: 'KeyI', roles: staff },
  { to: '/platform', word: 'shell.overview', icon: 'overview', code: 'KeyO', roles: ['operator'] },
  { to: '/platform/ledgers', word: 'shell.ledgers', icon: 'ledgers', code: 'KeyD', roles: ['operator'] },
  { to: '/platform/outbox', word: 'shell.outbox', icon: 'outbox', code: 'KeyB', roles: ['operator'] },
  { to: '/platform/log', word: 'shell.log', icon: 'log', code: 'KeyL', roles: ['operator'] },
  { to: '/platform/members', word: 'shell.members', icon: 'building', code: 'KeyM', roles: ['operator'] },
  { to: '/platform/health', word: 'shell.health', icon: 'pulse', code: 'KeyE', roles: ['operator'] },
  { to: '/messages', word: 'messages.title', icon: 'half', code: 'KeyG', roles: ['records-clerk', 'operator'] },
  { to: '/keeping', word: 'keeping.nav', icon: 'hourglass', code: 'KeyT', roles: ['records-clerk', 'admin'] },
  { to: '/recovery', word: 'privacy.recoverNav', icon: 'people', code: 'KeyR', roles: ['admin'] },
  { to: '/gateway', word: 'gateway.title', icon: 'share', code: 'KeyG', roles: ['admin'] },
  { to: '/privacy/reviews', word: 'emergency.queueTitle', icon: 'verify', code: 'KeyV', roles: ['privacy-officer', 'admin'] },
  { to: '/me/keys', word: 'shell.keys', icon: 'key', code: 'KeyK', roles: ['patient', ...staff, 'admin', 'privacy-officer', 'system'] },
]

export function destinationsOf(actor: Pick<SignedInActor, 'roles'> | undefined): readonly Destination[] {
  return actor ? destinations.filter(({ roles }) => roles.some((role) => actor.roles.includes(role))) : []
}

/** The place of the navigation that an address belongs to: the longest one it begins with. */
export function sectionOf(places: readonly Destination[], pathname: string): string | undefined {
  return places.map(({ to }) => to).filter((to) => pathname === to || pathname.startsWith(`${to}/`)).toSorted((a, b) => b.length - a.length)[0]
}

/** Where a person lands after signing in. */
export function homeOf(actor: Pick<SignedInActor, 'roles'> | undefined): string {
  return destinationsOf(actor)[0]?.to ?? '/'
}

export function roleWord(role: Role): WordKey {
  const words: Readonly<Record<Role, WordKey>> = {
    'patient': 'shell.rolePatient', 'doctor': 'shell.roleDoctor', 'records-clerk': 'shell.roleClerk', 'operator': 'shell.roleOperator',
    'privacy-officer': 'shell.rolePrivacyOfficer', 'admin': 'shell.roleAdmin', 'system': 'shell.roleSystem', 'platform': 'shell.rolePlatform',
  }
  return words[role]
}

/** What a role can do here, in a line. */
export function canWord(role: Role): WordKey {
  const words: Readonly<Record<Role, WordKey>> = {
    'patient': 'welcome.canPatient', 'doctor': 'welcome.canDoctor', 'records-clerk': 'welcome.canClerk', 'operator': 'welcome.canOperator',
    'privacy-officer': 'welcome.canPrivacyOfficer', 'admin': 'welcome.canAdmin', 'system': 'welcome.canSystem', 'platform': 'welcome.canOperator',
  }
  return words[role]
}
