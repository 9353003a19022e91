/** All pages, in the order of the navigation. */
import type { ComponentType } from 'preact'
import type { IconName } from '../parts/icon.tsx'
import { ClientsPage } from './clients.tsx'
import { IncidentsPage } from './incidents.tsx'
import { MapPage } from './map.tsx'
import { OverviewPage } from './overview.tsx'
import { ReleasesPage } from './releases.tsx'
import { RevocationsPage } from './revocations.tsx'
import { ScopesPage } from './scopes.tsx'
import { TailPage } from './tail.tsx'
import type { ViewProps } from './view.ts'
import { WhyPage } from './why.tsx'

export interface PageEntry {
  /** The first part of its address. */
  readonly name: string
  readonly title: string
  readonly group: 'Now' | 'Access' | 'Response'
  /** After `g`, this letter leads here. */
  readonly letter: string
  readonly icon: IconName
  readonly view: ComponentType<ViewProps>
}

export const PAGES: readonly PageEntry[] = [
  { name: 'overview', title: 'Overview', group: 'Now', letter: 'o', icon: 'overview', view: OverviewPage },
  { name: 'tail', title: 'Live tail', group: 'Now', letter: 't', icon: 'tail', view: TailPage },
  { name: 'why', title: 'Why refused?', group: 'Now', letter: 'w', icon: 'why', view: WhyPage },
  { name: 'map', title: 'Map', group: 'Access', letter: 'm', icon: 'map', view: MapPage },
  { name: 'scopes', title: 'Scopes', group: 'Access', letter: 's', icon: 'scopes', view: ScopesPage },
  { name: 'clients', title: 'Clients', group: 'Access', letter: 'c', icon: 'clients', view: ClientsPage },
  { name: 'incidents', title: 'Incidents', group: 'Response', letter: 'i', icon: 'incidents', view: IncidentsPage },
  {
    name: 'revocations',
    title: 'Revocations',
    group: 'Response',
    letter: 'v',
    icon: 'revocations',
    view: RevocationsPage,
  },
  { name: 'releases', title: 'Releases', group: 'Response', letter: 'r', icon: 'releases', view: ReleasesPage },
]

/** The page of an address; one that is none has no page. The empty one is the first. */
export const pageNamed = (name: string): PageEntry | undefined =>
  name === '' ? PAGES[0] : PAGES.find((page) => page.name === name)
