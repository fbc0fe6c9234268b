import { recall, remember } from './remember';

export const choices = ['auto', 'light', 'dark'] as const;
export type Choice = (typeof choices)[number];

/** What the reader chose; `auto` is what the app and the system prefer. */
export function chosenTheme(): Choice {
  const kept = recall('theme');
  return choices.find((choice) => choice === kept) ?? 'auto';
}

/** Shows the choice and keeps it; `public/theme.js` does so at the next visit. */
export function chooseTheme(choice: Choice): void {
  remember('theme', choice === 'auto' ? null : choice);
  if (choice === 'auto') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = choice;
}
