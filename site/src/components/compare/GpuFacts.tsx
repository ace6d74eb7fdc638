import type { BoardGpu } from "../../board/types.ts";
import { formatFigure } from "../../data/format.ts";
import type { Links } from "../../data/links.ts";
import { vendorNames } from "../../data/vendors.ts";
import type { Words } from "../../i18n/index.ts";

type Props = { gpus: readonly BoardGpu[]; words: Words; links: Links };

/** Catalogue figures of GPUs side by side. */
export const GpuFacts = ({ gpus, words, links }: Props) => {
  const facts: [string, (gpu: BoardGpu) => string | number | null][] = [
    [words.gpu.vendor, ({ vendor }) => vendorNames[vendor]],
    [words.gpu.year, ({ year }) => year],
    [words.gpu.memory, ({ memoryGiB }) => (memoryGiB === null ? null : `${memoryGiB} GB`)],
    [words.gpu.bandwidth, ({ bandwidthGBs }) => (bandwidthGBs === null ? null : `${formatFigure(bandwidthGBs)} GB/s`)],
    [words.gpu.fp32, ({ fp32Tflops }) => (fp32Tflops === null ? null : `${formatFigure(fp32Tflops)} TFLOPS`)],
    [words.gpu.price, ({ priceUsd }) => (priceUsd === null ? null : `$${formatFigure(priceUsd)}`)],
  ];
  return (
    <div class="scroller" role="region" tabIndex={0} aria-label={words.compare.specification}>
      <table class="plain compare">
        <caption>{words.compare.specification}</caption>
        <thead>
          <tr>
            <td />
            {gpus.map(({ id, name }) => (
              <th key={id} scope="col">
                <a href={links.gpu(id)}>
                  <bdi>{name}</bdi>
                </a>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {facts.map(([name, value]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              {gpus.map((gpu) => (
                <td key={gpu.id}>{value(gpu) ?? "–"}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
};
