/** A script of its own in the head: the only one that holds up the first paint. */
import { keptTheme, showTheme } from './theme.ts'

showTheme(keptTheme())
