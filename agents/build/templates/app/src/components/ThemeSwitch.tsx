import { useId, useState } from 'react';
import { type Choice, chooseTheme, choices, chosenTheme } from '../lib/theme';
import { t } from '../lib/texts';
import { Icon } from './Icon';

const icons = { auto: 'screen', light: 'sun', dark: 'moon' } as const;

/** Light, dark, or what the app and the system prefer. */
export function ThemeSwitch() {
  const [chosen, setChosen] = useState(chosenTheme);
  const name = useId();
  const titles = { auto: t('Automatic'), light: t('Light'), dark: t('Dark') };
  const choose = (choice: Choice) => {
    setChosen(choice);
    chooseTheme(choice);
  };
  return (
    <div className="segments" role="radiogroup" aria-label={t('Colours')}>
      {choices.map((choice) => (
        <label key={choice} title={titles[choice]}>
          <input type="radio" name={name} checked={chosen === choice} onChange={() => choose(choice)} />
          <span><Icon name={icons[choice]} /><span className="unseen">{titles[choice]}</span></span>
        </label>
      ))}
    </div>
  );
}
