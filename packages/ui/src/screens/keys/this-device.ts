const systems: readonly (readonly [RegExp, string])[] = [[/iPhone/, 'iPhone'], [/iPad/, 'iPad'], [/Android/, 'Android'], [/Windows/, 'Windows'], [/Mac OS X/, 'Mac'], [/CrOS/, 'Chromebook'], [/Linux/, 'Linux']]
const browsers: readonly (readonly [RegExp, string])[] = [[/Edg\//, 'Edge'], [/Firefox\//, 'Firefox'], [/Chrome\//, 'Chrome'], [/Safari\//, 'Safari']]

/** A first name for this device, which its person may change: "Chrome, Windows". */
export function thisDevice(agent: string = navigator.userAgent): string {
  return [browsers, systems].flatMap((known) => known.find(([pattern]) => pattern.test(agent))?.[1] ?? []).join(', ') || 'Browser'
}
