/** ABO groups, as printed on labels. */
export const ABO_GROUPS = ['O', 'A', 'B', 'AB'] as const
export type AboGroup = (typeof ABO_GROUPS)[number]

/** The eight ABO/RhD groups, in the order in which stock is shown. */
export const BLOOD_GROUPS = ['O-', 'O+', 'A-', 'A+', 'B-', 'B+', 'AB-', 'AB+'] as const
export type BloodGroup = (typeof BLOOD_GROUPS)[number]

export function isBloodGroup(text: string): text is BloodGroup {
  return (BLOOD_GROUPS as readonly string[]).includes(text)
}

export function aboOf(group: BloodGroup): AboGroup {
  return group.slice(0, -1) as AboGroup
}

export function isRhDPositive(group: BloodGroup): boolean {
  return group.endsWith('+')
}
