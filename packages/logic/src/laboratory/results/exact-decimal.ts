/** A decimal as it was written, so that 5.10 stays 5.10 and a limit is met or missed exactly. */
const form = /^(-?)([0-9]{1,18})(?:\.([0-9]{1,18}))?$/

export function isExactDecimal(text: string): boolean {
  return form.test(text)
}

/** Negative, 0 or positive as `one` is less than, equal to or more than `other`. Throws RangeError where one is no plain decimal of at most 18 digits either side. */
export function compareDecimals(one: string, other: string): number {
  const [left, right] = [scaled(one), scaled(other)]
  return left < right ? -1 : left > right ? 1 : 0
}

/** In units of 10^-18. */
function scaled(text: string): bigint {
  const [, sign, whole, part = ''] = form.exec(text) ?? []
  if (whole === undefined) throw new RangeError('This is no plain decimal number.')
  const value = BigInt(whole + part.padEnd(18, '0'))
  return sign === '-' ? -value : value
}
