# SPDX-License-Identifier: Apache-2.0
"""The cryptography that tests/system/reader.py needs, from the standards that
proto/README.md names, with nothing but Python's own library. Slow (a signature
takes 4 ms; what was verified is remembered), and not careful about secrets: for
tests and for reading, not for sealing."""
import functools
import hashlib
import hmac

# ---- HMAC, HKDF, BLAKE2b --------------------------------------------------


def hmac256(key, data):
    return hmac.new(key, data, hashlib.sha256).digest()


def hkdf(ikm, salt, info):
    """RFC 5869 with SHA-256, 32 bytes."""
    return hmac256(hmac256(salt or bytes(32), ikm), info + b"\x01")


def kdf(seed, number):
    return hashlib.blake2b(b"", digest_size=32, key=seed,
                           salt=number.to_bytes(8, "little") + bytes(8),
                           person=b"holdfast" + bytes(8)).digest()


# ---- ChaCha20-Poly1305, RFC 8439 ------------------------------------------

WORD = 0xffffffff


def _rounds(x0, x1, x2, x3, x4, x5, x6, x7, x8, x9, xa, xb, xc, xd, xe, xf):
    def quarter(a, b, c, d):
        a = a + b & WORD
        d ^= a
        d = (d << 16 | d >> 16) & WORD
        c = c + d & WORD
        b ^= c
        b = (b << 12 | b >> 20) & WORD
        a = a + b & WORD
        d ^= a
        d = (d << 8 | d >> 24) & WORD
        c = c + d & WORD
        b ^= c
        b = (b << 7 | b >> 25) & WORD
        return a, b, c, d

    for _ in range(10):
        x0, x4, x8, xc = quarter(x0, x4, x8, xc)
        x1, x5, x9, xd = quarter(x1, x5, x9, xd)
        x2, x6, xa, xe = quarter(x2, x6, xa, xe)
        x3, x7, xb, xf = quarter(x3, x7, xb, xf)
        x0, x5, xa, xf = quarter(x0, x5, xa, xf)
        x1, x6, xb, xc = quarter(x1, x6, xb, xc)
        x2, x7, x8, xd = quarter(x2, x7, x8, xd)
        x3, x4, x9, xe = quarter(x3, x4, x9, xe)
    return x0, x1, x2, x3, x4, x5, x6, x7, x8, x9, xa, xb, xc, xd, xe, xf


def chacha20(key, nonce, size, counter=0):
    """The first `size` bytes of the key stream from this block on."""
    head = [0x61707865, 0x3320646e, 0x79622d32, 0x6b206574]
    head += [int.from_bytes(key[i:i + 4], "little") for i in range(0, 32, 4)]
    tail = [int.from_bytes(nonce[i:i + 4], "little") for i in range(0, 12, 4)]
    out = bytearray()
    while len(out) < size:
        state = head + [counter] + tail
        for a, b in zip(_rounds(*state), state):
            out += (a + b & WORD).to_bytes(4, "little")
        counter += 1
    return bytes(out[:size])


def xor(a, b):
    size = len(a)
    return (int.from_bytes(a, "little")
            ^ int.from_bytes(b[:size], "little")).to_bytes(size, "little")


def poly1305(key, message):
    r = int.from_bytes(key[:16], "little")
    r &= 0x0ffffffc0ffffffc0ffffffc0fffffff
    total = 0
    for at in range(0, len(message), 16):
        block = message[at:at + 16] + b"\x01"
        total = (total + int.from_bytes(block, "little")) * r % (2**130 - 5)
    total += int.from_bytes(key[16:], "little")
    return (total & 2**128 - 1).to_bytes(16, "little")


def aead_open(key, nonce, sealed):
    """The plaintext, or None. No associated data."""
    if len(sealed) < 16:
        return None
    body, tag = sealed[:-16], sealed[-16:]
    padded = body + bytes(-len(body) % 16)
    lengths = bytes(8) + len(body).to_bytes(8, "little")
    mac = poly1305(chacha20(key, nonce, 32), padded + lengths)
    if mac != tag:
        return None
    return xor(body, chacha20(key, nonce, len(body), 1)) if body else b""


