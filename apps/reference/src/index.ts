export { startApp, type App } from './app.ts'
export { openInstance, NoInstanceError, type Instance, type OpenOptions } from './instance/open-instance.ts'
export { readSettings, SettingsError, type Settings } from './settings.ts'
export { DirectoryInUseError } from './lock-directory.ts'
