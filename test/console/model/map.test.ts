import { describe, expect, it } from 'vitest'
import { daysInWords, daysUntil, lastDays } from '../../../src/console/web/model/days.ts'
import { lifecycleOf, webLink } from '../../../src/console/web/model/lifecycle.ts'
import { listWindow } from '../../../src/console/web/model/list-window.ts'
import { exampleRequest, indexMap, removalOf, routeMarks } from '../../../src/console/web/model/map-index.ts'
import { routeKey, serviceKey, serviceOfKey, treeRows } from '../../../src/console/web/model/map-tree.ts'
import { countsByName, foldTrend, isWhole } from '../../../src/console/web/model/route-traffic.ts'
import { documentOf, ruleOf, scopesOf } from '../../policy/build.ts'

const NOW = Date.UTC(2026, 10, 28, 12)

const index = indexMap(
  documentOf({
    services: {
      tested: { owner: 'team', description: 'Tested.' },
      empty: { owner: 'nobody', description: 'Has no routes.' },
    },
    scopes: scopesOf(['a:read', 'a:write'], {
      'a:admin': { implies: ['a:read', 'a:write'], sensitivity: 'critical' },
      'a:old': { deprecated: { since: '2026-01-01', sunset: '2026-12-10', replacedBy: ['a:read'] } },
      'a:step': { stepUp: { acr: ['phr'] } },
    }),
    rules: [
      ruleOf('GET /a', { anyOf: [['a:old'], ['a:read']] }),
      ruleOf('GET /open'),
      ruleOf('POST /a', { anyOf: [['a:read', 'a:write']], mode: 'observe' }),
      ruleOf('POST /step', { anyOf: [['a:step']], upgrade: 'websocket' }),
      ruleOf('PUT /a', { anyOf: [['a:admin']] }),
    ],
  }),
)
const route = (id: string) => {
  const found = index.routes.get(id)
  if (found === undefined) throw new Error(id)
  return found
}
const scope = (name: string) => {
  const found = index.scopes.get(name)
  if (found === undefined) throw new Error(name)
  return found
}

describe('the index of a map', () => {
  it('knows the routes of a service and of a scope, and both directions of implication', () => {
    expect(index.services.map(({ name, routes }) => [name, routes.length])).toEqual([
      ['tested', 5],
      ['empty', 0],
    ])
    expect(scope('a:read').routes.map(({ id }) => id)).toEqual(['GET api.example.com/a', 'POST api.example.com/a'])
    expect(scope('a:read').impliedBy).toEqual(['a:admin'])
    expect(scope('a:admin').implies).toEqual(['a:read', 'a:write'])
  })

  it('marks what is worth seeing of a route, also where a scope asks for it', () => {
    expect(routeMarks(route('GET api.example.com/open'), index)).toEqual(['public'])
    expect(routeMarks(route('GET api.example.com/a'), index)).toEqual(['deprecated'])
    expect(routeMarks(route('POST api.example.com/a'), index)).toEqual(['observe'])
    expect(routeMarks(route('POST api.example.com/step'), index)).toEqual(['step-up', 'websocket'])
    expect(routeMarks(route('PUT api.example.com/a'), index)).toEqual(['critical'])
  })

  it('tells what the removal of a scope closes, narrows, and takes from those who got in by implication', () => {
    const ids = (name: string) => {
      const { closed, narrowed, byImplication } = removalOf(scope(name), index)
      return [closed, narrowed, byImplication].map((routes) => routes.map(({ id }) => id))
    }
    expect(ids('a:read')).toEqual([['POST api.example.com/a'], ['GET api.example.com/a'], []])
    expect(ids('a:admin')).toEqual([['PUT api.example.com/a'], [], ['GET api.example.com/a', 'POST api.example.com/a']])
  })
})

describe('an example of a request', () => {
  it.each([
    ['ANY', '*.example.com', '/v1/{id}/files/{path+}', 'GET https://any.example.com/v1/id/files/path'],
    ['POST', 'api.example.com', '/v1/invoices', 'POST https://api.example.com/v1/invoices'],
  ] as const)('to %s %s%s is %s', (method, host, path, request) => {
    expect(exampleRequest({ method, host, path })).toBe(request)
  })
})