# ---- Curve25519 -----------------------------------------------------------

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
SQRT_M1 = pow(2, (P - 1) // 4, P)


def x25519(secret, point):
    """RFC 7748. None when the result is zero."""
    k = bytearray(secret)
    k[0] &= 248
    k[31] = k[31] & 127 | 64
    k = int.from_bytes(k, "little")
    u = int.from_bytes(point, "little") & 2**255 - 1
    x1, x2, z2, x3, z3, swap = u % P, 1, 0, u % P, 1, 0
    for bit in range(254, -1, -1):
        now = k >> bit & 1
        if swap ^ now:
            x2, x3, z2, z3 = x3, x2, z3, z2
        swap = now
        a, b = x2 + z2, x2 - z2
        c, d = x3 + z3, x3 - z3
        da, cb = d * a % P, c * b % P
        aa, bb = a * a % P, b * b % P
        e = aa - bb
        x3, z3 = (da + cb) ** 2 % P, x1 * (da - cb) ** 2 % P
        x2, z2 = aa * bb % P, e * (aa + 121665 * e) % P
    if swap:
        x2, x3, z2, z3 = x3, x2, z3, z2
    result = x2 * pow(z2, P - 2, P) % P
    return result.to_bytes(32, "little") if result else None


def x25519_public(secret):
    return x25519(secret, (9).to_bytes(32, "little"))


@functools.lru_cache(maxsize=65536)
def x25519_valid(point):
    """Is it none of the points of low order?"""
    return x25519((8).to_bytes(32, "little"), point) is not None


def _add(p, q):
    a = (p[1] - p[0]) * (q[1] - q[0]) % P
    b = (p[1] + p[0]) * (q[1] + q[0]) % P
    c = 2 * p[3] * q[3] * D % P
    d = 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def _mul(k, p):
    q = (0, 1, 1, 0)
    while k:
        if k & 1:
            q = _add(q, p)
        p = _add(p, p)
        k >>= 1
    return q


def _is_zero(p):
    return p[0] % P == 0 and (p[1] - p[2]) % P == 0


def _pack(p):
    inverse = pow(p[2], P - 2, P)
    x, y = p[0] * inverse % P, p[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def _unpack(data):
    """The point, or None when it is not on the curve or not canonical."""
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & 2**255 - 1
    if y >= P:
        return None
    xx = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(xx, (P + 3) // 8, P)
    if x * x % P != xx:
        x = x * SQRT_M1 % P
    if x * x % P != xx or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return x, y, 1, x * y % P


_BASE = _unpack((4 * pow(5, -1, P) % P).to_bytes(32, "little"))


@functools.lru_cache(maxsize=65536)
def ed25519_valid(key):
    """Canonical, on the curve, in the prime-order subgroup?"""
    point = _unpack(key)
    return (point is not None and not _is_zero(_mul(8, point))
            and _is_zero(_mul(ORDER, point)))


@functools.lru_cache(maxsize=65536)
def ed25519_verify(key, message, signature):
    point, r = _unpack(key), _unpack(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or point is None or r is None or s >= ORDER:
        return False
    if _is_zero(_mul(8, point)) or _is_zero(_mul(8, r)):
        return False
    h = hashlib.sha512(signature[:32] + key + message).digest()
    h = int.from_bytes(h, "little") % ORDER
    negative = (P - point[0], point[1], 1, P - point[3])
    return _pack(_add(_mul(s, _BASE), _mul(h, negative))) == signature[:32]


def ed25519_public(seed):
    secret = bytearray(hashlib.sha512(seed).digest()[:32])
    secret[0] &= 248
    secret[31] = secret[31] & 127 | 64
    return _pack(_mul(int.from_bytes(secret, "little"), _BASE))


# ---- Bech32 ---------------------------------------------------------------

BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"


def _polymod(values):
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1ffffff) << 5 ^ value
        for bit, word in enumerate((0x3b6a57b2, 0x26508e6d, 0x1ea119fa,
                                    0x3d4233dd, 0x2a1462b3)):
            if top >> bit & 1:
                check ^= word
    return check


def bech32_decode(text):
    """(part in front, bytes), lower case only; ValueError."""
    hrp, found, data = text.rpartition("1")
    if not found or not hrp or len(data) < 6 or text != text.lower():
        raise ValueError("bech32")
    try:
        values = [BECH32.index(c) for c in data]
    except ValueError:
        raise ValueError("bech32") from None
    head = [ord(c) >> 5 for c in hrp] + [0] + [ord(c) & 31 for c in hrp]
    if any(not 33 <= ord(c) <= 126 for c in hrp) or \
            _polymod(head + values) != 1:
        raise ValueError("bech32")
    bits = 0
    for value in values[:-6]:
        bits = bits << 5 | value
    spare = 5 * (len(values) - 6) % 8
    if spare >= 5 or bits & (1 << spare) - 1:
        raise ValueError("bech32")
    return hrp, (bits >> spare).to_bytes(5 * (len(values) - 6) // 8, "big")


def bech32_encode(hrp, data):
    bits = int.from_bytes(data, "big") << (-8 * len(data) % 5)
    count = (8 * len(data) + 4) // 5
    values = [bits >> 5 * i & 31 for i in range(count - 1, -1, -1)]
    head = [ord(c) >> 5 for c in hrp] + [0] + [ord(c) & 31 for c in hrp]
    check = _polymod(head + values + [0] * 6) ^ 1
    values += [check >> 5 * i & 31 for i in range(5, -1, -1)]
    return hrp + "1" + "".join(BECH32[v] for v in values)
