/** What a page is given: where in it the person is. */
import type { Route } from '../route.ts'

export interface ViewProps {
  readonly route: Route
}