describe('the tree', () => {
  const view = { open: new Set<string>(), search: '', marks: [] }
  const keys = (change: Partial<Parameters<typeof treeRows>[1]>) =>
    treeRows(index, { ...view, ...change }).map(({ key }) => key)

  it('shows services until they are opened', () => {
    expect(keys({})).toEqual(['service tested', 'service empty'])
    expect(keys({ open: new Set([serviceKey('tested')]) })).toHaveLength(7)
  })

  it('says how the scopes of a route go together', () => {
    const open = new Set([serviceKey('tested'), routeKey('POST api.example.com/a'), routeKey('GET api.example.com/a')])
    const scopes = treeRows(index, { ...view, open }).flatMap((row) =>
      row.kind === 'scope' ? [[row.scope, row.joint]] : [],
    )
    expect(scopes).toEqual([
      ['a:old', 'first'],
      ['a:read', 'or'],
      ['a:read', 'first'],
      ['a:write', 'and'],
    ])
  })

  it('opens services with a hit, and leaves out those without', () => {
    expect(keys({ search: 'A:ADMIN put' })).toEqual(['service tested', 'route PUT api.example.com/a'])
    expect(keys({ search: 'nothing of the kind' })).toEqual([])
    expect(keys({ marks: ['public'] })).toEqual(['service tested', 'route GET api.example.com/open'])
  })

  it('gives each row a key of its own', () => {
    const open = new Set([serviceKey('tested'), ...[...index.routes.keys()].map(routeKey)])
    const all = keys({ open })
    expect(new Set(all).size).toBe(all.length)
  })
})

describe('counts beside the map', () => {
  const at = ['1', '2', '3']
  const window = { from: '', to: '', period: 'day', by: 'rule' } as const

  it('says zero of what is not told where all is told, and nothing where it is not', () => {
    const known = { name: 'x', counts: [1, 2, 3], total: 6 }
    const rest = { name: null, counts: [9, 9, 9], total: 27 }
    const whole = countsByName({ ...window, at, series: [known] }, 3)
    expect(whole('x')).toEqual({ total: 6, trend: [1, 2, 3] })
    expect(whole('y')).toEqual({ total: 0, trend: [0, 0, 0] })
    expect(countsByName({ ...window, at, series: [known, rest] }, 3)('y')).toBeUndefined()
    expect([[known], [known, rest]].map((series) => isWhole({ ...window, at, series }))).toEqual([true, false])
  })

  it('tells keys of services from those of routes', () => {
    expect(serviceOfKey(serviceKey('service x'))).toBe('service x')
    expect(serviceOfKey(routeKey('GET /service'))).toBeUndefined()
  })

  it('folds a trend without losing a request', () => {
    expect(foldTrend([1, 2, 3, 4, 5], 2)).toEqual([3, 12])
    expect(foldTrend([1, 2], 5)).toEqual([1, 2])
  })
})

describe('days', () => {
  it('counts to the day, whatever the hour', () => {
    expect(daysUntil('2026-11-28', NOW)).toBe(0)
    expect(daysUntil('2026-11-29', NOW + 11 * 3_600_000)).toBe(1)
    expect(daysUntil('2026-11-27', NOW)).toBe(-1)
  })

  it.each([
    [0, 'today'],
    [1, 'tomorrow'],
    [-1, 'yesterday'],
    [12, 'in 12 days'],
    [-90, '3 months ago'],
    [1500, 'in 4 years'],
  ])('says %i as %s', (days, words) => {
    expect(daysInWords(days)).toBe(words)
  })

  it('ends a window with today', () => {
    expect(lastDays(NOW, 7)).toEqual({ from: '2026-11-22T00:00:00.000Z', to: '2026-11-29T00:00:00.000Z' })
  })
})

describe('the life of a scope', () => {
  it('goes from in use over deprecated to retired on the day of the sunset itself', () => {
    expect(lifecycleOf({}, NOW).stage).toBe('in use')
    expect(lifecycleOf({ deprecated: { since: '2026-01-01', sunset: '2026-11-29' } }, NOW)).toMatchObject({
      stage: 'deprecated',
      sunset: { day: '2026-11-29', days: 1 },
    })
    expect(lifecycleOf({ deprecated: { since: '2026-01-01', sunset: '2026-11-28' } }, NOW).stage).toBe('retired')
  })

  it('says when a review is due, and when it is overdue', () => {
    const state = (review: string) => lifecycleOf({ review }, NOW).review?.state
    expect([state('2027-06-01'), state('2026-12-28'), state('2026-11-28'), state('2026-11-27')]).toEqual([
      'later',
      'soon',
      'soon',
      'overdue',
    ])
  })

  it('links to web pages alone', () => {
    expect(webLink('https://wiki.example.com/x?y=1')).toBe('https://wiki.example.com/x?y=1')
    for (const text of [
      'javascript:alert(1)',
      ' JavaScript:alert(1)',
      'data:text/html,x',
      'vbscript:x',
      '//x',
      'x',
      '',
    ])
      expect(webLink(text), text).toBeUndefined()
  })
})

describe('the window of a long list', () => {
  it('draws what is on the screen and a little more, and keeps the height of the whole', () => {
    const { first, end, above, below } = listWindow(11_000, 32, { top: 32_000, height: 640 }, 5)
    expect([first, end]).toEqual([995, 1025])
    expect(above + below + (end - first) * 32).toBe(11_000 * 32)
  })

  it('never asks for rows that are not there', () => {
    expect(listWindow(3, 32, { top: 5000, height: 640 })).toEqual({ first: 3, end: 3, above: 96, below: 0 })
    expect(listWindow(0, 32, { top: 0, height: 640 })).toEqual({ first: 0, end: 0, above: 0, below: 0 })
  })
})
