import { useState } from "preact/hooks";
import { formatDuration, formatFigure } from "../data/format.ts";
import { plotSize, samplePlot, type SampledCase, stepTimes } from "../data/sample-plot.ts";
import type { Words } from "../i18n/index.ts";

type Props = { of: SampledCase; words: Words };

/** Raw step times of a case in time order with their warm-up, and the same as a table for whoever opens it. */
export const SamplePlot = ({ of: { launches, stepMs, phase, label }, words }: Props) => {
  const [open, setOpen] = useState(false);
  const t = words.result;
  const plot = samplePlot(launches, stepMs);
  if (!plot) return null;
  const name = t.samplesOf(label);
  const warmups = launches.map(({ warmup }) => `${warmup.steps} (${formatDuration(warmup.ms)})`).join(", ");
  return (
    <figure class="samples">
      <figcaption>
        {t.samples} {plot.interval && t.samplesBand}. {t.samplesAxis}: {warmups}.
      </figcaption>
      <div class={`plot ${phase}`}>
        <div class="axis" aria-hidden="true">
          <span>{formatFigure(plot.highest)}</span>
          <span>{formatFigure(plot.lowest)}</span>
        </div>
        <svg
          viewBox={`0 0 ${plotSize.width} ${plotSize.height}`}
          preserveAspectRatio="none"
          role="img"
          aria-label={`${name}: ${formatFigure(plot.lowest)} – ${formatFigure(plot.highest)} ms`}
        >
          {plot.launches.map(({ index, left, width, dots, warmup }) => (
            <g key={index}>
              <rect x={left} width={width} height={plotSize.height} />
              {warmup.width > 0 && (
                <rect class="warmup" x={warmup.left} width={warmup.width} height={plotSize.height} />
              )}
              {plot.interval && (
                <rect class="interval" x={left} y={plot.interval.top} width={width} height={plot.interval.height} />
              )}
              <path class="middle" d={`M${left} ${plot.middle}h${width}`} vector-effect="non-scaling-stroke" />
              <path class="dots" d={dots} vector-effect="non-scaling-stroke" />
            </g>
          ))}
        </svg>
      </div>
      <details open={open} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
        <summary>{t.samplesTable}</summary>
        {open && <SampleTable launches={launches} name={name} words={words} />}
      </details>
    </figure>
  );
};

type TableProps = { launches: SampledCase["launches"]; name: string; words: Words };

const SampleTable = ({ launches, name, words }: TableProps) => {
  const series = launches.map((launch) => ({ index: launch.index, times: stepTimes(launch) }));
  const longest = Math.max(0, ...series.map(({ times }) => times.length));
  return (
    <div class="scroller" role="region" tabIndex={0} aria-label={name}>
      <table>
        <caption>{name}</caption>
        <thead>
          <tr>
            <th scope="col">{words.result.sample}</th>
            {series.map(({ index }) => (
              <th key={index} scope="col">
                {words.result.launch} {index + 1}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {Array.from({ length: longest }, (_, i) => (
            <tr key={i}>
              <th scope="row">{i + 1}</th>
              {series.map(({ index, times }) => (
                <td key={index}>{times[i] === undefined ? "" : formatFigure(times[i])}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
};
