import './chart.css';
import { type ReactNode, useId } from 'react';
import { formatNumber } from '../lib/format';

export interface Bar {
  label: string;
  /** What stands below an upright bar, when the label is too long for it. */
  short?: string;
  value: number;
}

interface Props {
  title: string;
  bars: readonly Bar[];
  /** How a value is written. */
  show?: (value: number) => string;
}

const [width, height] = [600, 220];

/** Steps such as 0, 20, 40 that hold all values; whole ones where all values are. */
function scale(values: number[]): number[] {
  const high = Math.max(0, ...values);
  const low = Math.min(0, ...values);
  const rough = Math.max((high - low || 1) / 4, values.every(Number.isInteger) ? 1 : 0);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((each) => each >= rough) ?? rough;
  const first = Math.floor(low / step);
  return Array.from({ length: Math.ceil(high / step) - first + 1 }, (_, index) => (first + index) * step);
}

/** An SVG that is one picture with a title. */
function Picture({ className, title, box, children }: { className: string; title: string; box: string; children: ReactNode }) {
  const id = useId();
  return (
    // eslint-disable-next-line jsx-a11y/prefer-tag-over-role -- an <img> holds no marks
    <svg className={className} viewBox={box} preserveAspectRatio={className === 'spark' ? 'none' : 'xMidYMid meet'} role="img" aria-labelledby={id}>
      <title id={id}>{title}</title>
      {children}
    </svg>
  );
}

/** Values over time as upright bars. Their table is beside it: see `Figures`. */
export function Columns({ title, bars, show = formatNumber }: Props) {
  const marks = scale(bars.map((bar) => bar.value));
  const [low, high] = [marks[0] ?? 0, marks.at(-1) ?? 1];
  const left = 10 + 10 * Math.max(...marks.map((mark) => show(mark).length));
  const y = (value: number) => 10 + ((high - value) / (high - low || 1)) * (height - 40);
  const slot = (width - left - 8) / Math.max(1, bars.length);
  const every = Math.ceil(bars.length / 6);
  return (
    <Picture className="chart" title={title} box={`0 0 ${width} ${height}`}>
      {marks.map((mark) => (
        <g key={mark}>
          <line className="chart-line" x1={left} x2={width - 8} y1={y(mark)} y2={y(mark)} />
          <text className="chart-text" x={left - 6} y={y(mark) + 4} textAnchor="end">{show(mark)}</text>
        </g>
      ))}
      {bars.map((bar, index) => (
        <g key={index}>
          <rect className="chart-bar" x={left + slot * (index + 0.12)} width={slot * 0.76} y={Math.min(y(bar.value), y(0))} height={Math.abs(y(bar.value) - y(0))} rx={Math.min(3, slot / 4)}>
            <title>{`${bar.label}: ${show(bar.value)}`}</title>
          </rect>
          {index % every === 0 ? <text className="chart-text" x={left + slot * (index + 0.5)} y={height - 8} textAnchor="middle">{bar.short ?? bar.label}</text> : null}
        </g>
      ))}
    </Picture>
  );
}

/** Values of groups as bars that lie, each under its name. */
export function Rows({ title, bars, show = formatNumber }: Props) {
  const most = Math.max(...bars.map((bar) => Math.abs(bar.value)), 0) || 1;
  return (
    <Picture className="chart" title={title} box={`0 0 ${width} ${Math.max(1, bars.length) * 38}`}>
      {bars.map((bar, index) => (
        <g key={index} transform={`translate(0 ${index * 38})`}>
          <text className="chart-name" x="0" y="13">{bar.label.length > 50 ? `${bar.label.slice(0, 49)}…` : bar.label}</text>
          <text className="chart-name" x={width} y="13" textAnchor="end">{show(bar.value)}</text>
          <rect className="chart-rest" y="19" width={width} height="10" rx="5" />
          <rect className="chart-bar" y="19" width={(Math.abs(bar.value) / most) * width} height="10" rx="5" />
        </g>
      ))}
    </Picture>
  );
}

/** A small chart without numbers, beside the number it belongs to. */
export function Spark({ title, bars }: Props) {
  const most = Math.max(...bars.map((bar) => bar.value), 1);
  const slot = 100 / Math.max(1, bars.length);
  return (
    <Picture className="spark" title={title} box="0 0 100 24">
      {bars.map((bar, index) => {
        const tall = bar.value > 0 ? Math.max(1.5, (bar.value / most) * 24) : 0.6;
        return <rect key={index} className="chart-bar" x={slot * (index + 0.1)} y={24 - tall} width={slot * 0.8} height={tall} />;
      })}
    </Picture>
  );
}

/** The same values as a table, for whoever does not see the chart. */
export function Figures({ title, head, bars, show = formatNumber }: Props & { head: [name: string, value: string] }) {
  return (
    <table className="figures">
      <caption className="unseen">{title}</caption>
      <thead><tr><th scope="col">{head[0]}</th><th scope="col" className="number">{head[1]}</th></tr></thead>
      <tbody>
        {bars.map((bar, index) => <tr key={index}><td data-label={head[0]}>{bar.label}</td><td data-label={head[1]} className="number">{show(bar.value)}</td></tr>)}
      </tbody>
    </table>
  );
}
