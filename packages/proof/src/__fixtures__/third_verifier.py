"""A third implementation of docs/entry-format.md and docs/proof-format.md: Python 3 and its standard library, nothing else.

Reads a JSON array of {"file": <text of a proof file>, "trust": {...}} from standard input and writes the array of
{"valid": ..., "outcomes": {...}} to standard output. Slow, and not for secrets: it only ever verifies.
"""
import base64
import datetime
import hashlib
import json
import re
import sys

STEPS = ['parse', 'commitment', 'signature', 'leaf', 'inclusion', 'checkpoint', 'witnesses', 'credentials', 'revocation', 'anchor', 'superseded']
MUST_PASS = ['parse', 'commitment', 'signature', 'leaf', 'inclusion', 'checkpoint', 'credentials']


class Refused(Exception):
    pass


def need(condition, what='refused'):
    if not condition:
        raise Refused(what)


# entry-format.md, sections 1 and 2

def sha256(*parts):
    return hashlib.sha256(b''.join(parts)).digest()


def u64(n):
    return n.to_bytes(8, 'big')


def tagged(name, *parts):
    tag = sha256(('careledger/v1/' + name).encode())
    return sha256(tag, tag, *[u64(len(part)) + part for part in parts])


def unbase64url(text):
    need(re.fullmatch('[A-Za-z0-9_-]*', text) is not None and len(text) % 4 != 1)
    data = base64.urlsafe_b64decode(text + '=' * (-len(text) % 4))
    need(base64url(data) == text)
    return data


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b'=').decode()


def canonical(value):
    if isinstance(value, bool):
        return 'true' if value else 'false'
    if isinstance(value, int):
        need(0 <= value < 2 ** 53)
        return str(value)
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, list):
        return '[' + ','.join(canonical(item) for item in value) + ']'
    need(isinstance(value, dict))
    names = sorted(value, key=lambda name: name.encode('utf-16-be'))
    return '{' + ','.join(canonical(name) + ':' + canonical(value[name]) for name in names) + '}'


def read_canonical(data):
    text = data.decode('utf-8')
    value = json.loads(text)
    need(canonical(value) == text)
    canonical(value).encode('utf-8')
    return value


def members(value, required, optional=()):
    need(isinstance(value, dict))
    need(all(name in value for name in required) and all(name in required or name in optional for name in value))
    return value


def text_of(value, pattern):
    need(isinstance(value, str) and re.fullmatch(pattern, value, re.ASCII | re.DOTALL) is not None)
    return value


def bytes32(value):
    return unbase64url(text_of(value, '[A-Za-z0-9_-]{43}'))


def integer(value, most=2 ** 53 - 1):
    need(isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most)
    return value


def items(value, most):
    need(isinstance(value, list) and len(value) <= most)
    return value


# Section 3 and 5: keys and signatures, by the definitions of RFC 8032 and FIPS 186-5

P = 2 ** 255 - 19
L = 2 ** 252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
SMALL = {0, 1, P - 1, 0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826, 0x7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7}


def ed_point(data):
    number = int.from_bytes(data, 'little')
    y, sign = number & (2 ** 255 - 1), number >> 255
    need(y < P and y not in SMALL)
    u, v = (y * y - 1) % P, (D * y * y + 1) % P
    x = u * pow(v, 3, P) * pow(u * pow(v, 7, P), (P - 5) // 8, P) % P
    if v * x * x % P == -u % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    need(v * x * x % P == u)
    return (P - x if x % 2 != sign else x, y, 1, (P - x if x % 2 != sign else x) * y % P)


def ed_add(a, b):
    e = (a[1] - a[0]) * (b[1] - b[0]) % P
    f = (a[1] + a[0]) * (b[1] + b[0]) % P
    g = 2 * a[3] * b[3] * D % P
    h = 2 * a[2] * b[2] % P
    e, f, g, h = f - e, h - g, h + g, f + e
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def times(add, zero, n, point):
    total = zero
    while n:
        if n & 1:
            total = add(total, point)
        point = add(point, point)
        n >>= 1
    return total


ED_ZERO = (0, 1, 1, 0)
ED_BASE = ed_point((4 * pow(5, -1, P) % P).to_bytes(32, 'little'))


def ed_verify(key, message, signature):
    a, r, s = ed_point(key), ed_point(signature[:32]), int.from_bytes(signature[32:], 'little')
    need(s < L)
    k = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), 'little') % L
    left, right = times(ed_add, ED_ZERO, s, ED_BASE), ed_add(r, times(ed_add, ED_ZERO, k, a))
    return (left[0] * right[2] - right[0] * left[2]) % P == 0 and (left[1] * right[2] - right[1] * left[2]) % P == 0


