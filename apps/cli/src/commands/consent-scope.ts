import { Option } from 'commander'

export const SENSITIVE = ['GDIS', 'HIV', 'PSY', 'R', 'SDV', 'SEX', 'STD', 'SUD'] as const
export type Sensitive = (typeof SENSITIVE)[number]

/** Sensitive kinds by their codes (HL7 v3 ActCode). */
export function sensitiveOption(what: string): Option {
  return new Option('--sensitive <kinds...>', `${what}: mental health PSY, alcohol and drugs SUD, HIV, STD, sexual health SEX, violence SDV, genetics GDIS, otherwise restricted R`).choices(SENSITIVE)
}
