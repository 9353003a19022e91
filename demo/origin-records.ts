/** The origin's data: records by path, in memory. */

export type JsonRecord = Readonly<Record<string, unknown>>

/** `collection` is a path such as `/v1/invoices`; `member` one such as `/v1/invoices/inv-1001`. */
export interface Records {
  list(collection: string): readonly JsonRecord[]
  /** Gives the record an id of its own and returns it. */
  add(collection: string, record: object): JsonRecord
  find(member: string): JsonRecord | undefined
  /** Returns the record with the changes made, or undefined where there is none. */
  change(member: string, changes: object): JsonRecord | undefined
  /** Whether there was one. */
  remove(member: string): boolean
}

const SEED: readonly (readonly [member: string, record: JsonRecord])[] = [
  ['/v1/customers/cus-1', { name: 'Harbour Bakery', email: 'accounts@harbour-bakery.example' }],
  ['/v1/customers/cus-2', { name: 'Northlight Studio', email: 'office@northlight.example' }],
  ['/v1/invoices/inv-1001', { customer: 'cus-1', amount: 12_500, currency: 'EUR', status: 'paid' }],
  ['/v1/invoices/inv-1002', { customer: 'cus-2', amount: 48_000, currency: 'EUR', status: 'open' }],
  ['/v1/payments/pay-1', { invoice: 'inv-1001', amount: 12_500, currency: 'EUR' }],
]

/** Returns a few customers, invoices and payments to begin with. */
export function createRecords(): Records {
  const records = new Map<string, JsonRecord>()
  for (const [member, record] of SEED) records.set(member, { id: lastSegment(member), ...record })
  let added = 0
  return {
    list: (collection) =>
      [...records].filter(([member]) => parentOf(member) === collection).map(([, record]) => record),
    add: (collection, record) => {
      added += 1
      const created = { ...record, id: `new-${added}` }
      records.set(`${collection}/${created.id}`, created)
      return created
    },
    find: (member) => records.get(member),
    change: (member, changes) => {
      const record = records.get(member)
      if (record === undefined) return undefined
      const changed = { ...record, ...changes, id: record.id }
      records.set(member, changed)
      return changed
    },
    remove: (member) => records.delete(member),
  }
}

const parentOf = (path: string): string => path.slice(0, path.lastIndexOf('/'))
const lastSegment = (path: string): string => path.slice(path.lastIndexOf('/') + 1)