Q = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffff
N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551
B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b
BASE = (0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296, 0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5)


def p256_add(a, b):
    if a is None or b is None:
        return a or b
    if a[0] == b[0] and (a[1] + b[1]) % Q == 0:
        return None
    slope = (3 * a[0] * a[0] - 3) * pow(2 * a[1], -1, Q) if a == b else (b[1] - a[1]) * pow(b[0] - a[0], -1, Q)
    x = (slope * slope - a[0] - b[0]) % Q
    return (x, (slope * (a[0] - x) - a[1]) % Q)


def p256_point(key):
    x, y = (int.from_bytes(unbase64url(key[name]), 'big') for name in ('x', 'y'))
    need(x < Q and y < Q and (y * y - x * x * x + 3 * x - B) % Q == 0)
    return (x, y)


def p256_verify(key, message, signature):
    r, s = int.from_bytes(signature[:32], 'big'), int.from_bytes(signature[32:], 'big')
    need(0 < r < N and 0 < s < N)
    w = pow(s, -1, N)
    u = int.from_bytes(sha256(message), 'big') * w % N
    point = p256_add(times(p256_add, None, u, BASE), times(p256_add, None, r * w % N, p256_point(key)))
    return point is not None and point[0] % N == r


def check_key(key):
    if isinstance(key, dict) and key.get('kty') == 'OKP':
        members(key, ['kty', 'crv', 'x'])
        need(key['crv'] == 'Ed25519')
        number = int.from_bytes(bytes32(key['x']), 'little') & (2 ** 255 - 1)
        need(number < P and number not in SMALL)
    else:
        members(key, ['kty', 'crv', 'x', 'y'])
        need(key['kty'] == 'EC' and key['crv'] == 'P-256')
        bytes32(key['x']), bytes32(key['y'])
        p256_point(key)
    return key


def verify_raw(key, message, signature):
    need(len(signature) == 64)
    check_key(key)
    return ed_verify(unbase64url(key['x']), message, signature) if key['kty'] == 'OKP' else p256_verify(key, message, signature)


def thumbprint(key):
    return base64url(sha256(canonical(key).encode()))


# Sections 4 to 8 and 11

UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[78][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}'
PARTY = '[a-z0-9][a-z0-9-]{0,63}'
TYPE = '[a-z0-9][a-z0-9!#$&^_.+-]*'
MEDIA_TYPE = TYPE + '/' + TYPE + '(; ?[A-Za-z0-9-]+=[A-Za-z0-9!#$&^_.+-]+)*'


