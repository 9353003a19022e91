/** Is this an Ed25519 public key that can be relied on? RFC 8032 section 5.1.3 in whole numbers, so that no weak key becomes a trust anchor. */

const P = 2n ** 255n - 19n
/** -121665 / 121666 (RFC 8032 section 5.1). */
const D = 37095705934669439343138083508754565189542113879843219016388785533085940283555n
const SIGN = 2n ** 255n
/** Three doublings bring every point of small order to the neutral one. */
const COFACTOR_DOUBLINGS = 3

/**
 * Whether 32 octets are the one canonical encoding of a point of the curve whose order is not small. Under a key of small order anybody can make
 * signatures that pass for any text.
 */
export function isStrongPoint(octets: Uint8Array): boolean {
  if (octets.length !== 32) return false
  const encoded = octets.reduceRight((value, octet) => (value << 8n) | BigInt(octet), 0n)
  const y = encoded & (SIGN - 1n)
  if (y >= P) return false
  const x = rootFor(y)
  // With x = 0 the sign bit would be a second spelling of the same point; it is of small order anyway.
  if (x === undefined || x === 0n) return false
  return !isSmallOrder(x, y)
}

/** An x for this y, if it is on the curve: -x² + y² = 1 + d x² y². Which of the two does not matter here. */
function rootFor(y: bigint): bigint | undefined {
  const square = mod((y * y - 1n) * inverse(D * y * y + 1n))
  const candidate = power(square, (P + 3n) / 8n)
  const root = mod(candidate * candidate) === square ? candidate : mod(candidate * power(2n, (P - 1n) / 4n))
  return mod(root * root) === square ? root : undefined
}

/** The complete addition law of the curve, of a point to itself. */
function isSmallOrder(x: bigint, y: bigint): boolean {
  let point = { x, y }
  for (let turn = 0; turn < COFACTOR_DOUBLINGS; turn++) {
    const product = mod(D * point.x * point.x * point.y * point.y)
    point = {
      x: mod(2n * point.x * point.y * inverse(1n + product)),
      y: mod((point.y * point.y + point.x * point.x) * inverse(1n - product)),
    }
  }
  return point.x === 0n && point.y === 1n
}

const mod = (value: bigint): bigint => ((value % P) + P) % P

const inverse = (value: bigint): bigint => power(mod(value), P - 2n)

function power(base: bigint, exponent: bigint): bigint {
  let [result, square] = [1n, mod(base)]
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = mod(result * square)
    square = mod(square * square)
  }
  return result
}
