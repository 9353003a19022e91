/** The editors' schemas are the ones that files are checked with. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { jsonSchemaFiles } from '../../src/source/json-schema.ts'

const folder = new URL('../../scopes/', import.meta.url)

describe.each(jsonSchemaFiles())('$path', ({ path, text }) => {
  test('is committed as it is generated', () => {
    expect(readFileSync(new URL(path, folder), 'utf8'), 'run `npm run scopewall -- schema`').toBe(text)
  })

  test('is closed: no map of a fixed shape takes a key more', () => {
    const open: unknown[] = []
    JSON.parse(text, (_, value) => {
      if (value?.properties !== undefined && value.additionalProperties !== false) open.push(value)
      return value
    })
    expect(open).toEqual([])
  })

  test('says of every key at the top what it is for', () => {
    const { properties } = JSON.parse(text)
    for (const [key, schema] of Object.entries<{ readonly description?: string }>(properties))
      expect.soft(schema.description, key).toMatch(/\S/)
  })
})

test('the example files name their schema', () => {
  for (const file of ['invoices', 'payments', 'customers', 'reports'])
    expect
      .soft(readFileSync(new URL(`${file}.yaml`, folder), 'utf8'))
      .toMatch(/^# yaml-language-server: \$schema=schema\/service\.schema\.json\n/)
  expect(readFileSync(new URL('gateway.yaml', folder), 'utf8')).toMatch(
    /^# yaml-language-server: \$schema=schema\/gateway\.schema\.json\n/,
  )
})