def check_entry(value):
    entry = members(value, ['v', 'id', 'network', 'type', 'custodian', 'issuedAt', 'author'], ['subject', 'payload', 'replaces'])
    need(integer(entry['v']) == 1)
    text_of(entry['id'], UUID)
    text_of(entry['network'], '[a-z][a-z0-9-]{0,30}')
    need(len(text_of(entry['type'], '[a-z][a-z0-9]*(-[a-z0-9]+)*')) <= 63)
    text_of(entry['custodian'], PARTY)
    text_of(entry['issuedAt'], r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z')
    year, month, day, hour, minute, second = (int(part) for part in re.split('[-T:.]', entry['issuedAt'])[:6])
    need(hour < 24 and minute < 60 and second < 60)
    datetime.date(year + 400 if year == 0 else year, month, day)
    for name in ('subject', 'payload'):
        if name in entry:
            bytes32(entry[name])
    if 'replaces' in entry:
        text_of(entry['replaces'], UUID)
    author = members(entry['author'], ['party', 'key'], ['credential'])
    text_of(author['party'], PARTY)
    bytes32(author['key'])
    if 'credential' in author:
        text_of(author['credential'], UUID)
    return entry


def entry_hash(entry):
    return tagged('entry', canonical(entry).encode())


def check_signature(value):
    batch = isinstance(value, dict) and 'count' in value
    signature = members(value, ['jws', 'index', 'count', 'path'] if batch else ['jws'])
    need(len(text_of(signature['jws'], r'[A-Za-z0-9_-]+\.\.[A-Za-z0-9_-]{86}')) <= 1024)
    if batch:
        need(integer(signature['count'], 4096) >= 1 and integer(signature['index']) < signature['count'])
        for item in items(signature['path'], 12):
            bytes32(item)


def signature_hash(signature):
    jws = signature['jws'].encode()
    if 'count' not in signature:
        return tagged('signature', jws)
    return tagged('batch-signature', jws, u64(signature['index']), u64(signature['count']), b''.join(unbase64url(item) for item in signature['path']))


def root_of(leaf, index, size, path):
    need(index < size)
    f, s, r = index, size - 1, leaf
    for p in path:
        need(s > 0)
        if f % 2 == 1 or f == s:
            r = sha256(b'\1', p, r)
            while f % 2 == 0 and f > 0:
                f, s = f // 2, s // 2
        else:
            r = sha256(b'\1', r, p)
        f, s = f // 2, s // 2
    need(s == 0)
    return r


def verify_jws(entry, signature, key):
    author, batch = entry['author'], 'count' in signature
    need(thumbprint(check_key(key)) == author['key'])
    payload = entry
    if batch:
        root = root_of(sha256(b'\0', entry_hash(entry)), signature['index'], signature['count'], [unbase64url(item) for item in signature['path']])
        payload = {'v': 1, 'kind': 'batch', 'count': signature['count'], 'root': base64url(root), 'author': author}
    kind = 'careledger-batch+jws' if batch else 'careledger-entry+jws'
    header = base64url(canonical({'alg': 'EdDSA' if key['kty'] == 'OKP' else 'ES256', 'kid': author['key'], 'typ': kind}).encode())
    found, _, tail = signature['jws'].split('.')
    return found == header and verify_raw(key, (header + '.' + base64url(canonical(payload).encode())).encode(), unbase64url(tail))


def check_opening(value):
    opening = members(value, ['salt', 'mediaType', 'payload' if isinstance(value, dict) and 'payload' in value else 'sha256'])
    bytes32(opening['salt'])
    need(len(text_of(opening['mediaType'], MEDIA_TYPE)) <= 128)
    if 'payload' in opening:
        unbase64url(text_of(opening['payload'], '[A-Za-z0-9_-]*'))
    else:
        bytes32(opening['sha256'])


def commitment(opening):
    digest = sha256(unbase64url(opening['payload'])) if 'payload' in opening else unbase64url(opening['sha256'])
    return base64url(tagged('commitment', unbase64url(opening['salt']), opening['mediaType'].encode(), digest))


def leaf_hash(logged):
    leaf = logged['leaf']
    previous = unbase64url(leaf['chainPrevious']) if 'chainPrevious' in leaf else b''
    return sha256(b'\0', tagged('leaf', entry_hash(logged['entry']), signature_hash(logged['signature']), u64(leaf['chainSequence']), previous))


def payload_of(logged):
    need('opening' in logged and 'payload' in logged['opening'] and logged['entry'].get('payload') == commitment(logged['opening']))
    return read_canonical(unbase64url(logged['opening']['payload']))


def credential_of(logged):
    credential = members(payload_of(logged), ['v', 'party', 'kind', 'roles', 'key'], ['organisation'])
    need(integer(credential['v']) == 1)
    text_of(credential['party'], PARTY)
    text_of(credential['kind'], 'platform|organisation|person|system')
    if 'organisation' in credential:
        text_of(credential['organisation'], PARTY)
    roles = [text_of(role, '[a-z][a-z0-9-]{0,30}') for role in items(credential['roles'], 16)]
    need(roles == sorted(set(roles)))
    check_key(credential['key'])
    return credential


def may_enrol(kind, credential, issuer):
    platform_role = 'operator' in credential['roles'] or 'platform' in credential['roles']
    if kind == 'platform-root':
        return credential['kind'] == 'platform' and 'organisation' not in credential
    if kind == 'organisation-enrolled':
        return issuer['kind'] == 'platform' and credential['kind'] == 'organisation' and 'organisation' not in credential and not platform_role
    if kind != 'key-enrolled':
        return False
    if credential['party'] == issuer['party']:
        return credential['kind'] == issuer['kind'] and credential.get('organisation') == issuer.get('organisation') and set(credential['roles']) <= set(issuer['roles'])
    if credential['kind'] not in ('person', 'system'):
        return False
    if issuer['kind'] == 'platform':
        return 'organisation' not in credential
    return issuer['kind'] == 'organisation' and credential.get('organisation') == issuer['party'] and not platform_role


# proof-format.md, section 2

NAME = '[!-*,-~]{1,255}'


def read_note(note):
    match = re.fullmatch(r'((' + NAME + r')\n(0|[1-9][0-9]*)\n([A-Za-z0-9+/]{43}=)\n)\n((?:\u2014 ' + NAME + r' [A-Za-z0-9+/]+={0,2}\n){1,256})', note)
    need(match is not None and len(note.encode('utf-16-le')) <= 2 * 65536)
    body, origin, size, root, tail = match.groups()
    need(int(size) < 2 ** 53)
    lines = []
    for line in tail[:-1].split('\n'):
        _, name, text = line.split(' ')
        data = base64.b64decode(text, validate=True)
        need(base64.b64encode(data).decode() == text and len(data) >= 5)
        lines.append((name, data, line))
    decoded = base64.b64decode(root)
    need(base64.b64encode(decoded).decode() == root)
    return {'body': body, 'origin': origin, 'size': int(size), 'root': decoded, 'lines': lines}


def key_id(name, kind, key):
    need(key['kty'] == 'OKP')
    return sha256(name.encode() + b'\n', bytes([kind]), unbase64url(key['x']))[:4]


def log_line(note, key):
    own = [line for line in note['lines'] if line[0] == note['origin'] and line[1][:4] == key_id(note['origin'], 1, key)]
    need(len(own) == 1)
    return own[0]


def cosigned(note, name, key):
    for found, data, _ in note['lines']:
        if found != name or len(data) != 76 or data[:4] != key_id(name, 4, key):
            continue
        seconds = int.from_bytes(data[4:12], 'big')
        try:
            if seconds <= 8640000000000 and verify_raw(key, f'cosignature/v1\ntime {seconds}\n{note["body"]}'.encode(), data[12:]):
                return True
        except Refused:
            continue
    return False


# proof-format.md, section 3

def check_leaf(value):
    leaf = members(value, ['chainSequence'], ['chainPrevious'])
    need((integer(leaf['chainSequence']) == 0) == ('chainPrevious' not in leaf))
    if 'chainPrevious' in leaf:
        bytes32(leaf['chainPrevious'])


def check_path(value):
    for item in items(value, 53):
        bytes32(item)


def check_logged(value):
    logged = members(value, ['entry', 'signature', 'leaf', 'index', 'path'], ['opening'])
    check_entry(logged['entry'])
    check_signature(logged['signature'])
    check_leaf(logged['leaf'])
    integer(logged['index'])
    check_path(logged['path'])
    if 'opening' in logged:
        check_opening(logged['opening'])


def check_anchor(value):
    anchor = members(value, ['ledgerId', 'kind', 'stream', 'id', 'digest', 'for'], ['blind', 'evidence'])
    for name, pattern in (('ledgerId', '[!-~]{1,256}'), ('kind', '[a-z0-9][a-z0-9-]{0,30}'), ('stream', '[a-z0-9][a-z0-9-]{0,30}'), ('id', '[0-9a-f]{32}'), ('digest', '[0-9a-f]{64}'), ('for', 'record|checkpoint')):
        text_of(anchor[name], pattern)
    if 'blind' in anchor:
        bytes32(anchor['blind'])
    if 'evidence' in anchor:
        need(len(text_of(anchor['evidence'], '.+').encode('utf-16-le')) <= 2 * 65536)


def read_proof(data):
    file = members(read_canonical(data), ['format', 'entry', 'signature', 'leaf', 'log', 'checkpoint', 'credentials', 'anchors'], ['opening', 'status'])
    need(file['format'] == 'careledger-proof/1')
    check_entry(file['entry'])
    check_signature(file['signature'])
    check_leaf(file['leaf'])
    log = members(file['log'], ['origin', 'index', 'size', 'path'])
    text_of(log['origin'], NAME)
    integer(log['index']), integer(log['size'])
    check_path(log['path'])
    need(isinstance(file['checkpoint'], str) and len(file['checkpoint'].encode('utf-16-le')) <= 2 * 65536)
    for logged in items(file['credentials'], 16):
        check_logged(logged)
    need(len({logged['entry']['id'] for logged in file['credentials']}) == len(file['credentials']))
    for anchor in items(file['anchors'], 64):
        check_anchor(anchor)
    if 'opening' in file:
        check_opening(file['opening'])
    status = members(file.get('status', {}), [], ['supersededBy', 'revocations'])
    for logged in ([status['supersededBy']] if 'supersededBy' in status else []) + items(status.get('revocations', []), 16):
        check_logged(logged)
    return file


# proof-format.md, section 5

def steps_of(file, trust):
    entry, log, status = file['entry'], file['log'], file.get('status', {})
    author = entry['author']
    by_id = {logged['entry']['id']: logged for logged in file['credentials']}

    def included(logged, index, path):
        note = read_note(file['checkpoint'])
        return root_of(leaf_hash(logged), index, note['size'], [unbase64url(item) for item in path]) == note['root']

    def log_key():
        keys = [pinned['key'] for pinned in trust['logs'] if pinned['origin'] == log['origin']]
        need(keys)
        return keys[0]

    def holds(by, logged, index):
        credential = credential_of(logged)
        return credential['party'] == by['party'] and thumbprint(credential['key']) == by['key'] and logged['index'] < index

    def credential_holds(logged):
        own, credential = logged['entry'], credential_of(logged)
        if logged['opening']['mediaType'] != 'application/careledger-credential+json' or not included(logged, logged['index'], logged['path']):
            return False
        if own['type'] == 'platform-root':
            alone = 'credential' not in own['author'] and credential['party'] == own['author']['party'] and credential['key'] == trust['root']
            return alone and verify_jws(own, logged['signature'], credential['key']) and may_enrol('platform-root', credential, None)
        need(own['author'].get('credential') in by_id)
        issuer = by_id[own['author']['credential']]
        above = credential_of(issuer)
        return holds(own['author'], issuer, logged['index']) and verify_jws(own, logged['signature'], above['key']) and may_enrol(own['type'], credential, above)

    def check_commitment():
        if 'payload' not in entry:
            return 'opening' not in file
        return commitment(file['opening']) == entry['payload'] if 'opening' in file else None

    def check_signature_step():
        need('credential' in author or entry['type'] == 'platform-root')
        logged = by_id.get(author['credential']) if 'credential' in author else file
        need(logged is not None)
        return verify_jws(entry, file['signature'], credential_of(logged)['key'])

    def same_log():
        note = read_note(file['checkpoint'])
        return note['origin'] == log['origin'] and note['size'] == log['size']

    def check_checkpoint():
        note = read_note(file['checkpoint'])
        return same_log() and verify_raw(log_key(), note['body'].encode(), log_line(note, log_key())[1][4:])

    def check_witnesses():
        if trust['witnessThreshold'] == 0:
            return None
        note = read_note(file['checkpoint'])
        return len({canonical(witness['key']) for witness in trust['witnesses'] if cosigned(note, witness['name'], witness['key'])}) >= trust['witnessThreshold']

    def check_credentials():
        if not all(credential_holds(logged) for logged in file['credentials']):
            return False
        kinds = {}
        for credential in map(credential_of, file['credentials']):
            kind = (credential['kind'], credential.get('organisation'))
            if kinds.setdefault(credential['party'], kind) != kind:
                return False
        if 'credential' not in author:
            own = credential_of(file)
            return entry['type'] == 'platform-root' and may_enrol('platform-root', own, None) and own['party'] == author['party'] and own['key'] == trust['root']
        return author['credential'] in by_id and holds(author, by_id[author['credential']], log['index'])

    def check_revocation():
        signed, before, logged = [(author['key'], log['index'])], 2 ** 53, by_id.get(author.get('credential'))
        while logged is not None and logged['index'] < before:
            before = logged['index']
            signed.append((logged['entry']['author']['key'], before))
            logged = by_id.get(logged['entry']['author'].get('credential'))
        for later in status.get('revocations', []):
            revoked = members(payload_of(later), ['v', 'key'])
            need(integer(revoked['v']) == 1)
            bytes32(revoked['key'])
            if later['entry']['type'] != 'key-revoked' or not included(later, later['index'], later['path']):
                return False
            if any(key == revoked['key'] and later['index'] < index for key, index in signed):
                return False
        return None

    def check_anchors():
        for anchor in file['anchors']:
            if anchor['for'] == 'checkpoint':
                note = read_note(file['checkpoint'])
                digest = sha256((note['body'] + '\n' + log_line(note, log_key())[2] + '\n').encode())
                name = tagged('checkpoint-id', log['origin'].encode(), u64(log['size'])).hex()[:32]
                if anchor['digest'] != digest.hex() or anchor['id'] != name:
                    return False
            else:
                blind = unbase64url(anchor['blind']) if 'blind' in anchor else b''
                if 'subject' in entry and not blind or 'subject' not in entry and anchor['id'] != entry['id'].replace('-', ''):
                    return False
                if anchor['digest'] != tagged('record', leaf_hash(file), blind).hex():
                    return False
        return None

    return {
        'parse': lambda: True, 'commitment': check_commitment, 'signature': check_signature_step, 'leaf': lambda: True, 'inclusion': lambda: same_log() and included(file, log['index'], log['path']), 'checkpoint': check_checkpoint,
        'witnesses': check_witnesses, 'credentials': check_credentials, 'revocation': check_revocation, 'anchor': check_anchors, 'superseded': lambda: False if 'supersededBy' in status else None,
    }


def outcome(check):
    try:
        return {True: 'pass', False: 'fail', None: 'unchecked'}[check()]
    except (Refused, ValueError, RecursionError):
        return 'fail'


def verify(data, trust):
    try:
        file = read_proof(data)
    except (Refused, ValueError, RecursionError):
        return {'valid': False, 'outcomes': {name: 'fail' if name == 'parse' else 'unchecked' for name in STEPS}}
    outcomes = {name: outcome(check) for name, check in steps_of(file, trust).items()}
    return {'valid': all(outcomes[name] == 'pass' or (outcomes[name] == 'unchecked' and name not in MUST_PASS) for name in STEPS), 'outcomes': outcomes}


if __name__ == '__main__':
    json.dump([verify(case['file'].encode('utf-8', 'surrogatepass'), case['trust']) for case in json.load(sys.stdin)], sys.stdout)
