import type { ExplainWords } from './explain-words.ts'

const bases = { 'chosen': 'somebody the patient chose', 'parent': 'a parent', 'legal-guardian': 'the legal guardian' } as const

export const english: ExplainWords = {
  purposes: { 'treatment': 'to treat you', 'payment': 'for payment', 'research': 'for research', 'operations': 'to run the hospital', 'patient-request': 'at your request' },
  purposesOfOther: { 'treatment': 'to treat the patient', 'payment': 'for payment', 'research': 'for research', 'operations': 'to run the hospital', 'patient-request': 'at the patient\'s request' },
  sensitivities: { GDIS: 'genetic conditions', HIV: 'HIV', PSY: 'mental health', R: 'records marked as restricted', SDV: 'violence and abuse', SEX: 'sexual and reproductive health', STD: 'sexually transmitted infections', SUD: 'alcohol and drug use' },
  reasons: { 'unconscious': 'unconscious', 'cannot-communicate': 'cannot communicate', 'no-time': 'no time to ask', 'other': 'another reason' },
  everything: 'everything',
  list: (words) => (words.length < 2 ? (words[0] ?? 'nothing of the record itself') : `${words.slice(0, -1).join(', ')} and ${words.at(-1) as string}`),
  opened: ({ who, what, custodian, at, you }) => (you ? `${who} opened ${what} of your record at ${custodian} on ${at}.` : `You opened ${what} at ${custodian} on ${at}.`),
  refused: ({ who, custodian, at }) => `${who} asked for your record at ${custodian} on ${at} and was refused.`,
  self: 'It was allowed because everybody may read their own record.',
  staff: (custodian) => `It was allowed because they work at ${custodian}, which keeps this record.`,
  review: (custodian) => `It was allowed because they look after privacy at ${custodian} and review an emergency access. They saw the reason that was given, and nothing of the record.`,
  link: 'It was allowed by a link that the patient made.',
  none: 'No rule allowed it: no consent that holds, and no emergency.',
  consent: ({ entry, grantee, given, you }) => `It was allowed by the consent ${entry}, which ${you ? 'you' : 'the patient'} gave to ${grantee} on ${given}.`,
  terms: ({ what, from, to, purpose, until }) => `It shares ${what}${from === undefined ? '' : ` from ${from} on`}${to === undefined ? '' : ` up to ${to}`}, ${purpose}, until ${until}.`,
  leftOut: (kinds) => `It leaves out: ${kinds}.`,
  exception: ({ what, from, to, people }) => `Left out${people === 0 ? '' : ` for ${people === 1 ? 'one person who is named' : `${people} people who are named`}`}: ${what}${from === undefined ? '' : ` from ${from} on`}${to === undefined ? '' : ` up to ${to}`}.`,
  delegate: ({ entry, basis, until, you }) => `It was allowed because they act for ${you ? 'you' : 'the patient'}${basis === undefined ? '' : `, as ${bases[basis]}`}, by ${entry}${until === undefined ? ', which has ended since' : `, until ${until}`}.`,
  role: 'It was allowed by their role. No record was opened by it.',
  onlyRole: { 'doctor': 'Only their doctors may read.', 'records-clerk': 'Only their records clerks may read.', 'system': 'Only their systems may read.' },
  mayPassOn: 'They may pass it on to others by name, within this and no longer.',
  passedOn: ({ name, entry }) => `${name} passed it on, as the consent ${entry} allows.`,
  actedBy: ({ name, basis, you }) => `${name} gave it for ${you ? 'you' : 'the patient'}, as ${bases[basis]}.`,
  withdrawn: (entry) => `It has since been withdrawn, by ${entry}.`,
  emergency: ({ entry, reason, at, until, seal, kinds }) => `It was allowed by the emergency access ${entry}, opened on ${at} (${reason}) until ${until}: ${seal ? `it added ${kinds} to what a consent shares.` : kinds === 'nothing of the record itself' ? 'everything but the most sensitive kinds.' : `everything, with ${kinds}.`}`,
  reviewed: { open: 'Nobody has closed the review of it yet.', justified: 'The hospital has reviewed it and found it justified.', misuse: 'The hospital has reviewed it and found that it was misused.' },
}
