import { BlockList, isIPv4, isIPv6 } from 'node:net'

/** Addresses that are no host of the public internet (IANA special-purpose registries, RFC 6890), with their prefix lengths. */
const special4 = ['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24', '192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4']
/** Within 2000::/3, outside of which nothing is public. */
const special6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20']

const blocked = listOf([...special4.map((one) => [one, 'ipv4'] as const), ...special6.map((one) => [one, 'ipv6'] as const)])
const global6 = listOf([['2000::/3', 'ipv6']])
const loopback = listOf([['127.0.0.0/8', 'ipv4'], ['::1/128', 'ipv6']])

/** Whether an IP address is one of the public internet: not of this machine, a private network, a cloud's metadata service or a tunnel to one. */
export function isPublicAddress(address: string): boolean {
  if (isIPv4(address)) return !blocked.check(address, 'ipv4')
  return isIPv6(address) && global6.check(address, 'ipv6') && !blocked.check(address, 'ipv6')
}

export function isLoopback(address: string): boolean {
  return loopback.check(address, isIPv4(address) ? 'ipv4' : 'ipv6')
}

function listOf(ranges: readonly (readonly [string, 'ipv4' | 'ipv6'])[]): BlockList {
  const list = new BlockList()
  for (const [range, family] of ranges) {
    const [net, prefix] = range.split('/') as [string, string]
    list.addSubnet(net, Number(prefix), family)
  }
  return list
}
