/** Light or dark, as the person chose here before, or as the system has it. Runs before anything is drawn, so that nothing flashes. */
export const THEMES = ['system', 'light', 'dark'] as const
export type Theme = (typeof THEMES)[number]

const KEPT_AS = 'scopewall-theme'

export function keptTheme(): Theme {
  try {
    const kept = localStorage.getItem(KEPT_AS)
    return THEMES.find((theme) => theme === kept) ?? 'system'
  } catch {
    // Where storage is refused, the system's choice it is.
    return 'system'
  }
}

export function showTheme(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = theme
}

export function keepTheme(theme: Theme): void {
  showTheme(theme)
  try {
    localStorage.setItem(KEPT_AS, theme)
  } catch {
    // It holds until the page is closed.
  }
}
