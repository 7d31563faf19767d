// Imported before fabric-network, which otherwise prints every failure to the console.
process.env['HFC_LOGGING'] = '{}'
