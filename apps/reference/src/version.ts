import manifest from '../package.json' with { type: 'json' }

/** The platform's version, as every package carries it. */
export const version = manifest.version
