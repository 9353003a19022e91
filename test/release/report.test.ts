/** How often the operator is told the same thing. */
import { expect, test } from 'vitest'
import { createReporter, type ReleaseEvent } from '../../src/release/report.ts'

const HOUR = 3_600_000

function reporter() {
  const told: ReleaseEvent[] = []
  return { ...createReporter((event) => told.push(event)), told }
}

test('the same of the same release once an hour, and at once after it was over', () => {
  const { tell, forget, told } = reporter()
  for (const now of [0, 1, HOUR - 1, HOUR]) tell({ code: 'kv_unreachable' }, now)
  expect(told).toHaveLength(2)
  forget('kv_unreachable')
  tell({ code: 'kv_unreachable' }, HOUR + 1)
  expect(told).toHaveLength(3)
  for (const serial of [1, 2]) tell({ code: 'serial_lower', serial }, 0)
  expect(told).toHaveLength(5)
})

test('whoever writes ever new nonsense into KV fills no memory: what was told is forgotten, and told again', () => {
  const { tell, told } = reporter()
  for (let serial = 1; serial <= 65; serial++) tell({ code: 'signature_invalid', serial }, 0)
  expect(told).toHaveLength(65)
  tell({ code: 'signature_invalid', serial: 65 }, 1)
  expect(told).toHaveLength(65)
  tell({ code: 'signature_invalid', serial: 1 }, 1)
  expect(told).toHaveLength(66)
})
