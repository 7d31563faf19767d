export { addDevice, askAsDevice, deviceAsking, noteUse, readDevices, renameDevice, sweepDeviceCodes, type DeviceFacts, type KeyLock } from './devices.ts'
export { forgetPasskeysOf, keepPasskey, openWithPasskey, readPasskeys, removePasskey, type KeptForPasskey } from './passkey-rows.ts'
