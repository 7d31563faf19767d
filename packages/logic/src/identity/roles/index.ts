import { roleGranted, roleStatusListed, roleTables } from './role-entries.ts'

export { listRoles, nextRolePlace, readRoleFile, readStatusList, type RoleItem, type RolePlace } from './roles.ts'

/** Entry types of role credentials, and the tables they fill. */
export const roleTypes = { 'role-granted': roleGranted, 'role-status-listed': roleStatusListed }
export const roleTableDefinitions = { [roleTables.credential]: { readBack: true }, [roleTables.list]: { readBack: true } } as const
